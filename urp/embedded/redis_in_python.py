"""The last resort where no Redis binary runs: fakeredis as a server, everything in memory."""

import socket
import sys

from fakeredis import TcpFakeServer


def main(descriptor: int) -> None:
    """Serve on a listening socket inherited from the keeper, until killed."""
    listener = socket.socket(fileno=descriptor)
    server = TcpFakeServer(listener.getsockname(), bind_and_activate=False)
    server.daemon_threads = True  # an idle client must not hold the end up
    server.socket.close()
    server.socket = listener
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
