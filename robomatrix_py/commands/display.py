"""Shows a run in the terminal: the plan, each step as it goes, and a one-screen summary at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from robomatrix_py.contracts.verdict import Outcome, Verdict

_SHOWN_CHARS = 160
_MARKS = {
    Outcome.SUCCEEDED: "[bold green]succeeded[/]",
    Outcome.FAILED: "[bold red]failed[/]",
    Outcome.UNDECIDED: "[bold yellow]undecided[/]",
}


class RunDisplay:
    """Writes to the terminal, or nothing where the caller wants JSON only.

    Args:
        quiet: Write nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._console = Console(highlight=False, soft_wrap=True, quiet=quiet)
        self._live = sys.stdout.isatty() and not quiet
        self._step: tuple[int, str] | None = None
        self._stages: list[str] = []
        self._began_s = time.monotonic()
        self._step_began_s = 0.0

    def say(self, text: str) -> None:
        """Write a line."""
        self._console.print(escape(text))

    def heading(self, instruction: str, facts: Sequence[str]) -> None:
        """Write what is asked for, of which robot, where."""
        self._console.print(f"[bold]{escape(shorten(instruction))}[/]")
        self._console.print(f"[dim]{escape(', '.join(facts))}[/]")

    def plan(self, plan: Mapping[str, Any]) -> None:
        """Write a plan, or why there is none."""
        for note in plan.get("notes") or []:
            self._console.print(f"note: {escape(note)}")
        if plan.get("question"):
            self._console.print(f"[bold yellow]question:[/] {escape(plan['question'])}")
        if plan.get("refused"):
            self._console.print(f"[bold red]refused:[/] {escape(plan['refused'])}")
        if plan.get("already_done"):
            self._console.print(f"[bold green]nothing to do:[/] {escape(plan['already_done'])}")
        if not plan["steps"]:
            return
        self._console.print("plan")
        whys = list(plan.get("why") or [])
        for number, step in enumerate(plan["steps"], start=1):
            why = whys[number - 1] if number <= len(whys) else ""
            text = f"  {number}  {call_text(step['skill'], step['arguments'])}"
            self._console.print(f"{escape(text):<52} [dim]{escape(why)}[/]")

    def progress(self, step: int, steps: int, call: str, stage: str) -> None:
        """Show how far the run is; a line grows with every stage."""
        if not call:
            return
        if self._step != (step, call):
            self._end_line()
            self._step, self._stages = (step, call), []
            self._step_began_s = time.monotonic()
        if stage and (not self._stages or self._stages[-1] != stage):
            self._stages.append(stage)
            if self._live:
                line = f"  {step}/{steps}  {call}  {' > '.join(self._stages)}"
                sys.stdout.write("\r\033[K" + line[: max(20, self._console.width - 1)])
                sys.stdout.flush()

    def end_progress(self) -> None:
        """Finish the growing line."""
        self._end_line()
        self._step = None

    def _end_line(self) -> None:
        if self._step is None or self._quiet:
            return
        if self._live:
            sys.stdout.write("\r\033[K")
        took_s = time.monotonic() - self._step_began_s
        stages = " > ".join(self._stages)
        self._console.print(f"  {self._step[0]}  {escape(self._step[1])}  [dim]{escape(stages)}  {took_s:.1f} s[/]")

    def summary(self, verdict: Verdict, facts: Mapping[str, str]) -> None:
        """Write how it ended."""
        self._console.print()
        cause = f" ({verdict.cause})" if verdict.cause else ""
        self._console.print(f"{_MARKS[verdict.outcome]}{escape(cause)}: {escape(verdict.message)}")
        for key, value in facts.items():
            self._console.print(f"  [dim]{escape(key):<10}[/] {escape(value)}")


def call_text(skill: str, arguments: Mapping[str, Any]) -> str:
    """Return a skill call for people, such as ``grasp(red_cube)``."""
    return f"{skill}({', '.join(str(value) for value in arguments.values())})"


def shorten(instruction: str) -> str:
    """Return an instruction cut to what fits a screen, without what would steer the terminal."""
    shown = "".join(char if char.isprintable() else " " for char in instruction[:_SHOWN_CHARS])
    return shown if len(instruction) <= _SHOWN_CHARS else f"{shown} ..."
