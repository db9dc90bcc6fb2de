"""Listening sockets."""

import socket

import pytest

from urp.embedded import ports
from urp.embedded.ports import PortTaken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("[::1]:80", ("::1", 80)),
        ("urp.example:0", ("urp.example", 0)),
    ],
)
def test_an_address_is_read(text, expected) -> None:
    assert ports.read_address(text) == expected


@pytest.mark.parametrize("text", ["8000", "127.0.0.1", "", ":8000", "host:99999", "host:x", "host:80/path", "::1"])
def test_nonsense_is_refused(text) -> None:
    with pytest.raises(ValueError, match=r"."):
        ports.read_address(text)


def test_a_taken_port_is_named() -> None:
    with ports.listen("127.0.0.1", 0) as first:
        port = ports.port_of(first)
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port} is already taken"):
            ports.listen("127.0.0.1", port)
    ports.listen("127.0.0.1", port).close()


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(PortTaken, match=r"192\.0\.2\.1:8000 cannot be used"):
        ports.listen("192.0.2.1", 8000)


def test_the_next_free_port_is_found() -> None:
    with ports.listen_near("127.0.0.1", 20400) as first, ports.listen_near("127.0.0.1", 20400) as second:
        assert ports.port_of(first) < ports.port_of(second) < 20400 + ports.TRIES


def test_it_gives_up_with_a_line(monkeypatch) -> None:
    monkeypatch.setattr(ports, "TRIES", 1)
    with ports.listen("127.0.0.1", 0) as taken, pytest.raises(PortTaken, match="no free port"):
        ports.listen_near("127.0.0.1", ports.port_of(taken))


def test_ipv6_works_where_there_is_any() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with ports.listen("::1", 0) as listener:
        assert ports.show("::1", ports.port_of(listener)).startswith("[::1]:")
