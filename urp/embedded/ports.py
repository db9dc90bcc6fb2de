"""Listening sockets, bound once by the keeper and lent to services, so that a restart keeps its port."""

import errno
import socket
from urllib.parse import urlsplit

TRIES = 100


class PortTaken(Exception):
    """Somebody else listens there, or the address is not of this machine; the text says which in one line."""


def read_address(text: str) -> tuple[str, int]:
    """Split `HOST:PORT` (`[::1]:8000` for IPv6); raises ValueError."""
    parts = urlsplit(f"//{text}")
    if parts.hostname is None or parts.port is None or parts.path:
        raise ValueError(f"{text} is not HOST:PORT, like 127.0.0.1:8000")
    return parts.hostname, parts.port


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen; port 0 takes any free one. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise PortTaken(f"{show(host, port)} {_reason(error)}") from error
    return listener


def listen_near(host: str, port: int) -> socket.socket:
    """Bind the port or the next free one. Raises PortTaken after a hundred tries."""
    for candidate in range(port, port + TRIES):
        try:
            return listen(host, candidate)
        except PortTaken:
            continue
    raise PortTaken(f"no free port between {port} and {port + TRIES - 1} on {host}")


def port_of(listener: socket.socket) -> int:
    """The port a listening socket has."""
    return int(listener.getsockname()[1])


def show(host: str, port: int) -> str:
    """`HOST:PORT`, with the brackets an IPv6 address needs."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is already taken by another program"
    return f"cannot be used ({error.strerror})"
