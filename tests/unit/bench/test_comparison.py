"""Skill-centric against task-centric: real tasks by both sides on a small scale, and the form of the figures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from place_by_rules import PlaceByRules

from robomatrix_py import cli
from robomatrix_py.bench import sides
from robomatrix_py.bench.comparison import Comparison, Pair, compare, draw_case, markdown_table, summarise
from robomatrix_py.bench.sides import SideResult, give_whole_task, patient
from robomatrix_py.bench.tasks import Level, Task
from robomatrix_py.commands.scenes import SplitScenes
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.settings.settings import resolve
from robomatrix_py.skills.config import SkillConfig
from robomatrix_py.training.splits import Split

SETTINGS = resolve(["perception=sim_truth"])
SCENES = {level: SplitScenes(Split.SEEN) for level in Level}


def test_composed_scripted_skills_do_a_task_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--scripted", "--perception", "sim_truth", "--levels", "I,V", "--episodes", "1", "--seed", "10"]
    assert cli.main(["bench", "tasks", *words, "--processes", "1", "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)["tasks"]
    assert {key: found[key] for key in ("seeds_are_for", "perception", "seeds")} == {
        "seeds_are_for": "development",
        "perception": "sim_truth",
        "seeds": [10, 10],
    }
    assert list(found["levels"]) == ["I", "V"]
    for figures in found["levels"].values():
        assert (figures["n"], figures["not_drawn"]) == (1, 0)
        assert figures["skill_centric"]["successes"] == 1, captured.err
        assert figures["skill_centric"]["said_done"] == 1
        assert figures["skill_centric"]["at_first_attempt"]["successes"] == 1
        assert "task_centric" not in figures
    assert "2/2  level V seed 10" in captured.err
    assert markdown_table(found).splitlines()[2].startswith("| I | nothing | 1 | 1 of 1, ")


def rules(monkeypatch: pytest.MonkeyPatch) -> PlaceByRules:
    policy = PlaceByRules()
    monkeypatch.setattr(sides, "make_policy", lambda _settings: policy)
    return policy


LEARNED = SkillConfig(policy="learned")


def test_a_policy_of_whole_tasks_that_can_do_one_is_given_it_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = rules(monkeypatch)
    job = Comparison(SETTINGS, LEARNED, SCENES, 1, 0, 1)
    task, drawn = draw_case(Level.SEEN, 10, job)
    assert task is not None
    result = give_whole_task(task, replace(drawn, settings=replace(drawn.settings, skills=LEARNED)), 60.0)
    assert result.said.succeeded, result
    assert result.reached, result
    assert not result.taken
    assert [(goal.skill, len(goal.texts)) for goal in policy.goals] == [("place", 2)]
    assert policy.goals[0].texts[0] == task.thing.replace("_", " ")


def test_what_a_policy_of_whole_tasks_says_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It puts the thing onto the shut drawer's cabinet, or drops it in front, and says that it is done."""
    rules(monkeypatch)
    job = Comparison(SETTINGS, LEARNED, SCENES, 1, 0, 1)
    task, drawn = draw_case(Level.LONG, 10, job)
    assert task is not None
    result = give_whole_task(task, replace(drawn, settings=replace(drawn.settings, skills=LEARNED)), 30.0)
    assert not result.reached
    assert result.said.succeeded or result.said.cause in (Cause.TIMEOUT, Cause.NO_PROGRESS, Cause.UNKNOWN_OBJECT)


def test_both_sides_go_through_the_same_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    rules(monkeypatch)
    begins = []
    arena = sides._Arena.__init__

    def watched(self: sides._Arena, *arguments: object) -> None:
        arena(self, *arguments)  # type: ignore[arg-type]
        begins.append(self._begin)

    monkeypatch.setattr(sides._Arena, "__init__", watched)
    found = compare(Comparison(SETTINGS, LEARNED, {Level.SEEN: SCENES[Level.SEEN]}, 1, 10, 1))
    assert begins[0] == begins[1]
    level = found["levels"]["I"]
    assert level["task_centric"]["successes"] == 1
    assert level["difference"]["difference"] == 0.0
    assert level["tasks"] == {"place": {"n": 1, "skill_centric": 1, "task_centric": 1}}


def test_a_whole_task_may_take_longer_and_hide_its_thing_but_is_watched_as_skills_are_else() -> None:
    watched = patient(LEARNED, 180.0)
    assert watched.unseen_max_s == 180.0
    assert watched.learned.stuck_s == 5 * LEARNED.learned.stuck_s
    assert replace(watched, unseen_max_s=LEARNED.unseen_max_s, learned=LEARNED.learned) == LEARNED
    assert replace(watched.learned, stuck_s=LEARNED.learned.stuck_s) == LEARNED.learned
    slow = replace(LEARNED, learned=replace(LEARNED.learned, stuck_s=50.0))
    assert patient(slow, 180.0).learned.stuck_s == 60.0


DONE, STUCK = Verdict.success("done"), Verdict.failure(Cause.NO_PROGRESS, "stuck")


def pair(skills: SideResult, whole: SideResult, name: str = "leave_open", seed: int = 1) -> Pair:
    task = Task(name, "open the drawer", SkillCall("place", {"object": "red_cube", "target": "drawer"}))
    return Pair(Level.NEW_TASK, seed, task, skills, whole)


def test_figures_count_what_is_so_and_what_is_said() -> None:
    good = SideResult(DONE, reached=True, took_s=20.0)
    found = summarise(
        [
            pair(good, SideResult(DONE, reached=False, took_s=9.0, taken="blue_can", moved=("blue_can",))),
            pair(replace(good, again=1), SideResult(STUCK, reached=False, took_s=40.0)),
            pair(good, SideResult(STUCK, reached=True, took_s=40.0), "already_open"),
            pair(SideResult(STUCK, reached=False, took_s=8.0), SideResult(STUCK, reached=False, took_s=8.0), seed=4),
            Pair(Level.NEW_TASK, 5),
        ]
    )
    assert (found["n"], found["not_drawn"]) == (4, 1)
    skills, whole = found["skill_centric"], found["task_centric"]
    assert (skills["successes"], skills["at_first_attempt"]["successes"], whole["successes"]) == (3, 2, 1)
    assert (whole["said_done"], whole["false_successes"], whole["unnoticed_successes"]) == (1, 1, 1)
    assert (whole["wrong_thing_taken"], whole["other_things_moved"]) == (1, 1)
    assert whole["causes"] == {"no_progress": 2, "said to be done": 1}
    assert found["difference"]["relative_gain"] == 2.0
    assert found["difference"]["only_first"] == 2
    assert found["tasks"]["already_open"] == {"n": 1, "skill_centric": 1, "task_centric": 1}
    assert [failure["seed"] for failure in skills["failures"]] == [4]
    row = markdown_table({"levels": {"V": found}}).splitlines()[-1]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[0] == "V"
    assert cells[3].startswith("3 of 4, 0.30 to 0.9")
    assert cells[-1] == "+200 %"
    json.dumps(found)


def test_a_level_without_a_task_has_no_rates() -> None:
    found = summarise([Pair(Level.LONG, 1)])
    assert found == {"n": 0, "not_drawn": 1}
    assert markdown_table({"levels": {"IV": found}}).splitlines()[-1].endswith(" | 0 | - | - | - | - | - | - |")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "--skill-policy"),
        (["--skill-policy", "nowhere"], "--task-policy"),
        (["--skill-policy", "nowhere", "--task-policy", "nowhere"], "nowhere"),
        (["--skill-policy", "nowhere", "--scripted"], "scripted skills need no policy"),
        (["--scripted", "--levels", "I,VI"], "unknown level 'VI'"),
        (["--scripted", "--levels", ""], "no level; permitted: one or more of I, II"),
        (["--scripted", "--processes", "0"], "processes is 0"),
        (["--scripted", "--episodes", "0"], "must be positive"),
        (["--scripted", "--perception", "tea_leaves"], "sim_truth"),
        (["--scripted", "--set", "gate.colour=red"], "colour"),
        (["--scripted", "--seed", "999", "--episodes", "2"], "evaluation 1000"),
        # Seeds of demonstrations and of what checkpoints are chosen by.
        (["--scripted", "--seed", "1000000"], "permitted: development 0 to 999, evaluation 1000 to 99999"),
        (["--scripted", "--seed", "10000000"], "permitted: development 0 to 999, evaluation 1000 to 99999"),
    ],
)
def test_bad_wishes_are_refused_in_one_line(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["bench", "tasks", "--processes", "1", *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    said = [line for line in captured.err.strip().splitlines() if line != "measuring tasks ..."]
    assert len(said) == 1
    assert words in said[0]
