"""Every mistake in a file of the user gives one line: the file, the line in it, what is wrong and what is permitted."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from settings_files import GRAPH, MAIN, PERCEPTION, ROBOT, SCENE, SKILL, broken

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.settings.robots import load_robot, read_robot
from robomatrix_py.settings.settings import resolve
from robomatrix_py.settings.share import share_folder
from robomatrix_py.settings.skills import load_skills, read_skill

# Where the gate stands in the node table.
GATE = 1 + (share_folder() / GRAPH).read_text(encoding="utf-8").splitlines().index("  gate:")

# Each row: what stands in the file, what replaces it, the line on which the fault is reported (counted from the top
# of the file) and part of the message.
SKILLS = [
    ("name: push", "name: Push!", 1, "'Push!' is no skill name; permitted: a-z, 0-9 and _"),
    ("name: push", "nam: push", 1, "unknown key 'nam'; permitted: name, summary"),
    ("name: push\n", "", 1, "key 'name' is missing"),
    ("deadline_s: 30", "deadline_s: 0", 13, "deadline_s: 0.0 s; permitted: above 0, at most 600"),
    ("deadline_s: 30", "deadline_s: 601", 13, "deadline_s: 601.0 s; permitted: above 0, at most 600"),
    ("deadline_s: 30", "deadline_s: -1", 13, "deadline_s: -1.0 s"),
    ("deadline_s: 30", "deadline_s: soon", 13, "deadline_s: 'soon' is no float"),
    ("deadline_s: 30", "deadline_s: .inf", 13, "deadline_s: inf is not finite"),
    ("deadline_s: 30", "deadline_s: true", 13, "deadline_s: True is no float"),
    ("deadline_s: 30", "deadline_s: 30\ndeadline_s: 60", 14, "key 'deadline_s' stands twice"),
    ("[arm, gripper]", "[]", 8, "resources: no resources"),
    ("[arm, gripper]", "arm", 8, "resources: 'arm' is not a list"),
    ("[arm, gripper]", "[arm, gripper", 9, "not valid YAML"),
    ("kind: scripted", "kind: dreamed", 15, "policy.kind: unknown policy kind 'dreamed'; permitted: scripted"),
    ("type: object,", "type: thing,", 4, "arguments.object.type: 'thing' is not permitted; permitted: object, choice"),
    (", accepts: [movable]", "", 4, "an object argument needs 'accepts'; permitted: movable, container"),
    ("[movable]", "[edible]", 4, "arguments.object.accepts[0]: 'edible' is not permitted; permitted: movable"),
    (", choices: [left, right, forward, backward]", "", 5, "a choice argument needs 'choices'"),
    ("minimum: 0.02", "minimum: 0.2", 6, "needs 'minimum' below 'maximum'"),
    ("push {object} {direction}", "push {thing}", 7, "phrases[0]: '{thing}' is no argument of this skill"),
    ("gripper_empty()", "gripper_full()", 9, "preconditions[0]: 'gripper_full()' is not a predicate; permitted"),
    ("gripper_empty()", "gripper_empty(x)", 9, "'gripper_empty(x)' has 1 arguments; permitted: gripper_empty()"),
    ("({object})", "({subject})", 9, "preconditions[1]: '{subject}' is no argument of this skill"),
    ('"pushed({object}, {direction})"', '"pushed({object}"', 11, "effects.add[0]: 'pushed({object}' is not"),
    ('{direction})"]\n  remove', '{direction}) if {object} is soft"]\n  remove', 11, "unknown affordance 'soft'"),
    ('{direction})"]\n  remove', '{direction}) if {it} is movable"]\n  remove', 11, "'{it}' is no argument"),
    ("at(*)", "somewhere", 12, "effects.remove[0]: 'somewhere' is not a predicate"),
    ("", "", 1, "None is not a mapping"),
    ("", "- push\n", 1, "['push'] is not a mapping"),
    ("", "name: !!binary x\n", 1, "not valid YAML"),
]

ROBOTS = [
    ("velocity_rad_s: 3.1416", "velocity_rad_s: 0", 14, "joints[0]: joint shoulder_pan_joint: velocity_max_rad_s"),
    ("velocity_rad_s: 3.1416", "velocity_rad_s: -3", 14, "velocity_max_rad_s is -3.0, a positive finite number"),
    ("velocity_rad_s: 3.1416", "velocity_rad_s: .nan", 19, "joints[0].velocity_rad_s: nan is not finite"),
    ("velocity_rad_s: 3.1416", "velocity_rad_s: fast", 19, "joints[0].velocity_rad_s: 'fast' is no float"),
    ("    velocity_rad_s: 3.1416\n", "", 14, "joints[0]: key 'velocity_rad_s' is missing"),
    ("    acceleration_rad_s2: 15.0\n", "", 14, "joints[0]: key 'acceleration_rad_s2' is missing"),
    ("    jerk_rad_s3: 800.0\n", "", 14, "joints[0]: key 'jerk_rad_s3' is missing"),
    ("    stop_deceleration_rad_s2: 30.0\n", "", 14, "joints[0]: key 'stop_deceleration_rad_s2' is missing"),
    ("    effort_nm: 150.0\n", "", 14, "joints[0]: key 'effort_nm' is missing"),
    ("    position_rad: [-6.283, 6.283]\n", "", 14, "joints[0]: key 'position_rad' is missing"),
    ("[-6.283, 6.283]", "[6.283, -6.283]", 14, "position_min_rad must be below position_max_rad"),
    ("[-6.283, 6.283]", "[-.inf, .inf]", 18, "joints[0].position_rad[0]: -inf is not finite"),
    ("[-6.283, 6.283]", "[-6.283]", 18, "joints[0].position_rad: 1 values given, 2 needed"),
    ("axis: [0, 0, 1]", "axis: [0, 0, 0]", 14, "axis [0.0, 0.0, 0.0] is not of unit length"),
    ("axis: [0, 0, 1]", "axis: [0, 0, 2]", 14, "axis [0.0, 0.0, 2.0] is not of unit length"),
    ("  stroke_m: 0.085 ", "  stroke_m: 0.0 ", 83, "gripper.stroke_m: stroke_m is 0.0, a positive finite number"),
    ("  force_n: 40.0 ", "  # ", 80, "gripper: key 'force_n' is missing"),
    ("joints: [gripper_left_finger_joint, gripper_right_finger_joint]", "joints: []", 80, "at least one finger joint"),
    ("min: [-0.20, -0.72, 0.016]", "min: [0.90, -0.72, 0.016]", 91, "min [0.9, -0.72, 0.016] must be"),
    ("  tool_box_in_base_m:", "  # ", 90, "workspace: key 'tool_box_in_base_m' is missing"),
    ("  shoulder_pan_joint: 0.0\n", "", 97, "home_rad: home_rad names ['elbow_joint'"),
    ("  elbow_joint: 1.57", "  elbow_joint: 5", 97, "home_rad of elbow_joint is 5.0; permitted: -3.1416 to 3.1416"),
    ("name: shoulder_lift_joint", "name: shoulder_pan_joint", 97, "home_rad names"),
    ("width_px: 640", "width_px: 0", 107, "cameras[0].width_px: width_px is 0, a positive finite number is needed"),
    ("width_px: 640", "width_px: 640.5", 107, "cameras[0].width_px: 640.5 is no int"),
    ("    velocity_rad_s: 3.1416\n", "    velocity_rad_s: 3.1416\n    velocity_rad_s: 9\n", 20, "'velocity_rad_s'"),
    ("model: model.xml", "modell: model.xml", 121, "unknown key 'modell'; permitted: name, summary"),
]

SETTINGS = [
    (GRAPH, "modes: [sim]", "modes: [simm]", 9, "nodes.sim_driver.modes: modes are ['simm']; permitted"),
    (GRAPH, "modes: [sim]", "modes: []", 9, "nodes.sim_driver.modes: modes are []"),
    (GRAPH, "modes: [sim]", "modes: sim", 9, "nodes.sim_driver.modes: 'sim' is not a list"),
    (GRAPH, "modes: [sim]", "modes: [sim", 10, "not valid YAML: expected ',' or ']'"),
    (GRAPH, "  gate:", "\tgate:", GATE, "not valid YAML: found character '\\t'"),
    (GRAPH, "layer: gate", "layr: gate", GATE + 2, "nodes.gate.layr: unknown key 'layr'; permitted: module, layer"),
    (GRAPH, "    layer: gate\n", "", GATE, "nodes.gate: key 'layer' is missing"),
    (GRAPH, "layer: gate", "layer: gate\n    layer: gate", GATE + 3, "not valid YAML: found duplicate key layer"),
    (GRAPH, "layer: gate", "layer: ???", GATE + 2, "Missing mandatory value: layer"),
    (GRAPH, "layer: gate", "layer: ${nothing}", GATE + 2, "nodes.gate.layer: Interpolation key 'nothing' not found"),
    (GRAPH, "robomatrix_py.nodes.gate", "robomatrix_py/nodes/gate.py", GATE + 1, "nodes.gate.module: module 'robo"),
    (GRAPH, "nodes:", "nodez:", 4, "unknown key 'nodez'; permitted: nodes"),
    (GRAPH, "", "- gate\n", 1, "is not a mapping"),
    (SCENE, "gap_m: 0.035", "gap_m: -1", 14, "gap_m: gap_m is -1.0; permitted: 0 to 1"),
    (SCENE, "jitter_m: 0.015", "jitter_m: far", 4, "fixtures.cabinet.jitter_m: 'far' is no float"),
    (PERCEPTION, "delay_s: 0.05", "delay_s: 60", 4, "sensor.delay_s: delay_s is 60.0; permitted: 0 to 5"),
    (MAIN, "seed: 0", "seed: 0.5", 12, "seed: 0.5 is no int"),
    (MAIN, "seed: 0", "seed: ${nothing}", 12, "seed: Interpolation key 'nothing' not found"),
    (MAIN, "seed: 0", "seed: ???", 12, "seed: Missing mandatory value: seed"),
    (MAIN, "  rate_hz: 100.0", "  rate_hz: -1", None, "rate_hz"),
    (MAIN, "seed: 0", "seed: \0", None, "not valid YAML: special characters are not allowed"),
]


def one_line(error: ConfigError, path: Path, line: int | None, says: str) -> None:
    """Assert that an error is one line that begins with file and line and says what is wrong."""
    text = str(error)
    assert says in text
    assert "\n" not in text
    assert len(text) < 1000
    assert error.code.startswith("CONFIG")
    if line is not None:
        assert text.startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(("old", "new", "line", "says"), SKILLS)
def test_a_broken_skill_is_refused_with_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    path = broken(tmp_path, SKILL, old, new)
    with pytest.raises(ConfigError) as caught:
        read_skill(path)
    one_line(caught.value, path, line, says)


@pytest.mark.parametrize(("old", "new", "line", "says"), ROBOTS)
def test_a_broken_robot_is_refused_with_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    path = broken(tmp_path, ROBOT, old, new)
    with pytest.raises(ConfigError) as caught:
        read_robot(path)
    one_line(caught.value, path, line, says)


Install = Callable[[Path, str, str], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return what puts a copy of all data folders with one changed file in place of those that ship."""

    def copy(file: Path, old: str, new: str) -> Path:
        for folder in ("config", "hardware", "policies"):
            shutil.copytree(share_folder() / folder, tmp_path / folder)
        path = broken(tmp_path, file, old, new)
        monkeypatch.setenv("ROBOMATRIX_SHARE", str(tmp_path))
        share_folder.cache_clear()
        return path

    yield copy
    monkeypatch.undo()
    share_folder.cache_clear()


@pytest.mark.parametrize(("file", "old", "new", "line", "says"), SETTINGS)
def test_a_broken_setting_is_refused_with_its_file_and_line(
    install: Install, file: Path, old: str, new: str, line: int | None, says: str
) -> None:
    path = install(file, old, new)
    with pytest.raises(ConfigError) as caught:
        resolve([])
    one_line(caught.value, path, line, says)


def test_a_broken_file_is_blamed_although_there_are_overrides_too(install: Install) -> None:
    path = install(GRAPH, "layer: gate", "layr: gate")
    with pytest.raises(ConfigError) as caught:
        resolve(["gate.rate_hz=50", "graph=default"])
    one_line(caught.value, path, GATE + 2, "unknown key 'layr'")


def test_a_group_that_was_chosen_is_blamed_and_not_the_default(install: Install) -> None:
    path = install(SCENE, "gap_m: 0.035", "gap_m: 0.035\ncolour: red").with_name("night.yaml")
    shutil.move(path.with_name("tabletop.yaml"), path)
    with pytest.raises(ConfigError) as caught:
        resolve(["scene=night"])
    one_line(caught.value, path, 15, "unknown key 'colour'")


def test_a_robot_without_limits_does_not_start(install: Install) -> None:
    """By name, as every command does it."""
    path = install(ROBOT, "    velocity_rad_s: 3.1416\n", "")
    with pytest.raises(ConfigError, match="key 'velocity_rad_s' is missing") as caught:
        resolve([]).load_robot()
    assert str(caught.value).startswith(f"{path}:14: ")


@pytest.mark.parametrize("name", ["ur10", "../hardware/ur5e", "", ".", "ur5e/", "/etc"])
def test_an_unknown_robot_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_robot(name)
    there = ", ".join(sorted(path.parent.name for path in (share_folder() / "hardware").glob("*/robot.yaml")))
    assert str(caught.value) == f"unknown robot '{name}'; permitted: {there} [CONFIG.UNKNOWN_ROBOT]"
    assert "ur5e" in there


def test_two_skills_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = broken(tmp_path, SKILL, "summary: Push", "summary: Shove")
    monkeypatch.setenv("ROBOMATRIX_SKILLS_PATH", str(tmp_path / "policies"))
    with pytest.raises(ConfigError, match="a second skill is named 'push'") as caught:
        load_skills()
    assert caught.value.where == str(path)


def test_a_users_folder_adds_a_skill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(load_skills())
    broken(tmp_path, SKILL, "name: push", "name: shove")
    monkeypatch.setenv("ROBOMATRIX_SKILLS_PATH", str(tmp_path / "policies"))
    assert set(load_skills()) - before == {"shove"}


def test_a_users_folder_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROBOMATRIX_SKILLS_PATH", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match=r"ROBOMATRIX_SKILLS_PATH: no folder '.*none'"):
        load_skills()


@pytest.mark.parametrize("kind", ["missing", "a folder", "latin-1", "too large", "deep"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "robot.yaml"
    match kind:
        case "a folder":
            path.mkdir()
        case "latin-1":
            path.write_bytes("name: Ger\xe4t".encode("latin-1"))
        case "too large":
            path.write_text("name: " + "x" * 2_000_000)
        case "deep":
            path.write_text("[" * 100_000)
    with pytest.raises(ConfigError) as caught:
        read_robot(path)
    one_line(caught.value, path, None, str(path))
