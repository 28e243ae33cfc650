"""The DDS connection to one robot: requests out, responses and states in."""

from __future__ import annotations

import os
import socket
from functools import cache
from typing import TYPE_CHECKING, Any

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.drivers.packages import require_package
from robomatrix_py.drivers.unitree.config import UnitreeConfig

if TYPE_CHECKING:
    from robomatrix_py.drivers.unitree.messages import Request, Response, SportModeState

EXTRA = "unitree"
REQUESTS = "rt/api/sport/request"
RESPONSES = "rt/api/sport/response"
STATES = "rt/sportmodestate"
_TAKEN_MAX = 64
# The interface alone: what else this computer is connected to hears nothing of the robot. Who is there is told often,
# so that a robot that comes back is found at once.
_CONFIG = (
    "<CycloneDDS><Domain><General><Interfaces><NetworkInterface name='{}'/></Interfaces></General>"
    "<Discovery><SPDPInterval>500 ms</SPDPInterval></Discovery></Domain></CycloneDDS>"
)


class UnitreeLink:
    """One robot on one interface. One thread uses it.

    Args:
        config: How it is reached.
    """

    def __init__(self, config: UnitreeConfig) -> None:
        self.where = f"Go2 on {config.address}"
        self._config = config
        self._participant: Any = None
        self._writer: Any = None
        self._requests: Any = None
        self._responses: Any = None
        self._states: Any = None
        self._publications: Any = None
        self._number = os.getpid() << 32

    def open(self) -> None:
        """Join the robot's domain; where that was done before, forget what has come since.

        Raises:
            DeviceError: There is no such interface, or DDS does not start.
            EnvironmentFault: cyclonedds is not installed.
        """
        interfaces = [name for _, name in socket.if_nameindex()]
        if self._config.address not in interfaces:
            raise DeviceError(
                f"this computer has no network interface '{self._config.address}'",
                where=self.where,
                permitted=interfaces,
                remedy="name the one that the robot's cable is in: --set device.base_address=...",
                code="WRONG_ADDRESS",
            )
        core = require_package("cyclonedds.core", EXTRA)
        if self._participant is not None:
            for reader in (self._requests, self._responses, self._states):
                self._take(reader)
            return
        try:
            self._join()
        except core.DDSException as error:
            self.close()
            raise DeviceError(f"DDS does not start: {error}", where=self.where, code="NO_DDS") from error

    def close(self) -> None:
        """Leave the domain."""
        # What the participant made goes first: an object that outlived it would later take another's with it, since
        # cyclonedds knows them by numbers, which are given again.
        self._writer = self._requests = self._responses = self._states = self._publications = None
        self._participant = None

    def send(self, api_id: int, parameter: str, *, reply: bool) -> int:
        """Send a request and return its number.

        Raises:
            DeviceError: It cannot be sent.
        """
        from robomatrix_py.drivers.unitree import messages

        core = require_package("cyclonedds.core", EXTRA)
        self._number += 1
        header = messages.RequestHeader(
            messages.RequestIdentity(self._number, api_id),
            messages.RequestLease(0),
            messages.RequestPolicy(0, not reply),
        )
        try:
            self._writer.write(messages.Request(header, parameter, []))
        except core.DDSException as error:
            raise self._gone(error) from error
        return self._number

    def states(self) -> list[SportModeState]:
        """Return the states that have come, oldest first.

        Raises:
            DeviceError: The connection is gone.
        """
        return self._take(self._states)

    def responses(self) -> list[Response]:
        """Return the responses that have come, also those to others.

        Raises:
            DeviceError: The connection is gone.
        """
        return self._take(self._responses)

    def requests(self) -> list[Request]:
        """Return the requests of other programs that have come.

        Raises:
            DeviceError: The connection is gone.
        """
        mine = os.getpid()
        return [request for request in self._take(self._requests) if request.header.identity.id >> 32 != mine]

    def topics(self) -> set[str]:
        """Return the names of the topics that others publish, as far as they became known since the last call.

        Raises:
            DeviceError: The connection is gone.
        """
        # One that has gone bears no name.
        return {sample.topic_name for sample in self._take(self._publications) if sample.topic_name} - {REQUESTS}

    def _join(self) -> None:
        from robomatrix_py.drivers.unitree import messages

        domain, pub, sub, topic = (
            require_package(f"cyclonedds.{name}", EXTRA) for name in ("domain", "pub", "sub", "topic")
        )
        builtin = require_package("cyclonedds.builtin", EXTRA)
        participant = domain.DomainParticipant(_domain(self._config.domain, self._config.address))
        self._participant = participant
        requests = topic.Topic(participant, REQUESTS, messages.Request)
        self._writer = pub.DataWriter(participant, requests)
        self._requests = sub.DataReader(participant, requests)
        self._responses = sub.DataReader(participant, topic.Topic(participant, RESPONSES, messages.Response))
        self._states = sub.DataReader(participant, topic.Topic(participant, STATES, messages.SportModeState))
        self._publications = builtin.BuiltinDataReader(participant, builtin.BuiltinTopicDcpsPublication)

    def _take(self, reader: Any) -> list[Any]:
        core = require_package("cyclonedds.core", EXTRA)
        internal = require_package("cyclonedds.internal", EXTRA)
        try:
            samples = reader.take(_TAKEN_MAX)
        except core.DDSException as error:
            raise self._gone(error) from error
        return [sample for sample in samples if not isinstance(sample, internal.InvalidSample)]

    def _gone(self, error: Exception) -> DeviceError:
        return DeviceError(f"the connection was lost: {error}", where=self.where, code="CONNECTION_LOST")


@cache
def _domain(number: int, interface: str) -> int:
    """Set a domain up, once a process: on which interface it speaks. Return its number."""
    domain = require_package("cyclonedds.domain", EXTRA)
    _DOMAINS.append(domain.Domain(number, _CONFIG.format(interface)))
    return number


# A domain lasts as long as its object.
_DOMAINS: list[Any] = []
