"""Who may move what: one holder a resource, named to everybody who is refused."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from robomatrix_py.contracts.geometry import Array, frozen_array
from robomatrix_py.safety.refusal import Refusal, RefusalCode


@dataclass(frozen=True, eq=False)
class Lease:
    """The right to move some resources.

    Args:
        token: Secret that comes with every chunk.
        holder: Name of the holder, for people.
        resources: What it covers.
        number: How many leases have been given, this one included.
        rest: Command at which the robot rests when the lease begins, shape (dims,): where its first chunk
            starts.
    """

    token: str
    holder: str
    resources: frozenset[str]
    number: int
    rest: Array


@dataclass
class LeaseTable:
    """The leases in force.

    Args:
        resources: Everything that can be leased.
        given: How many leases have been given.
    """

    resources: frozenset[str]
    given: int = 0
    _leases: list[Lease] = field(default_factory=list)

    def acquire(self, holder: str, resources: Iterable[str], rest: Array) -> Lease | Refusal:
        """Grant a lease, or refuse and name the present holder or the unknown resource."""
        wanted = frozenset(resources)
        if not wanted or not wanted <= self.resources:
            return Refusal(
                RefusalCode.LEASE,
                f"cannot lease {sorted(wanted)}; permitted: some of {', '.join(sorted(self.resources))}",
            )
        for lease in self._leases:
            if taken := wanted & lease.resources:
                return Refusal(RefusalCode.LEASE, f"{', '.join(sorted(taken))} is held by {lease.holder}")
        self.given += 1
        lease = Lease(secrets.token_hex(16), holder, wanted, self.given, frozen_array(rest))
        self._leases.append(lease)
        return lease

    def find(self, token: str) -> Lease | None:
        """Return the lease of a token, compared in constant time, or None."""
        given = token.encode(errors="replace")
        for lease in self._leases:
            if secrets.compare_digest(lease.token.encode(), given):
                return lease
        return None

    def clear(self) -> None:
        """End all leases."""
        self._leases.clear()
