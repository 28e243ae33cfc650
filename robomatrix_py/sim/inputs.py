"""Everything that came into the world from outside, step by step: enough to run it again bit for bit."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.sim.world import SimWorld

INPUTS_FILE = "sim_inputs.npz"
"""Name in a run folder: what `robomatrix replay` runs again."""

STEPS_MAX = 100_000_000
"""So many steps a stretch may have: 55 hours at the usual 2 ms. More is no recording but damage."""

_STATE = mujoco.mjtState.mjSTATE_INTEGRATION
# What numpy and the archive beneath it raise at a file that is none of ours, or no longer whole.
_DAMAGE = (
    EOFError, KeyError, MemoryError, OSError, RuntimeError, TypeError, ValueError, zipfile.BadZipFile, zlib.error
)


@dataclass(frozen=True, eq=False)
class Inputs:
    """A stretch of simulated time.

    Args:
        state: Physics state at its beginning.
        steps: Step numbers, from its beginning, at which the servo targets changed, shape (n,).
        controls: Servo targets from each of these steps on, shape (n, actuators).
        count: Number of steps, at most `STEPS_MAX`.
        state_hash: Hash of the physics state at its end.
    """

    state: Array
    steps: npt.NDArray[np.int64]
    controls: Array
    count: int
    state_hash: str

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        if not 0 <= self.count <= STEPS_MAX:
            raise ValueError(f"count is {self.count}; permitted: 0 to {STEPS_MAX}")
        if self.steps.ndim != 1 or self.steps.dtype != np.int64:
            raise ValueError(f"steps are {self.steps.dtype} of shape {self.steps.shape}; permitted: int64 in a row")
        if not (np.diff(self.steps, prepend=-1, append=self.count) > 0).all():
            raise ValueError(f"steps do not rise within 0 to {self.count - 1}")
        for key, values, dimensions in (("state", self.state, 1), ("controls", self.controls, 2)):
            if values.ndim != dimensions or values.dtype != np.float64 or not np.isfinite(values).all():
                raise ValueError(f"{key} are no finite numbers in {dimensions} dimensions")
        if len(self.controls) != len(self.steps):
            raise ValueError(f"{len(self.controls)} controls for {len(self.steps)} steps")

    def save(self, path: Path) -> None:
        """Write to a file, as a whole or not at all.

        Raises:
            OSError: It cannot be written.
        """
        temporary = path.with_name(path.name + ".tmp")
        try:
            with temporary.open("wb") as file:
                np.savez_compressed(
                    file,
                    state=self.state,
                    steps=self.steps,
                    controls=self.controls,
                    count=np.int64(self.count),
                    state_hash=np.array(self.state_hash),
                )
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    @staticmethod
    def load(path: Path) -> Inputs:
        """Read a file that :meth:`save` wrote.

        Raises:
            DataError: It is missing or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                return Inputs(
                    file["state"], file["steps"], file["controls"], int(file["count"]), str(file["state_hash"])
                )
        except _DAMAGE as error:
            reason = " ".join(str(error).split())
            raise DataError(f"cannot be read as simulator inputs: {reason}", where=str(path)) from error

    def replay(self, world: SimWorld, on_step: Callable[[int], None] | None) -> str:
        """Run the stretch again in a world of the same scene and return the hash of its final state.

        Args:
            world: A world of the same scene, robot and seed.
            on_step: Called with the number of steps made, after each one.

        Raises:
            DataError: The world is of another scene.
        """
        if world.data.ctrl.shape != self.controls.shape[1:] or self.state.size != world.save_state().size:
            raise DataError("the recording is of another scene or robot")
        mujoco.mj_setState(world.model, world.data, self.state, _STATE)
        next_change = 0
        for step in range(self.count):
            if next_change < len(self.steps) and self.steps[next_change] == step:
                world.data.ctrl[:] = self.controls[next_change]
                next_change += 1
            world.step()
            if on_step is not None:
                on_step(step + 1)
        return world.state_hash()


class InputLog:
    """Notes the servo targets of every step.

    Args:
        world: The world.
    """

    def __init__(self, world: SimWorld) -> None:
        self._world = world
        self._state = world.save_state()
        self._steps: list[int] = []
        self._controls: list[Array] = []
        self._last: Array | None = None
        self._count = 0

    def note(self) -> None:
        """Note the servo targets of the step that is about to be made."""
        control = self._world.data.ctrl
        if self._last is None or not np.array_equal(control, self._last):
            self._last = control.copy()
            self._steps.append(self._count)
            self._controls.append(self._last)
        self._count += 1

    def disturbed(self) -> None:
        """The state was changed from outside: what came before cannot be run again. Begin anew."""
        self._begin()

    def take(self) -> Inputs:
        """Return what was noted since the last call, and begin anew."""
        shape = (0, self._world.data.ctrl.size)
        inputs = Inputs(
            self._state,
            np.array(self._steps, dtype=np.int64),
            np.array(self._controls) if self._controls else np.empty(shape),
            self._count,
            self._world.state_hash(),
        )
        self._begin()
        return inputs

    def _begin(self) -> None:
        self._state = self._world.save_state()
        self._steps = []
        self._controls = []
        self._last = None
        self._count = 0
