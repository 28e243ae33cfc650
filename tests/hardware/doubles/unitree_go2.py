"""Stands in for a Unitree Go2: its sport service and its state, on DDS.

Run: python unitree_go2.py DOMAIN
Written from the message definitions of unitree_ros2 and the sport services' page; its types are the driver's own, which
a test holds against bytes of Unitree's package. What it lacks: legs, gaits, all other services.
"""

from __future__ import annotations

import json
import math
import sys
import threading
import time
from typing import Any

from cyclonedds.domain import Domain, DomainParticipant
from cyclonedds.internal import InvalidSample
from cyclonedds.pub import DataWriter
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic
from double import Double

from robomatrix_py.drivers.unitree.messages import (
    ImuState,
    PathPoint,
    Request,
    RequestHeader,
    RequestIdentity,
    RequestLease,
    RequestPolicy,
    Response,
    ResponseHeader,
    ResponseStatus,
    SportModeState,
    TimeSpec,
)

CONFIG = (
    "<CycloneDDS><Domain><General><Interfaces><NetworkInterface name='lo'/></Interfaces></General>"
    "<Discovery><SPDPInterval>1 s</SPDPInterval></Discovery></Domain></CycloneDDS>"
)
STOP_MOVE, MOVE = 1003, 1008
PERIOD_S = 0.005
LAG_S = 0.08
# A velocity that is not repeated ends by itself.
MOVE_LASTS_S = 1.0
STANDING, WALKING, DAMPING = 1, 3, 7


class Go2Double(Double):
    """The robot."""

    def __init__(self, domain: int) -> None:
        super().__init__()
        self._number = domain
        self._domain = Domain(domain, CONFIG)
        self._lock = threading.Lock()
        self._began_s = time.monotonic()
        self.do_reset()
        threading.Thread(target=self._run, daemon=True).start()

    def do_reset(self) -> None:
        """Go back to the beginning: it stands at the origin."""
        self.do_vanish()
        self.faults.clear()
        with self._lock:
            self.damping, self.code, self.other_product, self.foreign = False, 0, False, False
            self._goal, self._speed, self._place = [0.0] * 3, [0.0] * 3, [0.0] * 3
            self._told_s = 0.0
        self.do_come_back()

    def do_set(self, **values: Any) -> None:
        """Set damping, code (of responses), other_product or foreign (another program that commands it)."""
        for key, value in values.items():
            setattr(self, key, value)
        if "other_product" in values:
            self.do_vanish()
            self.do_come_back()

    def do_state(self) -> dict[str, Any]:
        """Return where it is and how fast."""
        with self._lock:
            return {"position": list(self._place), "speed": list(self._speed)}

    def do_vanish(self) -> None:
        """Pull its cable."""
        with self._lock:
            # The participant goes last, see the driver's link.
            self._requests = self._responses = self._states = self._others = None
            self._participant = None

    def do_come_back(self) -> None:
        """Plug it in again."""
        with self._lock:
            participant = self._participant = DomainParticipant(self._number)
            requests = Topic(participant, "rt/api/sport/request", Request)
            # Another product of the maker has other topics.
            state = "rt/lowstate" if self.other_product else "rt/sportmodestate"
            self._requests = DataReader(participant, requests)
            self._responses = DataWriter(participant, Topic(participant, "rt/api/sport/response", Response))
            self._states = DataWriter(participant, Topic(participant, state, SportModeState))
            self._others = DataWriter(participant, requests)

    def _run(self) -> None:
        now_s = time.monotonic()
        while True:
            time.sleep(PERIOD_S)
            before_s, now_s = now_s, time.monotonic()
            with self._lock:
                self._move(now_s, now_s - before_s)
                if self._requests is None or self.faults.frozen:
                    continue
                for request in self._requests.take(50):
                    if not isinstance(request, InvalidSample):
                        self._serve(request, now_s)
                if self.foreign:
                    self._others.write(Request(header(1, MOVE), "{}", []))
                state = self._state(now_s)
                # Whole messages are lost or late: DDS has checksums.
                if self.faults.apply(b"state"):
                    self._states.write(state)

    def _serve(self, request: Request, now_s: float) -> None:
        identity = request.header.identity
        if identity.api_id == MOVE and not self.damping and not self.code:
            wanted = json.loads(request.parameter)
            self._goal = [wanted.get(axis, 0.0) for axis in "xyz"]
            self._told_s = now_s
        elif identity.api_id == STOP_MOVE:
            self._goal = [0.0] * 3
        if not request.header.policy.noreply:
            status = ResponseStatus(self.code)
            self._responses.write(Response(ResponseHeader(identity, status), "", []))

    def _move(self, now_s: float, elapsed_s: float) -> None:
        if self.damping or now_s - self._told_s > MOVE_LASTS_S:
            self._goal = [0.0] * 3
        share = 1.0 - math.exp(-elapsed_s / LAG_S)
        self._speed = [v + share * (goal - v) for v, goal in zip(self._speed, self._goal, strict=True)]
        ahead, left, turn = self._speed
        yaw = self._place[2] + 0.5 * turn * elapsed_s
        self._place[0] += elapsed_s * (ahead * math.cos(yaw) - left * math.sin(yaw))
        self._place[1] += elapsed_s * (ahead * math.sin(yaw) + left * math.cos(yaw))
        self._place[2] = math.remainder(self._place[2] + turn * elapsed_s, 2 * math.pi)

    def _state(self, now_s: float) -> SportModeState:
        x, y, yaw = self._place
        stamp_s = now_s - self._began_s
        whole = int(stamp_s)
        moving = max(map(abs, self._speed)) > 0.01
        turn = [math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)]
        return SportModeState(
            stamp=TimeSpec(whole, int((stamp_s - whole) * 1e9)),
            error_code=0,
            imu_state=ImuState(turn, [0.0, 0.0, self._speed[2]], [0.0, 0.0, 9.81], [0.0, 0.0, yaw], 41),
            mode=DAMPING if self.damping else WALKING if moving else STANDING,
            progress=0.0,
            gait_type=int(moving),
            foot_raise_height=0.09,
            position=[x, y, 0.31],
            body_height=0.31,
            velocity=[self._speed[0], self._speed[1], 0.0],
            yaw_speed=self._speed[2],
            range_obstacle=[0.0] * 4,
            foot_force=[30] * 4,
            foot_position_body=[0.0] * 12,
            foot_speed_body=[0.0] * 12,
            path_point=[PathPoint(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)] * 10,
        )


def header(number: int, api_id: int) -> RequestHeader:
    """Return the head of a request of somebody else's."""
    return RequestHeader(RequestIdentity(number, api_id), RequestLease(0), RequestPolicy(0, True))


if __name__ == "__main__":
    Go2Double(int(sys.argv[1])).serve_orders(domain=int(sys.argv[1]))
