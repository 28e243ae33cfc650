"""TF, where the messages of tf2 are installed: the tree as docs/frames.md has it, from a running robot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ros_graph import READY_S
from test_arm_driver_node import STATUS_S, running

from robomatrix_py.nodes import names
from robomatrix_py.runtime.frames import optical_frame

pytestmark = pytest.mark.ros


def test_tool_and_cameras_have_their_transforms(domain: int, tmp_path: Path) -> None:
    del domain
    messages = pytest.importorskip("tf2_msgs.msg", reason="the ROS 2 wheels have no tf2_msgs")
    with running(tmp_path, ("arm_driver", "frames"), "mode=mock") as (probe, _):
        found: dict[str, Any] = {}

        def hear(message: Any) -> None:
            found.update({transform.child_frame_id: transform for transform in message.transforms})

        probe.node.create_subscription(messages.TFMessage, names.TF_STATIC, hear, names.LATCHED_QOS)
        probe.node.create_subscription(messages.TFMessage, names.TF, hear, names.STATE_QOS)
        front, wrist = optical_frame("front_camera"), optical_frame("wrist_camera")
        wanted = {front: "base_link", wrist: "tool", "tool": "base_link"}
        assert probe.spin_until(lambda: set(wanted) <= set(found), READY_S), found
        assert {child: found[child].header.frame_id for child in found} == wanted

        def stamped_as_a_joint_state() -> bool:
            return any(state.header.stamp == found["tool"].header.stamp for _, state in probe.states)

        assert probe.spin_until(stamped_as_a_joint_state, STATUS_S)
