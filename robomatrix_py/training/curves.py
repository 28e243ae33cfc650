"""Curves of a training: a CSV and a page, as if never interrupted, and a word on when it will end."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.data.disk import write_fault
from robomatrix_py.data.durable import write_atomic
from robomatrix_py.training.charts import Chart, page

CSV_FILE = "curves.csv"
PAGE_FILE = "curves.html"
HELD_OUT = "held_out."
"""What the names of quantities of held-out episodes begin with."""


class Curves:
    """Writes what a training reports.

    Args:
        folder: Takes the files; rows there up to `first_step` are kept.
        steps: At which it ends.
        first_step: From which it goes on.
        say: Hears a line a report.

    Raises:
        DataError: The earlier rows cannot be read.
    """

    def __init__(self, folder: Path, steps: int, first_step: int, say: Callable[[str], None]) -> None:
        self._folder, self._steps, self._first, self._say = folder, steps, first_step, say
        self._rows = [row for row in _read(folder / CSV_FILE) if row["step"] <= first_step]
        self._began_s = time.monotonic()

    def __call__(self, step: int, values: Mapping[str, float]) -> None:
        """Take in the values at a step.

        Raises:
            DataError: They cannot be written.
        """
        self._rows.append({"step": float(step), **values})
        self.write()
        left_s = (time.monotonic() - self._began_s) / max(1, step - self._first) * (self._steps - step)
        end = time.strftime("%H:%M", time.localtime(time.time() + left_s))
        parts = ", ".join(f"{name} {value:.3g}" for name, value in values.items())
        self._say(f"step {step} of {self._steps}, {left_s / 60:.0f} min left, until {end}: {parts}")

    def write(self, further: Sequence[Chart] = ()) -> None:
        """Write both files.

        Args:
            further: Charts for the page beside the curves.

        Raises:
            DataError: They cannot be written.
        """
        names = list(dict.fromkeys(name for row in self._rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in self._rows)
        charts = [*self._charts(names), *further]
        note = "Losses of the averaged weights on held-out episodes, and of the weights under way on what is learned."
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomic(self._folder / CSV_FILE, text.getvalue().encode())
            write_atomic(self._folder / PAGE_FILE, page("Training of the policy", note, charts).encode())
        except OSError as error:
            raise write_fault(self._folder, error) from error

    def _charts(self, names: Sequence[str]) -> list[Chart]:
        """Return a chart a quantity, learned and held-out episodes in one."""
        quantities = list(dict.fromkeys(name.removeprefix(HELD_OUT) for name in names if name != "step"))
        return [
            Chart(
                quantity.replace("_", " "),
                {
                    label: [(row["step"], row[name]) for row in self._rows if name in row]
                    for label, name in (("learned", quantity), ("held out", HELD_OUT + quantity))
                },
                logarithmic=True,
            )
            for quantity in quantities
        ]


def _read(path: Path) -> list[dict[str, float]]:
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [{name: float(text) for name, text in row.items() if text} for row in csv.DictReader(file)]
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"no curves: {error}", where=str(path), remedy="remove it") from error
