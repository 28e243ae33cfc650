"""One HTTP request that is over when its time is over, whatever the other side does.

A socket's own time-out bounds the wait for the next bytes, not the whole: a server that sends one byte a second never
exceeds it, and neither name resolution nor a chain of addresses to try heeds it. So the request runs in a thread of its
own, and the caller waits for as long as it has time and then breaks the connection. Redirections are not followed and
proxies of the environment are not used: a key goes to the host that was configured and to no other.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from robomatrix_py.scheduler.language_model.endpoint import Endpoint
from robomatrix_py.scheduler.language_model.faults import ModelFault
from robomatrix_py.scheduler.quoting import plain

_PIECE_BYTES = 65536
# A name resolver that hangs cannot be broken off: so many such threads may be left behind before no more is asked.
_HANGING_MAX = 8
_under_way = threading.BoundedSemaphore(_HANGING_MAX)


@dataclass(frozen=True)
class Reply:
    """What a server answered.

    Args:
        status: HTTP status.
        body: At most as long as was permitted.
        retry_after: The header `Retry-After`, or empty.
    """

    status: int
    body: bytes
    retry_after: str = ""


@dataclass(frozen=True)
class Limits:
    """What one request may take.

    Args:
        deadline_s: By `time.monotonic`; it is over then.
        connect_s: Longest time to connect to one address.
        answer_max_bytes: A longer reply is refused.
    """

    deadline_s: float
    connect_s: float
    answer_max_bytes: int


def call(endpoint: Endpoint, method: str, path: str, body: Any, limits: Limits) -> Reply:
    """Send one request and return the reply.

    Args:
        endpoint: The server.
        method: ``GET`` or ``POST``.
        path: Appended to the endpoint's own.
        body: JSON-serialisable, or None for no body.
        limits: What it may take.

    Raises:
        ModelFault: There was no complete reply in time, or it is too long.
    """
    where = endpoint.base_url
    if not _under_way.acquire(blocking=False):
        raise ModelFault(f"{_HANGING_MAX} earlier requests still hang", "MODEL_UNREACHABLE", where=where)
    request = _Request(endpoint, method, path, body, limits)
    try:
        request.start()
    except RuntimeError as error:
        _under_way.release()
        raise ModelFault(f"no thread can be started: {error}", "MODEL_UNREACHABLE", where=where) from None
    if not request.done.wait(max(0.0, limits.deadline_s - time.monotonic())):
        request.abort()
        raise ModelFault("no complete reply in the time there was", "MODEL_TIMEOUT", where=where)
    if request.error is not None:
        raise _fault(request.error, where, limits)
    if request.reply is None:
        raise ModelFault("the request ended without a reply", "MODEL_UNREACHABLE", where=where, is_transient=True)
    return request.reply


class _TooLongError(Exception):
    """The reply exceeds what is permitted."""


class _Request(threading.Thread):
    """The thread of one request. It never outlives the deadline by more than the connecting takes."""

    def __init__(self, endpoint: Endpoint, method: str, path: str, body: Any, limits: Limits) -> None:
        super().__init__(name="language model request", daemon=True)
        self.done = threading.Event()
        self.reply: Reply | None = None
        self.error: Exception | None = None
        self._endpoint = endpoint
        self._method = method
        self._path = endpoint.path + path
        self._body = body
        self._limits = limits
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._aborted = False

    def run(self) -> None:
        """Carry the request out."""
        try:
            self.reply = self._exchange()
        except (OSError, http.client.HTTPException, ValueError, _TooLongError) as error:
            self.error = error
        finally:
            _under_way.release()
            self.done.set()

    def abort(self) -> None:
        """Break the connection, so that the thread comes to its end."""
        with self._lock:
            self._aborted = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            # The plain socket's: that of a TLS socket would take its state away from the thread that reads.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _exchange(self) -> Reply:
        connection = self._connect()
        try:
            headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
            if self._endpoint.key:
                headers["Authorization"] = f"Bearer {self._endpoint.key}"
            data = None
            if self._body is not None:
                data = json.dumps(self._body).encode()
                headers["Content-Type"] = "application/json"
            connection.request(self._method, self._path, data, headers)
            return self._read(connection.getresponse())
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        endpoint, limits = self._endpoint, self._limits
        patience_s = max(0.001, min(limits.connect_s, self._left_s()))
        connection: http.client.HTTPConnection
        if endpoint.secure:
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(endpoint.host, endpoint.port, timeout=patience_s, context=context)
        else:
            connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=patience_s)
        connection.connect()
        with self._lock:
            self._socket = connection.sock
            if self._aborted:
                self._shut()
        connection.sock.settimeout(max(0.001, self._left_s()))
        return connection

    def _read(self, response: http.client.HTTPResponse) -> Reply:
        limit = self._limits.answer_max_bytes
        announced = response.length
        if announced is not None and announced > limit:
            raise _TooLongError
        pieces, size = [], 0
        while piece := response.read1(_PIECE_BYTES):
            size += len(piece)
            if size > limit:
                raise _TooLongError
            pieces.append(piece)
        if announced is not None and size < announced:
            raise http.client.IncompleteRead(b"", announced - size)
        return Reply(response.status, b"".join(pieces), response.getheader("Retry-After") or "")

    def _left_s(self) -> float:
        return self._limits.deadline_s - time.monotonic()


def _fault(error: Exception, where: str, limits: Limits) -> ModelFault:
    if isinstance(error, _TooLongError):
        return ModelFault(f"the reply exceeds {limits.answer_max_bytes} bytes", "MODEL_TOO_LONG", where=where)
    if isinstance(error, TimeoutError):
        return ModelFault("no connection or no reply in the time there was", "MODEL_TIMEOUT", where=where)
    if isinstance(error, ssl.SSLCertVerificationError):
        return ModelFault(f"its certificate is refused: {error.verify_message}", "MODEL_UNREACHABLE", where=where)
    said = error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__} {error}"
    return ModelFault(f"the connection failed: {plain(said, 120)}", "MODEL_UNREACHABLE", where=where, is_transient=True)
