"""A worker rings for itself, so that mail leaves also where no clock ticks."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.conftest import TwoDatabases
from tests.factories.running import ROOT, until
from urp.embedded import redis_server

WORKER = """
import sys
from urp import background
background.OWN_TICK_S = 0.2
from worker import celery
from urp.outbox import tasks
tasks.sweep.run = lambda: print("swept", flush=True)
celery.worker_main(["worker", "--pool", "solo", "--queues", "default", "--loglevel", "WARNING"])
"""


def test_a_worker_without_a_clock_sweeps_by_itself(databases: TwoDatabases, tmp_path: Path) -> None:
    redis = redis_server.find()
    assert redis.program is not None
    url = databases.fresh("sqlite")
    folder = redis_server.data_folder(tmp_path, redis)
    words = tmp_path / "words"
    with redis_server.socket_path(folder) as path, words.open("wb") as output:
        broker = subprocess.Popen(redis_server.command(redis.program, folder, path), stdout=subprocess.DEVNULL)
        until(path.exists)
        settings = {"URP_REDIS_URL": f"redis+socket://{path}", "URP_DATABASE_URL": url, "URP_DATA_DIR": str(tmp_path)}
        environ = {**os.environ, **settings, "C_FORCE_ROOT": "1"}
        worker = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=environ, stdout=output, stderr=output)
        try:
            until(lambda: words.read_bytes().count(b"swept") > 2)
        finally:
            for process in (worker, broker):
                process.send_signal(signal.SIGKILL)
                process.wait(10)
            databases.drop(url)
