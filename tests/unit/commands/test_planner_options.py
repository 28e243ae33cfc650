"""`run` and `plan` with the planner `openai`, and with what plans may use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import robomatrix, run_fast
from scripted_model import ScriptedModel, answer, put, scripted_model

TASK = "put the red cube in the bin"
KEY = "sk-test-0123456789"


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as running:
        yield running


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("OPENAI_MODEL", "scripted")


def test_run_writes_what_was_said_and_no_key(model: ScriptedModel, tmp_path: Path) -> None:
    unsound = answer(["in(red_cube, bin)"], *put("red_cube", "bin")[1:])
    script = model.play({"reply": unsound}, {"reply": answer(["in(red_cube, bin)"], *put("red_cube", "bin"))})
    result = run_fast(
        TASK, tmp_path, "--json", "--planner", "openai", "--set", f"planning.openai.base_url={script.base_url}"
    )
    assert result.code == 0, result.err
    told = result.json()
    assert told["plan"]["planner"] == told["planner"] == "openai"
    folder = Path(told["run_folder"])
    first, second = [json.loads(line) for line in (folder / "exchanges.jsonl").read_text().splitlines()]
    assert first["messages"][0]["role"] == "system"
    assert first["messages"][-1]["content"] == f"INSTRUCTION\n{TASK}"
    assert json.loads(first["answer"]) == unsound
    assert "which will not hold" in first["rejections"][0]
    assert (second["prompt_tokens"], second["completion_tokens"]) == (900, 80)
    assert second["rejections"] == []
    assert script.requests()[0]["headers"]["authorization"] == f"Bearer {KEY}"
    for path in folder.rglob("*"):
        assert path.is_dir() or KEY.encode() not in path.read_bytes(), path.name
    assert "openai" in (folder / "report.html").read_text()


def test_plan_falls_back_and_says_so(model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", model.play({"status": 401}).base_url)
    result = robomatrix("plan", TASK, "--planner", "openai")
    assert result.code == 0
    assert "note: planned by 'symbolic', because the language model gave no plan" in result.out
    assert "PLAN.MODEL_KEY_REFUSED" in result.out


@pytest.mark.parametrize("words", [("plan", TASK), ("run", TASK, "--fast", "--no-video")])
def test_planner_without_an_endpoint_is_refused(words: tuple[str, ...], tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "out")) if words[0] == "run" else ()
    result = robomatrix(*words, "--planner", "openai", *out)
    assert result.code != 0
    assert "OPENAI_BASE_URL" in result.error_line
    assert not list(tmp_path.glob("out/*"))


def test_plans_use_what_is_allowed() -> None:
    skills = ("--allow-skills", "grasp,position_over, release")
    assert robomatrix("plan", TASK, *skills).code == 0
    refused = robomatrix("plan", "open the drawer", *skills)
    assert refused.code == 1
    assert "the skills that the operator has granted are grasp, position_over, release" in refused.out
    assert robomatrix("plan", TASK, "--allow-objects", "red_cube,bin").code == 0
    assert robomatrix("plan", TASK, "--allow-objects", "red_cube,bowl").code == 1
    assert robomatrix("plan", TASK, "--allow-objects", "").code == 1


def test_unknown_skill_is_not_allowed() -> None:
    result = robomatrix("plan", TASK, "--allow-skills", "grasp,thorw")
    assert result.code != 0
    assert "unknown skill 'thorw'" in result.error_line
