"""Evaluation of single skills: real trials in lock-step, on a small scale, and the form of the figures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from robomatrix_py import cli
from robomatrix_py.bench.evaluation import Evaluation, TrialResult, evaluate, run_trial, summarise
from robomatrix_py.bench.trials import draw_trial
from robomatrix_py.commands.scenes import SplitScenes
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.policy import SKILLS
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.settings.settings import resolve
from robomatrix_py.sim.layout import draw_layout
from robomatrix_py.training.splits import Split

SCENES = SplitScenes(Split.SEEN)


def evaluated(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[dict[str, Any], str]:
    assert cli.main(["eval", "--perception", "sim_truth", "--json", "--processes", "1", *options]) == 0
    captured = capsys.readouterr()
    return json.loads(captured.out), captured.err


def test_figures_of_two_trials_a_skill(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--policy", "scripted", "--skills", "grasp,close_drawer", "--episodes", "2", "--seed", "3")
    found, progress = evaluated(capsys, *words)
    assert {key: found[key] for key in ("policy", "perception", "split", "seeds", "seeds_are_for")} == {
        "policy": "scripted",
        "perception": "sim_truth",
        "split": "seen",
        "seeds": [3, 4],
        "seeds_are_for": "development",
    }
    assert list(found["skills"]) == ["grasp", "close_drawer"]
    for figures in found["skills"].values():
        assert figures["n"] + figures["not_prepared"] == 2
        assert 0.0 <= figures["interval"][0] <= figures["success_rate"] <= figures["interval"][1] <= 1.0
        assert figures["success_once"] >= figures["success_rate"]
        assert figures["time_to_done_s"]["n"] == round(figures["success_rate"] * figures["n"])
        assert figures["judge"]["false_successes"] == 0
        assert sum(figures["failures"].values()) == figures["n"] - figures["time_to_done_s"]["n"]
    assert len(progress.splitlines()) == 4
    assert progress.splitlines()[-1].startswith("4/4")


def test_equal_seeds_give_equal_figures_in_one_process_and_in_two() -> None:
    settings = resolve(["perception=sim_truth"])
    jobs = [Evaluation(settings, SCENES, ("press",), 2, 5, processes) for processes in (1, 2)]
    first, second = (evaluate(job) for job in jobs)
    assert first == second


def test_what_a_skill_needs_is_brought_about_before_it() -> None:
    result = run_trial("release", 2, resolve(["perception=sim_truth"]), SCENES)
    assert result.prepared
    assert result.succeeded, result
    assert result.call.startswith("release(")
    assert result.once
    assert not result.wrong


def test_every_skill_is_drawn_about_the_targets_of_the_scene() -> None:
    import numpy as np

    settings = resolve(["perception=sim_truth"])
    for seed in range(20):
        drawn = SCENES.draw(settings, seed, 0)
        layout = draw_layout(drawn.settings.scene, drawn.settings.seed)
        others = {item.name for item in layout.objects} - set(drawn.targets)
        for skill in SKILLS:
            trial = draw_trial(skill, layout, drawn.targets, np.random.default_rng(seed))
            if trial is None:
                assert skill == "push"
                continue
            assert trial.call.skill == skill
            assert not others & set(trial.call.arguments.values())
            assert all(call.skill in SKILLS for call in trial.before)


def test_a_further_attempt_draws_another_scene() -> None:
    settings = resolve(["perception=sim_truth"])
    first, again, other = (SCENES.draw(settings, 7, attempt).settings for attempt in (0, 0, 1))
    assert first == again
    assert first != other


def trial(report: Verdict, verdict: Verdict, *, at_end: bool, wrong: str = "") -> TrialResult:
    return TrialResult("grasp", 1, "grasp(red_cube)", True, report, verdict, at_end, at_end, wrong, 5.0, (0.07, 0.09))


def test_only_what_is_said_and_really_so_is_a_success() -> None:
    good = Verdict.success("done")
    slipped = Verdict.failure(Cause.VERDICT_FAILED, "the gripper holds nothing")
    stuck = Verdict.failure(Cause.NO_PROGRESS, "stuck")
    found = summarise(
        [
            trial(good, good, at_end=True),
            trial(good, good, at_end=False, wrong="blue_can"),
            trial(good, slipped, at_end=True),
            trial(stuck, good, at_end=True),
            TrialResult("grasp", 2, "grasp(red_cube)", prepared=False),
        ]
    )
    assert (found["n"], found["success_rate"], found["not_prepared"]) == (4, 0.5, 1)
    assert found["success_at_end"] == 0.75
    assert found["failures"] == {"no_progress": 1, "verdict_failed": 1}
    assert found["wrong_object"] == 1
    assert found["judge"]["false_successes"] == 1
    assert found["judge"]["unnoticed_successes"] == 1
    assert found["chunk_delay_s"]["n"] == 8
    assert [entry["cause"] for entry in found["failed_trials"]] == ["verdict_failed", "no_progress"]
    json.dumps(found)


def test_figures_without_a_single_prepared_trial_have_no_rate() -> None:
    found = summarise([TrialResult("push", 1, "push", prepared=False)])
    assert (found["n"], found["success_rate"], found["not_prepared"]) == (0, None, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--skills", "juggle"], "juggle"),
        (["--skills", ""], "skills"),
        (["--episodes", "0"], "episodes"),
        (["--processes", "0"], "processes"),
        (["--split", "easy"], "unseen_combination"),
        (["--seed", "999", "--episodes", "2"], "evaluation 1000"),
        (["--perception", "tea_leaves"], "sim_truth"),
        (["--policy", "learned", "--perception", "sim_truth", "--episodes", "1"], "--perception camera"),
    ],
)
def test_bad_wishes_are_refused_in_one_line(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["eval", "--processes", "1", *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert len(captured.err.strip().splitlines()) == 1
