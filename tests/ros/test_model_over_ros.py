"""A language model that hangs keeps the scheduler's other callers waiting for nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ros_graph import PATIENT, Graph, running
from scripted_model import scripted_model

from robomatrix_py.settings.settings import resolve

pytestmark = pytest.mark.ros

TASK = "put the red cube in the bin"
BUDGET_S = 8.0


@pytest.fixture
def graph(domain: int, tmp_path: Path) -> Iterator[Graph]:
    """Run a graph whose language model never answers."""
    del domain
    with scripted_model() as model:
        script = model.play({"reply": "", "pause_s": 19.0})
        openai = {"base_url": script.base_url, "model": "scripted", "budget_s": BUDGET_S}
        settings = [f"planning.openai.{key}={value}" for key, value in openai.items()]
        with running(resolve([*PATIENT, *settings]), tmp_path / "log") as graph:
            yield graph


def test_hanging_model_keeps_nobody_waiting(graph: Graph) -> None:
    from robomatrix_interfaces.srv import PreviewPlan

    from robomatrix_py.nodes import names

    client = graph.probe.node.create_client(PreviewPlan, names.PREVIEW_PLAN)
    graph.probe.require(client.service_is_ready, 20.0, "the preview service")

    def planned() -> bool:
        seen = client.call_async(PreviewPlan.Request(instruction=TASK, planner="symbolic"))
        graph.probe.require(seen.done, 20.0, "an answer")
        return bool(seen.result().accepted)

    graph.probe.require(planned, 20.0, "a first plan, once the scheduler has looked")
    began_s = time.monotonic()
    hanging = client.call_async(PreviewPlan.Request(instruction=TASK, planner="openai"))
    quick = client.call_async(PreviewPlan.Request(instruction=TASK, planner="symbolic"))
    graph.probe.require(quick.done, BUDGET_S / 2, "a plan beside the one that hangs")
    assert quick.result().accepted
    assert not hanging.done()
    graph.probe.require(hanging.done, 2 * BUDGET_S, "the plan of the planner that hangs")
    assert time.monotonic() - began_s > 0.9 * BUDGET_S
    plan = json.loads(hanging.result().plan_json)
    assert plan["planner"] == "symbolic"
    assert "PLAN.MODEL_TIMEOUT" in plan["notes"][0]
