"""Whatever a language model does: no motion by it, an error with a code, and a verdict inside the budget."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from model_fault_cases import CASES, GOOD, TASK, FaultCase
from scheduler_outcome import RESOURCES
from scheduler_scenes import tabletop
from scripted_model import ScriptedModel, answer, put, scripted_model

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.language_model.config import OpenAiConfig
from robomatrix_py.scheduler.planner import make_planner
from robomatrix_py.settings.skills import load_skills

SKILLS = load_skills()
SYMBOLIC = make_planner("symbolic", SKILLS, RESOURCES, PlannerConfig())
CASE = tabletop()
BUDGET_S = 8.0
# What a busy machine may add to a budget.
LATE_S = 1.0


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as running:
        yield running


def ask(base_url: str, instruction: str = TASK, **settings: Any) -> Plan:
    """Return what the planner answers, after checking that it kept its budget."""
    values = {"budget_s": BUDGET_S, "retries_max": 0, "rounds_max": 2, "fallback": False, **settings}
    config = PlannerConfig(openai=OpenAiConfig(base_url=base_url, model="scripted", **values))
    planner = make_planner("openai", SKILLS, RESOURCES, config)
    began_s = time.monotonic()
    plan = planner.plan(instruction, CASE.scene, CASE.facts)
    assert time.monotonic() - began_s < values["budget_s"] + LATE_S
    json.dumps([plan.to_json(), *(exchange.to_json() for exchange in plan.exchanges)]).encode()
    return plan


def check(plan: Plan, code: str) -> None:
    """Check that a plan moves nothing and says why, on one printable line."""
    assert plan.steps == ()
    assert plan.planner == "openai"
    told = plan.question if code == "question" else plan.refused
    assert told
    assert told.isprintable()
    assert len(told) < 1500
    if code.startswith("MODEL"):
        assert f"[PLAN.{code}]" in told
        assert plan.exchanges[-1].fault or plan.exchanges[-1].rejections


def test_there_are_enough_cases() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fault_of_the_model_moves_nothing(case: FaultCase, model: ScriptedModel) -> None:
    check(ask(model.play(*case.acts).base_url, **case.settings), case.code)


@pytest.mark.parametrize("case", CASES[::6], ids=str)
def test_symbolic_planner_takes_over_and_says_so(case: FaultCase, model: ScriptedModel) -> None:
    plan = ask(model.play(*case.acts).base_url, **case.settings, fallback=True)
    if case.code in ("question", "refusal"):
        assert plan.steps == ()
        return
    assert plan.planner == "symbolic"
    assert plan.steps == SYMBOLIC.plan(TASK, CASE.scene, CASE.facts).steps
    assert plan.notes[0].startswith("planned by 'symbolic', because the language model gave no plan: ")
    assert f"[PLAN.{case.code}]" in plan.notes[0]


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        check(ask(f"http://127.0.0.1:{unused.getsockname()[1]}/v1"), "MODEL_UNREACHABLE")


def test_no_such_host() -> None:
    plan = ask("http://model.invalid/v1", plain_http=True, budget_s=1.0, connect_s=0.5)
    assert not plan.steps
    assert "PLAN.MODEL_" in plan.refused


def full_listener(stack: ExitStack) -> int:
    """Return the port of a socket that nobody accepts from and whose queue is full: connecting to it hangs."""
    listener = stack.enter_context(socket.socket())
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    port = listener.getsockname()[1]
    for _ in range(3):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(("127.0.0.1", port))
    return port


def test_connecting_hangs() -> None:
    with ExitStack() as stack:
        plan = ask(f"http://127.0.0.1:{full_listener(stack)}/v1", budget_s=2.0, connect_s=0.3)
    check(plan, "MODEL_TIMEOUT")
    assert plan.exchanges[0].took_s < 1.5, "connecting has a limit of its own"


def test_greeting_of_tls_hangs() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        plan = ask(f"https://127.0.0.1:{listener.getsockname()[1]}/v1", budget_s=0.6, connect_s=0.3)
    check(plan, "MODEL_TIMEOUT")


def test_no_tls_on_the_other_side(model: ScriptedModel) -> None:
    check(ask(model.play({"reply": GOOD}).base_url.replace("http:", "https:")), "MODEL_UNREACHABLE")


def test_requests_that_were_given_up_leave_no_threads_behind(model: ScriptedModel) -> None:
    for _ in range(10):
        ask(model.play({"reply": GOOD, "pause_s": 15.0}).base_url, budget_s=0.1)
    end_s = time.monotonic() + 5.0
    while time.monotonic() < end_s and any(t.name == "language model request" for t in threading.enumerate()):
        time.sleep(0.02)
    assert not [t for t in threading.enumerate() if t.name == "language model request"]


# Faults that pass


@pytest.mark.parametrize(
    "passing",
    [
        {"status": 500},
        {"status": 503, "headers": {"Retry-After": "0.3"}},
        {"status": 429},
        {"raw": ""},
        {"reply": GOOD, "cut": 200},
    ],
    ids=str,
)
def test_fault_that_passes_costs_a_retry(passing: dict[str, Any], model: ScriptedModel) -> None:
    script = model.play(passing, {"reply": GOOD})
    plan = ask(script.base_url, retries_max=1)
    assert [step.skill for step in plan.steps] == ["grasp", "position_over", "release"]
    assert [(e.round, e.attempt, bool(e.fault)) for e in plan.exchanges] == [(1, 1, True), (1, 2, False)]
    assert len(script.requests()) == 2
    wished_s = float(passing.get("headers", {}).get("Retry-After", 0.25))
    assert plan.exchanges[1].started_s - plan.exchanges[0].started_s >= wished_s


def test_rejected_plan_goes_back_with_the_reasons(model: ScriptedModel) -> None:
    unsound = answer(["in(red_cube, bin)"], "grasp object=red_cube", "release object=red_cube target=bin")
    script = model.play({"reply": unsound}, {"reply": GOOD})
    plan = ask(script.base_url)
    assert [step.skill for step in plan.steps] == ["grasp", "position_over", "release"]
    assert plan.exchanges[0].rejections == ("step 2: release needs over(red_cube, bin), which will not hold",)
    second = script.requests()[1]["body"]["messages"]
    assert second[-2] == {"role": "assistant", "content": json.dumps(unsound)}
    assert "step 2: release needs over(red_cube, bin)" in second[-1]["content"]


@pytest.mark.parametrize(
    ("complaints", "left"),
    [
        (["response_format json_schema is not supported"], {"response_format": {"type": "json_object"}}),
        (["unknown field", "unknown field"], {"response_format": None}),
        (["'temperature' is fixed for this model"], {"temperature": None}),
        (
            ["'max_tokens' is not known, use 'max_completion_tokens'"],
            {"max_tokens": None, "max_completion_tokens": 2048},
        ),
    ],
)
def test_server_that_knows_less_is_asked_for_less(
    complaints: list[str], left: dict[str, Any], model: ScriptedModel
) -> None:
    acts = [{"status": 400, "body": json.dumps({"error": {"message": text}})} for text in complaints]
    script = model.play(*acts, {"reply": f"Here it is:\n```json\n{json.dumps(GOOD)}\n```\nGood luck!"})
    assert len(ask(script.base_url).steps) == 3
    last = script.requests()[-1]["body"]
    assert {key: last.get(key) for key in left} == left


# In a whole task


def test_task_with_a_hanging_model_ends_with_a_verdict_and_an_arm_that_stood_still(
    model: ScriptedModel, tmp_path: Path
) -> None:
    from robomatrix_py.data.run_folder import RunFolder
    from robomatrix_py.runtime.lockstep_run import make_rig, run_lockstep
    from robomatrix_py.settings.settings import resolve

    script = model.play({"reply": GOOD, "byte_s": 1.0})
    settings = resolve(
        [
            "planner=openai",
            f"planning.openai.base_url={script.base_url}",
            "planning.openai.model=scripted",
            "planning.openai.budget_s=0.5",
            "planning.openai.fallback=false",
        ]
    )
    rig = make_rig(settings)
    before = rig.joints.positions.copy()
    folder = tmp_path / "run"
    folder.mkdir()
    faults: list[DataError] = []
    outcome = run_lockstep(TASK, settings, 30.0, RunFolder(folder, faults.append), video=False, rig=rig)
    assert not outcome.verdict.succeeded
    assert "PLAN.MODEL_TIMEOUT" in outcome.verdict.message
    assert abs(rig.joints.positions - before).max() < 1e-3
    (exchange,) = [json.loads(line) for line in (folder / "exchanges.jsonl").read_text().splitlines()]
    assert "PLAN.MODEL_TIMEOUT" in exchange["fault"]
    assert exchange["messages"][-1]["content"].endswith(TASK)
    kinds = [json.loads(line)["kind"] for line in (folder / "events.jsonl").read_text().splitlines()]
    assert kinds.count("model_exchange") == 1


def test_sentence_that_the_grammar_cannot_check(model: ScriptedModel) -> None:
    words = "would you be so kind as to see to it that our crimson little block ends up with the rubbish"
    reply = {"reply": answer(["in(red_cube, bin)"], *put("red_cube", "bin"))}
    plan = ask(model.play(reply).base_url, words)
    assert len(plan.steps) == 3
    assert plan.notes == ("the grammar cannot check this sentence; the language model reads it as: red_cube is in bin",)
    asked = ask(model.play(reply).base_url, words, unread="ask")
    assert not asked.steps
    assert "the language model takes it as: red_cube is in bin" in asked.question


def test_thing_that_is_not_there_is_asked_about_and_not_guessed(model: ScriptedModel) -> None:
    reply = {"reply": answer(["in(yellow_brick, bin)"], *put("yellow_brick", "bin"))}
    plan = ask(model.play(reply).base_url, "put the banana in the bin")
    assert not plan.steps
    assert "banana" in plan.question
    assert "yellow_brick is in bin" in plan.question


def test_what_the_grammar_refuses_is_not_put_to_the_model(model: ScriptedModel) -> None:
    script = model.play({"reply": GOOD})
    plan = ask(script.base_url, "throw the red cube at the green ball")
    assert plan.refused
    assert plan.notes == ("the language model was not asked",)
    assert script.requests() == []
    assert replace(plan, notes=()) == SYMBOLIC.plan("throw the red cube at the green ball", CASE.scene, CASE.facts)
