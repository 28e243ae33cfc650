"""Starts the scripted language model and asks planners in the scenes of the scheduler's tests."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from robomatrix_py.contracts.plan import Plan

_SERVER = Path(__file__).with_name("scripted_model_server.py")
_START_S = 20.0
_numbers = count()


@dataclass(frozen=True)
class Script:
    """A script on a running server.

    Args:
        base_url: What a planner is configured with.
        model: The server.
        name: Name of the script.
    """

    base_url: str
    model: ScriptedModel
    name: str

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests received so far: method, path, headers and body."""
        return self.model.control("GET", self.name)


@dataclass(frozen=True)
class ScriptedModel:
    """A running server.

    Args:
        port: Where it listens, on this machine.
    """

    port: int

    def play(self, *acts: dict[str, Any]) -> Script:
        """Set a new script of acts and return it."""
        name = f"script{next(_numbers)}"
        self.control("PUT", name, list(acts))
        return Script(f"http://127.0.0.1:{self.port}/{name}/v1", self, name)

    def control(self, method: str, name: str, value: Any = None) -> Any:
        """Set or ask about a script."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5.0)
        try:
            connection.request(method, f"/{name}", json.dumps(value))
            return json.load(connection.getresponse())
        finally:
            connection.close()


@contextmanager
def scripted_model() -> Iterator[ScriptedModel]:
    """Run the server as a process of its own."""
    process = subprocess.Popen([sys.executable, str(_SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    guard = threading.Timer(_START_S, process.kill)
    guard.start()
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        port = process.stdout.readline()
        guard.cancel()
        assert port, "the scripted model did not start"
        yield ScriptedModel(int(port))
    finally:
        guard.cancel()
        process.stdin.close()
        process.wait(timeout=10.0)
        process.stdout.close()


def answer_of(plan: Plan) -> dict[str, Any]:
    """Return how a model would write a plan."""
    return {
        "goals": [fact_of(str(atom)) for goal in plan.goals for atom in goal.atoms],
        "forbidden": [],
        "steps": [step.to_json() for step in plan.steps],
        "question": "",
        "refusal": "",
    }


def fact_of(text: str) -> dict[str, Any]:
    """Return how a model writes a fact such as ``in(red_cube, bin)``."""
    name, _, rest = text.rstrip(")").partition("(")
    return {"fact": name, "arguments": [part.strip() for part in rest.split(",") if part.strip()]}


def answer(goals: list[str], *steps: str) -> dict[str, Any]:
    """Return an answer with goals such as ``in(red_cube, bin)`` and steps such as ``grasp object=red_cube``."""
    calls = []
    for step in steps:
        skill, *arguments = step.split()
        calls.append({"skill": skill, "arguments": dict(pair.split("=", 1) for pair in arguments)})
    return {"goals": [fact_of(goal) for goal in goals], "forbidden": [], "steps": calls, "question": "", "refusal": ""}


def put(item: str, place: str) -> tuple[str, str, str]:
    """Return the steps that carry a thing to a place."""
    return (
        f"grasp object={item}",
        f"position_over object={item} target={place}",
        f"release object={item} target={place}",
    )
