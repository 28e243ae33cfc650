"""The way from a skill process to the gate over ROS."""

from __future__ import annotations

import numpy as np
from rclpy.node import Node
from rclpy.task import Future
from robomatrix_interfaces.msg import ActionChunk as ActionChunkMsg
from robomatrix_interfaces.msg import SafetyState
from robomatrix_interfaces.srv import AcquireLease, ReleaseLease

from robomatrix_py.contracts.action import ActionChunk
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import chunk_to_msg
from robomatrix_py.safety.refusal import Refusal, RefusalCode
from robomatrix_py.skills.session import LeaseAnswer


class RosGatePort:
    """Asks for leases and sends chunks (a :class:`~robomatrix_py.skills.session.GatePort`). Nothing here blocks.

    Args:
        node: The node whose clients and publisher these are; its name is the lease holder's.
        resources: What a lease must cover.
    """

    def __init__(self, node: Node, resources: tuple[str, ...]) -> None:
        self._node = node
        self._resources = resources
        self._acquire = node.create_client(AcquireLease, names.ACQUIRE_LEASE)
        self._release = node.create_client(ReleaseLease, names.RELEASE_LEASE)
        self._chunks = node.create_publisher(ActionChunkMsg, names.ACTION_CHUNK, names.CHUNK_QOS)
        self._answer: Future | None = None
        self._number = 0

    def ask_lease(self) -> None:
        """Ask for a lease on the whole robot; the answer comes later."""
        self._answer = None
        # A request sent before the gate is discovered would be lost without a word.
        if self._acquire.service_is_ready():
            request = AcquireLease.Request(holder=self._node.get_name(), resources=list(self._resources))
            self._answer = self._acquire.call_async(request)

    def lease_answer(self) -> LeaseAnswer | None:
        """Return the answer once it is there."""
        if self._answer is None:
            self.ask_lease()
            return None
        if not self._answer.done():
            return None
        response: AcquireLease.Response = self._answer.result()
        if response.granted:
            self._number = response.lease_number
            return LeaseAnswer(response.token, np.array(response.rest))
        refusal = Refusal(RefusalCode(response.refusal_code), response.message)
        again = refusal.code is RefusalCode.NOT_READY
        return LeaseAnswer("", np.empty(0), refusal.cause, str(refusal), again)

    def send(self, chunk: ActionChunk, token: str) -> None:
        """Publish a chunk. A refusal shows in the gate's state."""
        self._chunks.publish(chunk_to_msg(chunk, token, self._node.get_clock().now().to_msg()))

    def give_back(self, token: str) -> None:
        """Give the lease back; a motion under way is braked."""
        self._release.call_async(ReleaseLease.Request(token=token))

    def lost(self, state: SafetyState) -> bool:
        """Return whether the gate's state says that the lease given last has ended."""
        newer = state.lease_number > self._number
        return bool(newer or (state.lease_number == self._number and not state.holder))

