"""A Redis that would throw the queue away is refused; one that is silent is believed."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from tests.factories.running import until
from urp.config import SettingsError
from urp.embedded import redis_server
from urp.foundation import redis_link


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl", "allkeys-random"])
def test_a_redis_that_evicts_keys_is_refused_in_one_line_that_names_the_setting(a_redis, policy: str) -> None:
    with pytest.raises(SettingsError) as refused:
        redis_link.refuse_evicting(a_redis(policy))

    assert str(refused.value).startswith("URP_REDIS_URL: ")
    assert policy in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_redis_that_keeps_its_keys_is_welcome(a_redis) -> None:
    redis_link.refuse_evicting(a_redis("noeviction"))


def test_a_redis_that_is_away_does_not_stop_the_start() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"redis://127.0.0.1:{probe.getsockname()[1]}/0"

    redis_link.refuse_evicting(nobody)
    redis_link.refuse_evicting(None)


def test_a_redis_that_hangs_is_given_up_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = redis_link.connect(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", patience_s=0.2)

        with pytest.raises(RedisError), client:
            client.ping()


@pytest.fixture
def a_redis(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Starts a real Redis with a policy; returns its address."""
    started: list[subprocess.Popen[bytes]] = []

    def start(policy: str) -> str:
        program = redis_server.find().program
        assert program is not None
        path = tmp_path / "r.sock"
        words = [str(program), "--port", "0", "--unixsocket", str(path), "--save", "", "--maxmemory-policy", policy]
        started.append(subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL))
        until(path.exists)
        return f"redis+socket://{path}"

    yield start
    for process in started:
        process.terminate()
        process.wait()
