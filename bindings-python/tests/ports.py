"""Ports for servers that are told of one, by number."""

import socket


def reserved() -> tuple[socket.socket, int]:
    """A port of this machine that nobody else is given as long as the socket lives.

    Bound, and not listening: nobody answers there but a server that is told of the port and reuses the address.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held, held.getsockname()[1]
