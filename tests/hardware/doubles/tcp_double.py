"""TCP servers of a double: they listen, may vanish with all their connections, and come back."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from double import Double


class TcpDouble(Double):
    """A controller with servers.

    Args:
        host: Address to listen at.
        ports: What serves a connection, by port.
    """

    def __init__(self, host: str, ports: dict[int, Callable[[socket.socket], None]]) -> None:
        super().__init__()
        self._host = host
        self._ports = ports
        self._guard = threading.Lock()
        self._servers: list[socket.socket] = []
        self._links: list[socket.socket] = []

    def do_vanish(self) -> None:
        """Close everything, as where the cable is cut and the controller is off."""
        with self._guard:
            for each in (*self._servers, *self._links):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
            self._servers, self._links = [], []

    def do_come_back(self) -> None:
        """Listen again."""
        with self._guard:
            for port, serve in self._ports.items():
                server = socket.create_server((self._host, port))
                self._servers.append(server)
                threading.Thread(target=self._accept, args=(server, serve), daemon=True).start()

    def _accept(self, server: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        while True:
            try:
                link, _ = server.accept()
            except OSError:
                return
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._guard:
                self._links.append(link)
            threading.Thread(target=self._serve, args=(link, serve), daemon=True).start()

    def _serve(self, link: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        with contextlib.suppress(OSError):
            serve(link)
        with contextlib.suppress(OSError):
            link.close()
