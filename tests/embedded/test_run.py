"""The runner as a person meets it: a small program in the place of ours, everything else real."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import redis

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks processes up in /proc")
ANY_PORT = ("--bind", "127.0.0.1:0")


def test_it_says_where_everything_is_and_hands_the_stand_ins_to_the_program(run, until, tree) -> None:
    runner = run(*ANY_PORT)
    site = until(lambda: _site(runner))
    environ = json.loads(_get(f"{site}environ"))
    assert environ["URP_PUBLIC_URL"] + "/" == site
    assert environ["URP_REDIS_URL"].startswith((f"redis+socket://{tree}/var/", "redis+socket:///tmp/urp-"))
    assert re.fullmatch(r"smtp://urp%40pec\.posta\.example:\S+@127\.0\.0\.1:\d+", environ["URP_PEC_SMTP"])
    assert re.fullmatch(r"imap://urp%40posta\.example:\S+@127\.0\.0\.1:\d+", environ["URP_PEO_IMAP"])
    assert "Posta di prova" in _get(runner.line("Post office"))
    assert runner.line("Data folder") == str(tree / "var")
    assert "redis" in runner.line("Redis")


def test_the_clock_rings_and_the_worker_hears_it(run, until, tree) -> None:
    run(*ANY_PORT)
    until(lambda: (tree / "var/ticks").exists())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_and_leaves_nothing(run, until, tree, processes_of, number) -> None:
    runner = run(*ANY_PORT)
    until(lambda: (tree / "var/ticks").exists())
    assert len(processes_of()) > 6
    assert runner.stop(number) == 0
    assert processes_of() == []
    left = {path.name for path in (tree / "var").rglob("*")}
    assert not left & {"runner.lock", "running.env", "redis.sock"}
    assert not any(path.is_socket() for path in (tree / "var").rglob("*"))


def test_even_a_killed_runner_leaves_no_process_and_the_next_one_starts(run, until, tree, processes_of) -> None:
    runner = run(*ANY_PORT)
    until(lambda: (tree / "var/ticks").exists())
    runner.process.kill()
    until(lambda: processes_of() == [])
    again = run(*ANY_PORT)
    until(lambda: _site(again))


@pytest.mark.parametrize(
    "victim", ["gunicorn", "celery --quiet --app worker worker", "celery --quiet --app worker beat"]
)
def test_a_killed_service_is_started_again(run, until, tree, processes_of, victim) -> None:
    runner = run(*ANY_PORT)
    site = until(lambda: _site(runner))
    until(lambda: (tree / "var/ticks").exists())
    before = _heads(runner.process.pid, victim)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: (after := _heads(runner.process.pid, victim)) and not after & before)
    assert len([line for line in runner.words.splitlines() if "has died (signal SIGKILL)" in line]) == 1
    assert _get(f"{site}healthz") == "ok"
    seen = (tree / "var/ticks").stat().st_size
    until(lambda: (tree / "var/ticks").stat().st_size > seen)


def test_a_killed_redis_comes_back_on_the_same_socket(run, until) -> None:
    runner = run(*ANY_PORT)
    site = until(lambda: _site(runner))
    path = json.loads(_get(f"{site}environ"))["URP_REDIS_URL"].removeprefix("redis+socket://")
    with redis.Redis(unix_socket_path=path, retry=None) as connection:
        before = connection.info("server")["process_id"]
        os.kill(before, signal.SIGKILL)
        until(lambda: "redis has died (signal SIGKILL); starting it again in 0.5 s" in runner.words)
        assert until(lambda: _server_of(connection)) != before


def test_a_second_run_on_the_same_data_gets_one_clear_line(run, until, tree) -> None:
    first = run(*ANY_PORT)
    until(lambda: _site(first))
    second = run(*ANY_PORT)
    assert second.process.wait(20) == 1
    assert second.words == (f"dev.py: {tree / 'var'} is already in use by another run (process {first.process.pid})\n")


def test_two_runs_on_two_data_folders_do_not_meet(run, until, tmp_path) -> None:
    runners = [run(*ANY_PORT, "--data", str(tmp_path / name)) for name in ("one", "two")]
    assert len({until(lambda each=each: _site(each)) for each in runners}) == 2
    assert len({each.line("Post office") for each in runners}) == 2


def test_a_shell_reads_the_settings_of_a_run_and_executes_none(run, until, tree, tmp_path) -> None:
    odd = tmp_path / "l’ufficio di $(touch gotcha) `touch gotcha`; touch gotcha 'a'"
    runner = run(*ANY_PORT, "--data", str(odd))
    environ = json.loads(_get(f"{until(lambda: _site(runner))}environ"))
    reader = f"import json, os; print(json.dumps({{name: os.environ[name] for name in {[*environ]}}}))"
    script = f'set -eua; . "$1"; "{sys.executable}" -c "$2"'
    told = subprocess.run(
        ["sh", "-c", script, "sh", str(odd / "running.env"), reader],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert json.loads(told.stdout) == environ
    assert environ["URP_DATA_DIR"] == str(odd)
    assert not list(tmp_path.rglob("gotcha"))


def test_a_folder_chosen_for_the_run_makes_the_default_one_unimportant(run, until, tree, tmp_path) -> None:
    (tree / "var").write_text("in the way")
    runner = run(*ANY_PORT, "--data", str(tmp_path / "chosen"))
    assert until(lambda: _site(runner))


def test_a_port_taken_gets_one_clear_line_that_names_it(run, tree) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        runner = run("--bind", f"127.0.0.1:{port}")
        assert runner.process.wait(20) == 1
    assert runner.words == (
        f"dev.py: 127.0.0.1:{port} is already taken by another program: choose another address with --bind HOST:PORT\n"
    )
    assert not (tree / "var/runner.lock").exists()


def test_a_wrong_setting_gets_its_line_and_nothing_starts(run, tree) -> None:
    runner = run(*ANY_PORT, URP_REDIS_URL="http://example")
    assert runner.process.wait(20) == 2
    assert runner.words.startswith("dev.py: URP_REDIS_URL: must start with redis://")
    assert runner.words.count("\n") == 1
    assert not (tree / "var").exists()


def test_a_named_redis_and_mail_server_replace_the_stand_ins(run, until, processes_of) -> None:
    mail = {f"URP_{box}_{way}": f"{way.lower()}://127.0.0.1:9" for box in ("PEO", "PEC") for way in ("SMTP", "IMAP")}
    runner = run(*ANY_PORT, URP_REDIS_URL="redis://127.0.0.1:9/0", **mail)
    site = until(lambda: _site(runner))
    assert json.loads(_get(f"{site}environ"))["URP_PEO_SMTP"] == "smtp://127.0.0.1:9"
    assert not [line for line in processes_of() if "redis-server" in line or "post_office" in line]
    assert "Post office" not in runner.words


def test_a_mistake_in_the_office_file_is_told_once_and_ends_the_start(run, tree, processes_of) -> None:
    (tree / "office.toml").write_text("wrong")
    runner = run(*ANY_PORT)
    assert runner.process.wait(30) == 1
    assert runner.words.count("office.toml:1: this is wrong") == 1
    assert runner.words.endswith("dev.py: web does not start (exit code 78)\n")
    assert processes_of() == []


def test_a_program_that_cannot_be_loaded_ends_the_start(run, tree, processes_of) -> None:
    (tree / "wsgi.py").write_text("raise RuntimeError('broken on purpose')")
    runner = run(*ANY_PORT)
    assert runner.process.wait(60) == 1
    assert "broken on purpose" in runner.words
    assert "web does not start" in runner.words.splitlines()[-1]
    assert processes_of() == []


def _site(runner) -> str:
    assert runner.process.poll() is None, runner.words
    return runner.line("Site") if "Ready after" in runner.words else ""


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


def _server_of(connection: redis.Redis) -> int | None:
    try:
        return connection.info("server")["process_id"]
    except redis.ConnectionError:
        return None


def _heads(parent: int, words: str) -> set[int]:
    """Children of the runner whose command line holds the words."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    found = set()
    for pid in children:
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if words in line:
            found.add(int(pid))
    return found
