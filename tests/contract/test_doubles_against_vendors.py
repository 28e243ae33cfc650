"""The doubles of arms whose driver is our own, held against the makers' packages: both must understand them alike."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from double_process import DoubleProcess

DEADLINE_S = 10.0
# Where the double of the Piper begins.
HOME_RAD = (0.1, 0.6, -0.8, 0.1, 0.3, 0.1)


def wait_for(condition: Callable[[], object]) -> None:
    """Ask until it holds: the makers' packages give up soon on a machine that has other work."""
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline_s


def test_dynamixel_sdk_understands_the_dynamixel_double(tmp_path: Path) -> None:
    sdk = pytest.importorskip("dynamixel_sdk", reason="pip install dynamixel-sdk")
    double = DoubleProcess("dynamixel_bus.py", str(tmp_path / "port"), "1:1120", "2:1020")
    port = sdk.PortHandler(str(tmp_path / "port"))
    packets = sdk.PacketHandler(2.0)
    try:
        assert port.openPort()
        assert port.setBaudRate(1_000_000)
        wait_for(lambda: packets.ping(port, 1) == (1120, 0, 0))
        wait_for(lambda: packets.write1ByteTxRx(port, 2, 64, 1) == (0, 0))
        wait_for(lambda: packets.write4ByteTxRx(port, 2, 116, 2500) == (0, 0))
        wait_for(lambda: packets.read4ByteTxRx(port, 2, 132) == (2500, 0, 0))
        double.ask("error", servo=2, bits=1 << 5)
        wait_for(lambda: packets.read4ByteTxRx(port, 2, 132)[2] & 0x80)
    finally:
        port.closePort()
        double.end()


def test_piper_sdk_understands_the_piper_double(tmp_path: Path) -> None:
    can = pytest.importorskip("can", reason="pip install python-can")
    pytest.importorskip("piper_sdk", reason="pip install piper_sdk")
    from piper_sdk.piper_msgs.msg_v2 import PiperMessage
    from piper_sdk.protocol.protocol_v2.piper_protocol_v2 import C_PiperParserV2

    double = DoubleProcess("piper_can.py", str(tmp_path / "port"))
    bus = can.Bus(interface="slcan", channel=str(tmp_path / "port"), bitrate=1_000_000, sleep_after_open=0.0)
    try:
        # With torque it stands still.
        bus.send(can.Message(arbitration_id=0x471, data=[0xFF, 2, 0, 0, 0, 0, 0, 0], is_extended_id=False))
        parser, message = C_PiperParserV2(), PiperMessage()

        def heard() -> list[int]:
            frame = bus.recv(0.1)
            if frame is not None:
                assert parser.DecodeMessage(frame, message)
            joints = message.arm_joint_feedback
            return [getattr(joints, f"joint_{i}") for i in range(1, 7)]

        truth = pytest.approx([round(math.degrees(angle) * 1e3) for angle in HOME_RAD], abs=20)
        wait_for(lambda: heard() == truth)
        assert double.ask("state")["torque"]
    finally:
        bus.shutdown()
        double.end()
