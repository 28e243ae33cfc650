"""A real HTTP server that plays an OpenAI-compatible endpoint from scripts: python scripted_model_server.py

It is a program of its own and prints its port. `PUT /NAME` with a JSON list of acts sets a script; every request to a
path below /NAME/ plays the next act, and the last one again and again; `GET /NAME` returns the requests it received.
Acts are written by the tests, not recorded from any vendor. An act is an object with some of these keys:

    reply     text or object written as the content of a chat completion
    completion  object that goes over the defaults of that completion (such as usage, or choices)
    obey      {"text": T, "reply": R}: a gullible model, which answers R where T occurs in the request
    status, headers, body      another HTTP reply, sent as it is
    raw       bytes (latin-1) in place of any HTTP reply
    pause_s   wait before the reply        repeat   bytes (latin-1) sent after it for ever
    byte_s    seconds between single bytes of the reply
    cut       close after so many bytes of the reply
"""

from __future__ import annotations

import json
import socket
import socketserver
import sys
import threading
import time
from http import HTTPStatus

_LOCK = threading.Lock()
_SCRIPTS: dict[str, list[dict]] = {}
_RECEIVED: dict[str, list[dict]] = {}
_PATIENCE_S = 20.0


class Conversation(socketserver.StreamRequestHandler):
    """One connection, one request."""

    timeout = _PATIENCE_S

    def handle(self) -> None:
        """Read the request and play the next act."""
        try:
            method, path, headers, body = self._read()
            self._answer(method, path, headers, body)
        except (OSError, ValueError):
            return  # the client has gone

    def _read(self) -> tuple[str, str, dict[str, str], bytes]:
        first = self.rfile.read(1)
        if not first.isalpha():
            # Such as the greeting of TLS, which need not contain the end of a line.
            self._send(http_reply(400, {}, b"{}"), {})
            raise ValueError("no HTTP")
        method, path, _ = (first + self.rfile.readline()).decode("latin-1").split(" ", 2)
        headers = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            key, _, value = line.partition(":")
            headers[key.lower()] = value.strip()
        return method, path, headers, self.rfile.read(int(headers.get("content-length", 0)))

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        _, name, *below = path.split("/", 2)
        if not below and method == "PUT":
            with _LOCK:
                _SCRIPTS[name], _RECEIVED[name] = json.loads(body), []
            self._send(http_reply(200, {}, b"{}"), {})
        elif not below:
            with _LOCK:
                self._send(http_reply(200, {}, json.dumps(_RECEIVED[name]).encode()), {})
        else:
            with _LOCK:
                acts, received = _SCRIPTS[name], _RECEIVED[name]
                act = acts[min(len(received), len(acts) - 1)]
                sent = json.loads(body) if body else None
                received.append({"method": method, "path": path, "headers": headers, "body": sent})
            self._play(act, body.decode())

    def _play(self, act: dict, request: str) -> None:
        time.sleep(act.get("pause_s", 0.0))
        if "raw" in act:
            reply = act["raw"].encode("latin-1")
        elif "status" in act:
            reply = http_reply(
                act["status"], act.get("headers", {}), act.get("body", "").encode("utf-8", "surrogatepass")
            )
        else:
            said = act.get("reply", "")
            if "obey" in act and json.dumps(act["obey"]["text"])[1:-1] in request.replace('\\\\"', '\\"'):
                said = act["obey"]["reply"]
            reply = http_reply(200, {}, completion(said, act.get("completion", {})))
        self._send(reply, act)

    def _send(self, reply: bytes, act: dict) -> None:
        reply = reply[: act.get("cut", len(reply))]
        if "byte_s" in act:
            for i in range(len(reply)):
                self.request.sendall(reply[i : i + 1])
                time.sleep(act["byte_s"])
        self.request.sendall(reply if "byte_s" not in act else b"")
        while "repeat" in act:
            self.request.sendall(act["repeat"].encode("latin-1"))
            time.sleep(0.001)


def http_reply(status: int, headers: dict[str, str], body: bytes) -> bytes:
    """Return an HTTP reply as bytes; given headers come before the usual ones."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Odd"
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close", **headers}
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{key}: {value}" for key, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def completion(said: object, changes: dict) -> bytes:
    """Return a chat completion with that content."""
    content = said if isinstance(said, str) else json.dumps(said)
    value = {
        "id": "scripted",
        "object": "chat.completion",
        "model": "scripted",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 80, "total_tokens": 980},
        **changes,
    }
    return json.dumps(value).encode()


class Server(socketserver.ThreadingTCPServer):
    """One thread a connection."""

    daemon_threads = True
    request_queue_size = 64


def main() -> int:
    """Serve until the parent closes standard input."""
    server = Server(("127.0.0.1", 0), Conversation)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    return 0


if __name__ == "__main__":
    socket.setdefaulttimeout(_PATIENCE_S)
    raise SystemExit(main())
