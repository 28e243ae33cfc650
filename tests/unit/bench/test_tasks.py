"""Tasks by level: what is drawn, that the words ask for it, and when it really is done."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from robomatrix_py.bench.comparison import Comparison, draw_case
from robomatrix_py.bench.tasks import TALLEST_IN_DRAWER_M, Level, Task
from robomatrix_py.commands.scenes import SplitScenes
from robomatrix_py.contracts.policy import SKILLS, goal_of
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.runtime.lockstep_run import make_rig, plan_lockstep
from robomatrix_py.scheduler.fit import misfit
from robomatrix_py.settings.settings import resolve
from robomatrix_py.sim.config import DRAWER_TRAVEL_M
from robomatrix_py.sim.layout import draw_layout, split_name
from robomatrix_py.training.splits import UNSEEN_COMBINATIONS, Split
from robomatrix_py.training.whole_tasks import whole_task

SCENES = {level: SplitScenes(Split.SEEN) for level in Level} | {
    Level.UNSEEN_OBJECT: SplitScenes(Split.UNSEEN_COMBINATION),
    Level.UNSEEN_SCENE: SplitScenes(Split.UNSEEN_SCENE),
}
JOB = Comparison(resolve(["perception=sim_truth"]), None, SCENES, 1, 0, 1)
SEEDS = range(40)


@pytest.mark.parametrize("level", list(Level))
def test_tasks_are_about_what_their_level_is_about(level: Level) -> None:
    kinds = set()
    for seed in SEEDS:
        task, drawn = draw_case(level, seed, JOB)
        assert task is not None
        kinds.add(task.name)
        assert task.thing in drawn.targets
        assert task.thing.replace("_", " ") in task.words
        scene = drawn.settings.scene
        if level is Level.UNSEEN_OBJECT:
            assert split_name(task.thing) in UNSEEN_COMBINATIONS
        if task.name == "place":
            assert task.told.skill == "place"
            assert not task.drawer_ends
            continue
        layout = draw_layout(scene, drawn.settings.seed)
        item = next(item for item in layout.objects if item.name == task.thing)
        assert item.shape.size_m[2] < TALLEST_IN_DRAWER_M
        assert task.told.arguments["target"] == "drawer"
        assert scene.drawer_open_m == task.drawer_begins_m
        if task.name == "already_open":
            assert 0.7 * DRAWER_TRAVEL_M < scene.drawer_open_m <= DRAWER_TRAVEL_M
        else:
            assert scene.drawer_open_m == 0.0
    wanted = {Level.LONG: {"stow"}, Level.NEW_TASK: {"leave_open", "already_open"}}.get(level, {"place"})
    assert kinds == wanted


def test_a_seed_gives_one_task_and_one_scene_and_another_seed_others() -> None:
    first, again, other = (draw_case(Level.SEEN, seed, JOB) for seed in (7, 7, 8))
    assert first[0] == again[0]
    assert first[1].settings == again[1].settings
    assert first[1].settings.scene != other[1].settings.scene


def test_every_thing_fits_every_place_that_is_drawn() -> None:
    shapes = ("cube", "ball", "can", "brick", "capsule", "bottle", "egg", "puck")
    names = ",".join(f"red_{shape}" for shape in shapes)
    largest = [f"scene.objects=[{names}]", "scene.scale_min=1.1", "scene.scale_max=1.1", "scene.gap_m=0.01"]
    rig = make_rig(resolve(["perception=sim_truth", "scene.extra_min=0", "scene.extra_max=0", *largest]))
    scene = rig.scene.objects
    for name in (f"red_{shape}" for shape in shapes):
        assert not [place for place in ("bin", "bowl", "tray") if misfit(scene[name], scene[place])]
        item = next(item for item in rig.world.layout.objects if item.name == name)
        assert item.shape.size_m[2] >= TALLEST_IN_DRAWER_M or not misfit(scene[name], scene["drawer"]), name


def first_of(kind: str, level: Level) -> tuple[Task, Any]:
    for seed in SEEDS:
        task, drawn = draw_case(level, seed, JOB)
        if task is not None and task.name == kind:
            return task, drawn
    raise AssertionError(kind)


@pytest.mark.parametrize(
    ("kind", "level", "chain"),
    [
        ("place", Level.SEEN, ("grasp", "position_over", "release")),
        ("stow", Level.LONG, ("open_drawer", "grasp", "position_over", "release", "close_drawer")),
        ("leave_open", Level.NEW_TASK, ("open_drawer", "grasp", "position_over", "release")),
        ("already_open", Level.NEW_TASK, ("grasp", "position_over", "release", "close_drawer")),
    ],
)
def test_the_words_are_planned_as_skills_and_only_new_tasks_were_never_shown_as_one(
    kind: str, level: Level, chain: tuple[str, ...]
) -> None:
    task, drawn = first_of(kind, level)
    plan = plan_lockstep(task.words, drawn.settings, make_rig(drawn.settings))
    assert tuple(call.skill for call in plan.steps) == chain, plan
    assert set(chain) <= set(SKILLS)
    skills = drawn.settings.load_skills()
    shown = whole_task(plan.steps, skills)
    if level is Level.NEW_TASK:
        assert shown is None
        return
    assert shown is not None
    told, names = goal_of(skills["release"], task.told)
    assert (shown[0].skill, shown[0].texts, shown[1]) == (task.told.skill, told.texts, names)


@pytest.fixture(scope="module")
def begin() -> Any:
    """The true state of a scene in which the drawer is shut and all things stand on the table."""
    return make_rig(resolve(["seed=1"])).world.snapshot()


def told(whole: str, target: str) -> SkillCall:
    return SkillCall(whole, {"object": "red_cube", "target": target})


PLACE = Task("place", "put the red cube in the bin", told("place", "bin"))
STOW = Task("stow", "", told("stow", "drawer"), "closed", 0.0)
LEAVE_OPEN = Task("leave_open", "", told("place", "drawer"), "open", 0.0)


@pytest.mark.parametrize(
    ("task", "lies_in", "drawer_m", "held", "done"),
    [
        (PLACE, "bin", 0.0, False, True),
        (PLACE, "bin", 0.15, False, True),
        (PLACE, "", 0.0, False, False),
        (PLACE, "bowl", 0.0, False, False),
        (PLACE, "bin", 0.0, True, False),
        (STOW, "drawer", 0.0, False, True),
        (STOW, "drawer", 0.15, False, False),
        (STOW, "drawer", 0.05, False, False),
        (STOW, "", 0.0, False, False),
        (LEAVE_OPEN, "drawer", 0.15, False, True),
        (LEAVE_OPEN, "drawer", 0.0, False, False),
        (LEAVE_OPEN, "", 0.15, False, False),
    ],
)
def test_a_task_is_done_where_the_thing_lies_and_the_drawer_is_as_it_should_be(
    task: Task, lies_in: str, drawer_m: float, held: bool, done: bool, begin: Any
) -> None:
    now = copy.deepcopy(begin)
    now["joints"]["drawer_joint"] = drawer_m
    if lies_in:
        now["bodies"]["red_cube"]["position_m"] = now["regions"][lies_in]["center_m"]
    if held:
        x, y, z = now["bodies"]["red_cube"]["position_m"]
        now["bodies"]["tool"]["position_m"] = [x, y, z + 0.01]
    assert task.reached(begin, now) is done
