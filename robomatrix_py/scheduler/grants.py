"""What the operator lets plans use, whoever makes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from robomatrix_py.contracts.errors import ConfigError


@dataclass(frozen=True)
class Grants:
    """Skills and objects that plans may use. The verifier holds every plan of every planner against it.

    Args:
        skills: Names of skills; None is every one.
        objects: Names of objects, containers and surfaces included; None is every one.
    """

    skills: tuple[str, ...] | None = None
    objects: tuple[str, ...] | None = None

    def permits_skill(self, name: str) -> bool:
        """Return whether plans may use a skill."""
        return self.skills is None or name in self.skills

    def permits_object(self, name: str) -> bool:
        """Return whether plans may name an object as an argument."""
        return self.objects is None or name in self.objects

    def require_known(self, skills: Collection[str]) -> None:
        """Refuse grants of skills that do not exist.

        Raises:
            ConfigError: One does not (CONFIG.UNKNOWN_SKILL).
        """
        for name in self.skills or ():
            if name not in skills:
                raise ConfigError(
                    f"unknown skill '{name}'",
                    where="planning.grants.skills",
                    permitted=sorted(skills),
                    code="UNKNOWN_SKILL",
                )


EVERYTHING = Grants()
"""No bounds."""
