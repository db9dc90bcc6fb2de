"""The web server of a trial: the program is loaded once, made ready, then forked."""

import os
import sys
import traceback
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from flask import Flask
from flask.cli import ScriptInfo
from flask_migrate import upgrade

from urp.embedded.processes import FINAL, tie_forks

preload_app = True
workers = 2
worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 5
keepalive = 5
loglevel = "warning"
control_socket_disable = True  # else a socket appears under the home folder
# Workers show signs of life by touching a file: in memory, else a busy disk looks like a dead worker.
MEMORY = "/dev/shm"  # noqa: S108 - files there are made private by gunicorn
worker_tmp_dir = MEMORY if os.access(MEMORY, os.W_OK) else None

tie_forks()


def on_starting(server: Any) -> None:
    """Bring the database up to date before the first request; read the office file if there is no office."""
    app: Flask = server.app.wsgi()
    words = ["office", "import", "--first", os.environ["URP_OFFICE_FILE"]]
    try:
        with app.app_context():
            upgrade(directory="migrations")
        with redirect_stdout(StringIO()):  # not its mistakes: they come by the other way
            app.cli.main(args=words, obj=ScriptInfo(create_app=lambda: app), standalone_mode=False)
    except SystemExit as end:
        if end.code:
            sys.exit(FINAL)
    except Exception:  # whatever it is, the person at the terminal has to see it, once
        traceback.print_exc()
        sys.exit(FINAL)
    _let_go_of_the_database(app, close=True)


def post_fork(server: Any, worker: Any) -> None:
    """A connection shared by two processes answers one with the words meant for the other: forget it."""
    _let_go_of_the_database(worker.app.wsgi(), close=False)


def _let_go_of_the_database(app: Flask, *, close: bool) -> None:
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose(close=close)
