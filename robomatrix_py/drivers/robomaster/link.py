"""The connections to one robot, which its base and its arm share: commands, pushes, events.

Commands go out without waiting: what the robot answers is taken in later, so that one late answer delays nothing.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.drivers.device import firmware_fault
from robomatrix_py.drivers.robomaster import text
from robomatrix_py.drivers.robomaster.config import RoboMasterConfig
from robomatrix_py.drivers.tcp import connect

_CONNECT_S = 1.0
_ANSWER_S = 0.5
_FIRST_PUSH_S = 0.6
# Answers that are still to come at a time; a robot that is so far behind is as good as silent.
_UNANSWERED_MAX = 200
_GUIDE = "see 'Protective stop' in the robot's guide"
# Order of the flags in `chassis push status`.
_PICKED_UP, _ROLLED_OVER = 4, 9
_STATUS_FLAGS = 11
_HIT_SIDES = {1: "behind", 2: "in front", 3: "on the left", 4: "on the right", 5: "on the left", 6: "on the right"}


@dataclass
class RobotState:
    """What the robot has said last; times are those at which it was taken in.

    Args:
        pushes: Words of each pushed attribute, and when they came, by its name such as `position`.
        answered_s: When any command was answered.
        hit: What it says of a hit; empty where there was none.
    """

    pushes: dict[str, tuple[str, float]] = field(default_factory=dict)
    answered_s: float = 0.0
    hit: str = ""


class RoboMasterLink:
    """One robot. Its base and its arm may use it from a thread each.

    Args:
        config: How it is reached.
    """

    def __init__(self, config: RoboMasterConfig) -> None:
        self.config = config
        self.where = f"{config.address}:{text.CONTROL_PORT}"
        self.state = RobotState()
        self.session = 0
        """A number that grows with every connection: who holds another one has lost it."""
        self.version = ""
        self._lock = threading.RLock()
        self._users: set[object] = set()
        self._refusals: dict[object, DeviceError] = {}
        self._control: socket.socket | None = None
        self._push: socket.socket | None = None
        self._events: socket.socket | None = None
        self._messages = text.Messages()
        self._event_messages = text.Messages()
        self._robot = ""
        self._number = 0
        self._waiting: dict[int, Callable[[str], None]] = {}

    def open(self, user: object) -> RobotState:
        """Connect, where nobody has so far; the base then stands. Return how the robot is.

        Args:
            user: Who uses it from now on.

        Raises:
            DeviceError: It cannot be reached or used.
        """
        with self._lock:
            if self._control is None:
                self._users.clear()
                try:
                    self._connect()
                except DeviceError:
                    self._end()
                    raise
                self.session += 1
            self._users.add(user)
            self._refusals.pop(user, None)
            if fault := fault_of(self.state):
                self.close(user)
                raise firmware_fault(fault, where=self.where, remedy=_GUIDE)
            return self.state

    def close(self, user: object) -> None:
        """Let go; with the last user the base is told to stand, and the connections end."""
        with self._lock:
            self._users.discard(user)
            if self._control is not None and not self._users:
                with contextlib.suppress(DeviceError):
                    self._say({"chassis speed x 0 y 0 z 0": _unheard, "quit": _unheard})
                self._end()

    def require(self, session: int) -> None:
        """Check that a connection is still the same.

        Raises:
            DeviceError: It was lost, be it that there is a new one by now.
        """
        if self._control is None or session != self.session:
            raise self._gone(None)

    def drop(self, session: int) -> None:
        """End the connections at once, if they are still those of this session."""
        with self._lock:
            if session == self.session:
                self._end()

    def _end(self) -> None:
        for link in (self._control, self._push, self._events):
            if link is not None:
                link.close()
        self._control = self._push = self._events = None
        self._waiting.clear()
        self.state = RobotState()

    def ask(self, command: str) -> str:
        """Return the answer to one command.

        Raises:
            DeviceError: The connection is gone, or nothing comes.
        """
        answers: list[str] = []
        with self._lock:
            self._say({command: answers.append})
            deadline_s = time.monotonic() + _ANSWER_S
            while not answers:
                if time.monotonic() > deadline_s:
                    raise self._error(
                        f"it does not answer '{command}'",
                        "does another program hold the connection, or DJI's app? It takes one; end the other",
                        "PORT_BUSY",
                    )
                time.sleep(0.002)
                self._take_in(time.monotonic())
        return answers[0]

    def order(self, command: str) -> None:
        """Have a command done; return when the robot has confirmed it.

        Raises:
            DeviceError: It does not confirm it.
        """
        if (answer := self.ask(command)) != "ok":
            raise self._refused(command, answer)

    def send(self, user: object, *commands: str) -> None:
        """Send commands that are only confirmed; a refusal shows at the user's next :meth:`poll`.

        Raises:
            DeviceError: The connection is gone.
        """
        with self._lock:
            self._say({command: partial(self._confirm, user, command) for command in commands})

    def query(self, command: str, take: Callable[[str], None]) -> None:
        """Send a question, whose answer is handed to a function at some later :meth:`poll`.

        Raises:
            DeviceError: The connection is gone.
        """
        with self._lock:
            self._say({command: take})

    def poll(self, user: object, now_s: float) -> RobotState:
        """Take in what has come, and return what the robot has said last.

        Raises:
            DeviceError: The connection is gone, or the robot refuses a command of this user.
        """
        with self._lock:
            self._take_in(now_s)
            if refusal := self._refusals.pop(user, None):
                raise refusal
            return self.state

    def _take_in(self, now_s: float) -> None:
        if self._control is None:
            raise self._gone(None)
        for reply in self._messages.feed(self._received(self._control)):
            self._take_reply(reply, now_s)
        self._poll_pushes(now_s)
        if self._events is not None:
            for event in self._event_messages.feed(self._received(self._events)):
                self._take_event(event)

    def _connect(self) -> None:
        config = self.config
        self._control = connect(config.address, text.CONTROL_PORT, _CONNECT_S, "RoboMaster", config.local_address)
        self._messages, self._waiting = text.Messages(), {}
        self._control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._control.setblocking(False)
        try:
            local, self._robot = self._control.getsockname()[0], self._control.getpeername()[0]
        except OSError as error:
            raise self._gone(error) from error
        self._push = self._listen(local)
        answer = self.ask("command")
        if answer != "ok":
            raise self._error(
                f"it answers '{answer[:40]}' to 'command', not 'ok': this is no RoboMaster in SDK mode",
                "choose the right --robot, or look up the robot's address: --set device.address=...",
                "WRONG_MODEL",
            )
        self.version = self.ask("version")
        self.order("robot mode free")
        self.order("chassis speed x 0 y 0 z 0")
        if config.stop_when_hit:
            self._events = connect(
                self._robot, text.EVENT_PORT, _CONNECT_S, "RoboMaster's events", config.local_address
            )
            self._events.setblocking(False)
            self._event_messages = text.Messages()
            self.order("armor event hit on")
        if config.video:
            self.order("stream on")
        rate = f"{config.rate_hz:g}"
        self.order(f"chassis push position on pfreq {rate} attitude on afreq {rate} status on sfreq 10")
        self._await_pushes()

    def _listen(self, local: str) -> socket.socket:
        push = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        push.setblocking(False)
        try:
            push.bind((local, text.PUSH_PORT))
        except OSError as error:
            push.close()
            raise DeviceError(
                f"UDP port {text.PUSH_PORT} is taken ({error.strerror}): another program drives a robot",
                where=f"{local}:{text.PUSH_PORT}",
                remedy="end it; with two robots name local_address in the device.yaml of each",
                code="PORT_BUSY",
            ) from error
        return push

    def _await_pushes(self) -> None:
        deadline_s = time.monotonic() + _FIRST_PUSH_S
        while not {"position", "attitude", "status"} <= self.state.pushes.keys():
            self._take_in(time.monotonic())
            if time.monotonic() > deadline_s:
                raise self._error(
                    f"it answers, but what it pushes to UDP {text.PUSH_PORT} does not arrive",
                    "open that port in this computer's firewall for the robot's address",
                    "NO_PUSH",
                )
            time.sleep(0.005)

    def _say(self, commands: dict[str, Callable[[str], None]]) -> None:
        if self._control is None:
            raise self._gone(None)
        if len(self._waiting) > _UNANSWERED_MAX:
            raise self._gone(None)
        line = b""
        for command, take in commands.items():
            self._number = self._number % 10**6 + 1
            self._waiting[self._number] = take
            line += f"{command} seq {self._number};".encode()
        try:
            self._control.sendall(line)
        except OSError as error:
            raise self._gone(error) from error

    def _received(self, link: socket.socket) -> bytes:
        try:
            data = link.recv(65536)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._gone(error) from error
        if not data:
            raise self._gone(None)
        return data

    def _take_reply(self, reply: str, now_s: float) -> None:
        answer, number = text.numbered(reply)
        # Firmware that does not repeat the number answers in order.
        number = number if number is not None else next(iter(self._waiting), None)
        take = self._waiting.pop(number, None) if number is not None else None
        if take is not None:
            self.state.answered_s = now_s
            take(answer)

    def _confirm(self, user: object, command: str, answer: str) -> None:
        if answer != "ok":
            self._refusals[user] = self._refused(command, answer)

    def _poll_pushes(self, now_s: float) -> None:
        if self._push is None:
            return
        while True:
            try:
                data, (sender, _) = self._push.recvfrom(4096)
            except BlockingIOError:
                return
            except OSError as error:
                raise self._gone(error) from error
            if sender == self._robot:
                self._take_push(data, now_s)

    def _take_push(self, data: bytes, now_s: float) -> None:
        for message in text.Messages().feed(data):
            words = message.split()
            if words[:2] == ["chassis", "push"]:
                for attribute, values in _attributes(words[2:]):
                    self.state.pushes[attribute] = (values, now_s)

    def _take_event(self, event: str) -> None:
        words = event.split()
        if words[:3] == ["armor", "event", "hit"] and len(words) >= 4 and words[3].isdigit():
            self.state.hit = f"it was hit {_HIT_SIDES.get(int(words[3]), 'somewhere')}"

    def _refused(self, command: str, answer: str) -> DeviceError:
        return firmware_fault(f"it answers '{answer[:80]}' to '{command}'", where=self.where, remedy=_GUIDE)

    def _gone(self, error: OSError | None) -> DeviceError:
        why = f": {error}" if error else ""
        return DeviceError(f"the connection was lost{why}", where=self.where, code="CONNECTION_LOST")

    def _error(self, what: str, remedy: str, code: str) -> DeviceError:
        return DeviceError(what, where=self.where, remedy=remedy, code=code)


def fault_of(state: RobotState) -> str:
    """Return what the robot says of a fault, for a person; empty while all is well."""
    flags = text.numbers(state.pushes["status"][0], _STATUS_FLAGS)
    if flags is not None and flags[_ROLLED_OVER]:
        return f"the robot says that it lies on its side or back; {_GUIDE}"
    if flags is not None and flags[_PICKED_UP]:
        return f"the robot says that it has been picked up; {_GUIDE}"
    return f"the robot says that {state.hit}; {_GUIDE}" if state.hit else ""


@cache
def shared_link(config: RoboMasterConfig) -> RoboMasterLink:
    """Return the link to a robot: its base and its arm share one, since it takes one connection."""
    return RoboMasterLink(config)


def _unheard(_answer: str) -> None:
    """Take a last answer, which nobody waits for."""


def _attributes(words: Sequence[str]) -> list[tuple[str, str]]:
    """Return pushed attributes and their values: one message may hold several."""
    found: list[tuple[str, str]] = []
    for word in words:
        if word.isidentifier():
            found.append((word, ""))
        elif found:
            name, values = found[-1]
            found[-1] = (name, f"{values} {word}".strip())
    return found
