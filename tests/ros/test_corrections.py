"""Corrections through the real graph: answered, carried out through the gate, none lost; `stop` stops."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from robomatrix_interfaces.msg import SafetyState, TaskEvent, Verdict
from robomatrix_interfaces.srv import Correct
from ros_graph import Graph, robomatrix

from robomatrix_py.data.corrections import CORRECTIONS_FILE
from robomatrix_py.nodes import names

pytestmark = pytest.mark.ros

ANSWER_S = 10.0
SAY_S = 120.0
BURST, BURST_S = 100, 60.0


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / CORRECTIONS_FILE).read_text().splitlines()]


@pytest.mark.slow
def test_question_waits_for_an_answer_and_nothing_moves(graph: Graph) -> None:
    probe = graph.probe
    corrections = probe.node.create_client(Correct, names.CORRECT)
    probe.require(corrections.service_is_ready, ANSWER_S, "the service of corrections")
    asked: list[str] = []
    probe.node.create_subscription(
        TaskEvent, names.TASK_EVENTS, lambda event: asked.append(event.message), names.STATE_QOS
    )

    def ask_and_answer(text: str) -> Verdict:
        asked.clear()
        result = probe.start_task("put it in the bin", 60.0).get_result_async()
        probe.require(lambda: any("what does 'it' mean" in line for line in asked), 30.0, "the question")
        assert probe.commanded_speed_rad_s() < 1e-3
        answer = corrections.call_async(Correct.Request(text=text, source="test"))
        probe.require(answer.done, ANSWER_S, "an answer to the answer")
        assert answer.result().accepted
        probe.require(result.done, 60.0, "the end of the task")
        return result.result().result.verdict

    verdict = ask_and_answer("no")
    assert (verdict.cause, verdict.stage) == ("plan_invalid", "plan")
    assert probe.commanded_speed_rad_s() < 1e-3
    verdict = ask_and_answer("move to the bowl")
    assert verdict.cause == ""


@pytest.mark.slow
def test_corrections_by_service_and_topic_until_a_stop(graph: Graph) -> None:
    probe = graph.probe
    corrections = probe.node.create_client(Correct, names.CORRECT)

    def say(text: str) -> Correct.Response:
        probe.require(corrections.service_is_ready, ANSWER_S, "the service of corrections")
        future = corrections.call_async(Correct.Request(text=text, source="test"))
        probe.require(future.done, ANSWER_S, "an answer to a correction")
        return future.result()

    assert "no task" in say("a bit to the left").reason

    goal = probe.start_task("put the red cube in the bin and then the blue can", 120.0)
    result = goal.get_result_async()
    probe.require(lambda: probe.commanded_speed_rad_s() > 0.05, 20.0, "motion")
    # Waiting keeps the task where it is, however slow this machine is.
    probe.say("wait")
    probe.require(lambda: probe.commanded_speed_rad_s() < 1e-3, 5.0, "standing still")
    said = say("a bit to the left")
    assert (said.accepted, said.understood_as, said.reason) == (True, "1 cm left", "")
    for number in range(BURST):
        probe.say(f"nonsense number {number}")
    probe.say("go on")
    # It comes after the hundred, each of which is written to disk first.
    probe.require(lambda: probe.commanded_speed_rad_s() > 0.05, BURST_S, "going on")

    said_s = time.monotonic()
    probe.say("please STOP!")
    probe.require(lambda: probe.safety is not None and probe.safety.mode == SafetyState.MODE_STOPPED, 5.0, "the stop")
    probe.require(result.done, 10.0, "the end of the task")
    answer = result.result().result
    assert answer.verdict.cause == "stopped"
    assert probe.last_motion_after(said_s) - said_s < 1.0

    folder = Path(answer.run_folder)
    late = robomatrix("say", "lower", "--json", timeout_s=SAY_S)
    assert late.returncode == 1, late.stderr
    assert "no task" in json.loads(late.stdout)["reason"]
    found = lines(folder)
    texts = [line["text"] for line in found]
    assert texts == [
        *("wait", "a bit to the left"),
        *(f"nonsense number {number}" for number in range(BURST)),
        *("go on", "please STOP!", "lower"),
    ]
    done = [line["text"] for line in found if line["accepted"]]
    assert done == ["wait", "a bit to the left", "go on", "please STOP!"]
    assert found[-1]["after_end"] is True
    # The gate was told by the topic itself, not by the scheduler alone.
    assert "corrections" in probe.safety.message if probe.safety else False
