"""Finding a Redis and starting it."""

import importlib.util
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis as client

from urp.embedded import ports, redis_server
from urp.embedded.redis_server import NoRedis, Redis

needs_fakeredis = pytest.mark.skipif(
    importlib.util.find_spec("fakeredis") is None, reason="installed where no Redis binary is"
)


@pytest.mark.parametrize(
    ("name", "answer", "expected"),
    [
        (
            "redis-server",
            "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64",
            "redis 7.0 (on PATH)",
        ),
        (
            "valkey-server",
            "Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64",
            "valkey 8.1 (on PATH)",
        ),
        ("redis-server", "Redis server v=6.2.0 sha=00000000:0", "redis 6.2 (on PATH)"),
    ],
)
def test_a_server_on_path_is_taken_first(program, name, answer, expected) -> None:
    assert str(redis_server.find(program(name, answer))) == expected


@pytest.mark.parametrize(
    "answer", ["Redis server v=6.0.16 sha=0", "Redis server v=5.0.14 sha=0", "something else", "", None]
)
def test_one_that_is_too_old_or_broken_is_passed_over(program, answer, no_wheels) -> None:
    with pytest.raises(NoRedis, match="apt install redis-server"):
        redis_server.find(program("redis-server", answer))


def test_an_old_redis_does_not_hide_a_good_valkey(program) -> None:
    program("redis-server", "Redis server v=6.0.16 sha=0")
    assert redis_server.find(program("valkey-server", "Valkey server v=8.0.0 sha=0")).name == "valkey"


def test_without_one_on_path_the_wheels_binary_is_taken(program) -> None:
    found = redis_server.find(program("unrelated", ""))
    assert "from the package" in found.origin or found.name == "fakeredis"


def test_fakeredis_comes_last_and_only_with_its_lua(program, monkeypatch) -> None:
    present = {"fakeredis", "lupa"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: Spec() if name in present else None)
    assert redis_server.find(program("unrelated", "")).name == "fakeredis"
    present.remove("lupa")
    with pytest.raises(NoRedis):
        redis_server.find(program("unrelated", ""))


def test_it_answers_on_a_private_socket_only_and_never_throws_queues_away(tmp_path, until) -> None:
    with started(tmp_path) as path:
        connection = until(lambda: answering(path))
        assert connection.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert connection.config_get("port") == {"port": "0"}
        assert connection.config_get("appendonly") == {"appendonly": "yes"}
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        connection.close()
    assert not path.exists()


def test_what_was_queued_survives_a_restart(tmp_path, until) -> None:
    with started(tmp_path) as path:
        connection = until(lambda: answering(path))
        connection.rpush("queue", "letter")
        connection.close()
    with started(tmp_path) as path:
        connection = until(lambda: answering(path))
        assert connection.lrange("queue", 0, -1) == [b"letter"]
        connection.close()


@pytest.mark.parametrize("name", ["d" * 100, "i miei documenti", "è#1?"])
def test_a_path_too_long_or_odd_for_a_socket_gets_a_short_private_one(tmp_path, until, name) -> None:
    with started(tmp_path / name) as path:
        assert len(bytes(path)) < 100
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        until(lambda: answering(path)).close()
    assert not path.parent.exists()


def test_versions_do_not_share_a_folder(tmp_path) -> None:
    folders = {redis_server.data_folder(tmp_path, Redis("redis", version, None, "")) for version in [(6, 2), (8, 2)]}
    assert len(folders) == 2


@needs_fakeredis
def test_the_one_in_python_keeps_a_list_for_other_processes(until) -> None:
    with ports.listen("127.0.0.1", 0) as listener:
        process = subprocess.Popen(
            [sys.executable, "-m", "urp.embedded.redis_in_python", str(listener.fileno())],
            pass_fds=[listener.fileno()],
        )
        connection = client.Redis(port=ports.port_of(listener), socket_timeout=20)
        connection.rpush("queue", "letter")
        assert connection.lrange("queue", 0, -1) == [b"letter"]
        connection.close()
        process.kill()
        process.wait()


class Spec:
    """A module that is installed but has no folder."""

    submodule_search_locations = None


@contextmanager
def started(data: Path) -> Iterator[Path]:
    redis = redis_server.find()
    if redis.program is None:
        pytest.skip("no Redis binary is made for this machine")
    folder = redis_server.data_folder(data, redis)
    with redis_server.socket_path(folder) as path:
        process = subprocess.Popen(redis_server.command(redis.program, folder, path))
        yield path
        process.terminate()
        assert process.wait(20) == 0


def answering(path: Path) -> client.Redis | None:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
    except OSError:
        return None
    return client.Redis(unix_socket_path=str(path))


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str | None], str]:
    """Write a program that answers `--version`; returns the PATH where only such programs are."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def write(name: str, answer: str | None) -> str:
        body = "exit 1" if answer is None else f"echo '{answer}'"
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
        return str(folder)

    return write


@pytest.fixture
def no_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    """No package brings a Redis."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
