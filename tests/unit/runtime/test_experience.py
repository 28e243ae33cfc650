"""What run folders tell of skills: which verdicts count, for which condition, and that a rebuild finds the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.contracts.experience import Condition, Reality
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.records import EventRecord, RunSummary, StepRecord
from robomatrix_py.data.run_reader import read_run
from robomatrix_py.runtime.experience import load_feasibility, note_run, reality_of, rebuild, trials_of
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.settings.skills import load_skills

SKILLS = load_skills()
GOOD = Verdict.success("held")


def bad(cause: Cause, stage: str = "grasp.lift") -> Verdict:
    return Verdict.failure(cause, "no", stage)


def settings_at(tmp_path: Path) -> Settings:
    return resolve([f"feasibility.record={tmp_path}/own/experience.jsonl", f"macros={tmp_path}/macros"])


def write_run(
    folder: Path,
    steps: list[tuple[str, str, Verdict | None]],
    reality: str = "simulated",
    scene: dict[str, object] | None = None,
    finished: bool = True,
) -> Path:
    """Write the small files of a run whose steps are about one object each."""
    folder.mkdir(parents=True)
    config = {"robot": "ur5e", "skills": {"policy": "scripted"}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    began = EventRecord(0.0, "run_started", "runtime", "", {"reality": reality} if reality else {})
    (folder / "events.jsonl").write_text(json.dumps(began.to_json()) + "\n")
    arguments = {"grasp": "object", "press": "button", "open_drawer": "drawer"}
    lines = [
        StepRecord(i, 1, skill, {arguments[skill]: name}, "", 0.0, 1.0, verdict=verdict).to_json()
        for i, (skill, name, verdict) in enumerate(steps)
    ]
    (folder / "steps.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    if scene is not None:
        (folder / "scene.json").write_text(json.dumps({"objects": scene}))
    if finished:
        summary = RunSummary("x", GOOD, 1.0, 1, 1, 0, "ur5e", "tabletop", "symbolic", "sim_truth", "ros", "")
        (folder / "summary.json").write_text(json.dumps(summary.to_json()))
    return folder


def test_only_decided_verdicts_that_speak_of_the_skill_count(tmp_path: Path) -> None:
    steps = [
        ("grasp", "red_cube", GOOD),
        ("grasp", "red_cube", bad(Cause.VERDICT_FAILED)),
        ("grasp", "red_cube", bad(Cause.NO_PROGRESS)),
        ("grasp", "red_cube", bad(Cause.TIMEOUT)),
        ("grasp", "red_cube", bad(Cause.LIMIT)),
        # None of these speaks against the skill.
        *(("grasp", "red_cube", bad(cause)) for cause in (Cause.STOPPED, Cause.CANCELLED, Cause.DRIVER_FAULT)),
        ("grasp", "red_cube", bad(Cause.STALE_OBSERVATION)),
        ("grasp", "red_cube", bad(Cause.PRECONDITION, "grasp.precondition")),
        ("grasp", "red_cube", Verdict.undecided(Cause.VERDICT_FAILED, "not seen")),
        ("grasp", "red_cube", None),
        ("press", "button", GOOD),
    ]
    trials = trials_of(read_run(write_run(tmp_path / "run", list(steps))), SKILLS)
    assert trials.counts == {("grasp", ("cube",)): (1, 4), ("press", ("button",)): (1, 0)}
    assert trials.condition == Condition("ur5e", Reality.SIMULATED, "scripted")


def test_class_comes_from_the_scene_as_perceived(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [("grasp", "thing_7", GOOD)], scene={"thing_7": {"shape": "mug"}})
    assert trials_of(read_run(run), SKILLS).counts == {("grasp", ("mug",)): (1, 0)}


@pytest.mark.parametrize("scene", [{"thing_7": 3}, {"thing_7": {"shape": 5}}, {}])
def test_hostile_scene_records_fall_back_to_the_name(tmp_path: Path, scene: dict[str, object]) -> None:
    run = write_run(tmp_path / "run", [("grasp", "thing_7", GOOD)], scene=scene)
    assert trials_of(read_run(run), SKILLS).counts == {("grasp", ("thing",)): (1, 0)}


@pytest.mark.parametrize("config", ["", "robot: 3\nskills: {policy: x}", "[1, 2]", "robot: ur5e", "a: &a [*a]\n: ["])
def test_a_run_of_unknown_condition_is_not_counted(tmp_path: Path, config: str) -> None:
    run = write_run(tmp_path / "run", [("grasp", "red_cube", GOOD)])
    (run / "config.yaml").write_text(config)
    with pytest.raises(DataError, match="does not say of which robot"):
        trials_of(read_run(run), SKILLS)


def test_where_a_run_took_place_is_never_guessed_to_be_real(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [("grasp", "red_cube", GOOD)], reality="")
    with pytest.raises(DataError, match="does not say"):
        trials_of(read_run(run), SKILLS)


def test_reality_follows_from_mode_and_settings() -> None:
    settings = resolve([])
    assert reality_of(settings, "lockstep") is Reality.SIMULATED
    assert reality_of(settings, "ros") is Reality.SIMULATED
    assert reality_of(settings, "rehearsal") is Reality.REHEARSED
    assert reality_of(replace(settings, mode="real"), "ros") is Reality.REAL
    assert reality_of(replace(settings, mode="real"), "rehearsal") is Reality.REHEARSED
    assert reality_of(replace(settings, mode="mock"), "ros") is Reality.MOCKED


def test_runs_are_noted_once_and_handed_to_planners_by_condition(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    run = write_run(tmp_path / "runs" / "a", [("grasp", "red_cube", GOOD)])
    assert (note_run(run, settings, SKILLS), note_run(run, settings, SKILLS)) == ("", "")
    here, warning = load_feasibility(settings, SKILLS, Reality.SIMULATED)
    there, _ = load_feasibility(settings, SKILLS, Reality.REAL)
    assert here is not None
    assert there is not None
    assert here.estimate("grasp", ("cube",)).trials == 1
    assert there.estimate("grasp", ("cube",)).trials == 0
    assert warning == ""


def test_without_a_record_nothing_is_written_or_weighed(tmp_path: Path) -> None:
    settings = resolve(["feasibility.record=", "macros="])
    run = write_run(tmp_path / "a", [("grasp", "red_cube", GOOD)])
    assert note_run(run, settings, SKILLS) == ""
    assert load_feasibility(settings, SKILLS, Reality.SIMULATED) == (None, "")
    with pytest.raises(ConfigError, match=r"feasibility\.record"):
        rebuild(settings, SKILLS, [tmp_path])


def test_rebuild_finds_what_was_noted_and_keeps_runs_whose_folders_are_gone(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    runs = tmp_path / "runs"
    for name in ("a", "b"):
        note_run(write_run(runs / name, [("grasp", f"{name}_cube", GOOD)]), settings, SKILLS)
    write_run(runs / "a" / "rehearsal", [("grasp", "a_cube", bad(Cause.LIMIT))], reality="rehearsed")
    write_run(runs / "going_on", [("grasp", "red_cube", GOOD)], finished=False)
    for path in (runs / "b").iterdir():
        path.unlink()
    (runs / "b").rmdir()
    record = Path(settings.feasibility.record)
    record.write_bytes(record.read_bytes() + b"damage\n")
    assert "1 lines are damaged" in load_feasibility(settings, SKILLS, Reality.SIMULATED)[1]
    done = rebuild(settings, SKILLS, [runs])
    assert (done.counted, done.kept) == (2, 1)
    assert "may still be going on" in " ".join(done.skipped)
    simulated, warning = load_feasibility(settings, SKILLS, Reality.SIMULATED)
    rehearsed, _ = load_feasibility(settings, SKILLS, Reality.REHEARSED)
    assert simulated is not None
    assert rehearsed is not None
    assert (simulated.estimate("grasp").successes, warning) == (2, "")
    assert (rehearsed.estimate("grasp").successes, rehearsed.estimate("grasp").trials) == (0, 1)
    with pytest.raises(DataError, match="no such folder"):
        rebuild(settings, SKILLS, [tmp_path / "nowhere"])


def test_an_unusable_record_costs_a_run_nothing(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    Path(settings.feasibility.record).mkdir(parents=True)
    run = write_run(tmp_path / "a", [("grasp", "red_cube", GOOD)])
    assert "cannot be used" in note_run(run, settings, SKILLS)
    feasibility, warning = load_feasibility(settings, SKILLS, Reality.SIMULATED)
    assert feasibility is not None
    assert "cannot be used" in warning


def test_a_learned_policy_brings_its_manifest_as_prior(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    settings = settings_at(tmp_path)
    learned = replace(settings.skills, policy="learned", learned=replace(settings.skills.learned, model=str(model)))
    settings = replace(settings, skills=learned)
    measured = {
        "held_out": {"grasp": {"success_rate": 0.9, "n": 50}},
        "unseen": {"grasp": {"success_rate": 0.5, "n": 10}},
    }
    for content in ({"measured": measured}, {"measured": 3}, [], {"measured": {"x": {"grasp": {"n": "many"}}}}):
        (model / "manifest.json").write_text(json.dumps(content))
        feasibility, _ = load_feasibility(settings, SKILLS, Reality.SIMULATED)
        assert feasibility is not None
        estimate = feasibility.estimate("grasp")
        if isinstance(content, dict) and content["measured"] is measured:
            assert estimate.measured == 60
            assert estimate.posterior.mean == pytest.approx(51 / 62)
        else:
            assert not estimate.is_known
