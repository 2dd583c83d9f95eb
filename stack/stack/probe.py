"""Asks a loopback server whether it answers."""

import http.client
import socket
from contextlib import closing

from stack.ports import LOOPBACK

ANSWER_SECONDS = 3


def answers(port: int, path: str) -> bool:
    """Whether it answers this path with 200. No proxy is ever asked."""
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=ANSWER_SECONDS)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


def listens(port: int) -> bool:
    """Whether something takes connections on this port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=ANSWER_SECONDS).close()
    except OSError:
        return False
    return True
