"""What is tried after a failure, and that it always ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scheduler_scenes import free_object, make_case, make_scene

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.scheduler.apart import pushes_apart
from robomatrix_py.scheduler.config import ExecutionConfig
from robomatrix_py.scheduler.facts import GRIPPER_EMPTY
from robomatrix_py.scheduler.grants import Grants
from robomatrix_py.scheduler.recovery import NO_RECOVERY, Failure, Recoveries, Recovery, Remedy
from robomatrix_py.settings.skills import load_skills

SKILLS = load_skills()
GRASP = SkillCall("grasp", {"object": "red_cube"})
CASE = make_case(make_scene([free_object("red_cube", 0.40, 0.0), free_object("green_ball", 0.45, 0.0)]))


def failure(cause: Cause, stage: str = "grasp.close", lost: bool = False, **evidence: object) -> Failure:
    return Failure(Verdict.failure(cause, "it failed", stage, **evidence), 1, GRASP, ("red_cube",), lost)


def choose(recoveries: Recoveries, what: Failure, scene: Scene = CASE.scene, now_s: float = 0.0) -> Recovery:
    return recoveries.choose(what, scene, CASE.facts, now_s)


def remedies(what: Failure, config: ExecutionConfig | None = None, scene: Scene = CASE.scene) -> Iterator[Recovery]:
    """Yield what is tried when the same thing fails again and again, up to giving up."""
    recoveries = Recoveries(config or ExecutionConfig(), SKILLS)
    for _ in range(200):
        choice = choose(recoveries, what, scene)
        yield choice
        if choice.remedy is Remedy.GIVE_UP:
            return
    pytest.fail("it never gives up")


def kinds(what: Failure, **options: object) -> list[str]:
    return [choice.remedy.value for choice in remedies(what, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize("cause", [Cause.NO_PROGRESS, Cause.TIMEOUT, Cause.VERDICT_FAILED, Cause.LIMIT])
def test_a_step_that_fails_is_tried_in_other_ways(cause: Cause) -> None:
    assert kinds(failure(cause)) == ["retry", "retry", "give_up"]


@pytest.mark.parametrize("cause", sorted(NO_RECOVERY))
def test_after_some_causes_nothing_is_tried(cause: Cause) -> None:
    assert kinds(failure(cause)) == ["give_up"]


def test_without_recovery_nothing_is_tried_and_nothing_is_said_of_it() -> None:
    (choice,) = remedies(failure(Cause.NO_PROGRESS), ExecutionConfig(retries_max=0, recoveries_max=0))
    assert choice == Recovery(Remedy.GIVE_UP, "")


def test_what_is_out_of_sight_is_looked_for() -> None:
    first, *_ = remedies(failure(Cause.UNKNOWN_OBJECT, unseen="red_cube"))
    assert first.remedy is Remedy.LOOK
    assert str(first.call) == "search(red_cube)"
    assert kinds(failure(Cause.UNKNOWN_OBJECT, unseen="red_cube")) == ["look", "look", "give_up"]


def test_what_was_never_seen_is_not_looked_for() -> None:
    assert kinds(failure(Cause.UNKNOWN_OBJECT, unseen="elephant")) == ["give_up"]


def test_a_judge_who_could_not_see_has_the_thing_looked_for() -> None:
    verdict = Verdict.undecided(Cause.VERDICT_FAILED, "red_cube cannot be seen", "grasp.verdict")
    objects = CASE.scene.objects
    hidden = Scene({**objects, "red_cube": replace(objects["red_cube"], visible=False)}, 1.0, "test")
    unseen = Failure(verdict, 1, GRASP, ("red_cube",))
    assert next(remedies(unseen, scene=hidden)).remedy is Remedy.LOOK
    assert next(remedies(unseen)).remedy is Remedy.RETRY, "it is in sight: looking is no help"


def test_lost_preconditions_are_planned_for() -> None:
    lost = failure(Cause.PRECONDITION, "grasp.precondition", lost=True)
    assert kinds(lost) == ["replan"] * 3 + ["give_up"]


def test_an_unknown_thing_in_the_gripper_is_put_down_first() -> None:
    recoveries = Recoveries(ExecutionConfig(), SKILLS)
    lost = failure(Cause.PRECONDITION, "grasp.precondition", lost=True)
    facts = CASE.facts - {GRIPPER_EMPTY}
    assert recoveries.choose(lost, CASE.scene, facts, 0.0).remedy is Remedy.PUT_DOWN
    assert recoveries.choose(lost, CASE.scene, facts, 0.0).remedy is Remedy.REPLAN, "once is enough"


def test_what_the_operator_did_not_grant_is_not_used_to_recover() -> None:
    unseen = failure(Cause.UNKNOWN_OBJECT, unseen="red_cube")
    for grants in (Grants(skills=("grasp",)), Grants(objects=("green_ball",))):
        recoveries = Recoveries(ExecutionConfig(), SKILLS, grants)
        assert choose(recoveries, unseen).remedy is Remedy.GIVE_UP


def test_crowded_things_are_pushed_apart_in_different_ways() -> None:
    tried = list(remedies(failure(Cause.PRECONDITION, "grasp.approach", crowded_by="green_ball")))
    pushes = [str(choice.call) for choice in tried if choice.remedy is Remedy.PUSH_APART]
    assert len(pushes) == len(set(pushes)) == 2
    assert [choice.remedy for choice in tried[2:]] == [Remedy.RETRY, Remedy.RETRY, Remedy.GIVE_UP]


def test_a_retry_that_finds_its_preconditions_lost_counts_once() -> None:
    recoveries = Recoveries(ExecutionConfig(recoveries_max=1), SKILLS)
    assert choose(recoveries, failure(Cause.NO_PROGRESS)).remedy is Remedy.RETRY
    lost = failure(Cause.PRECONDITION, "grasp.precondition", lost=True)
    assert choose(recoveries, lost).remedy is Remedy.REPLAN
    assert recoveries.count == 1
    spent = choose(recoveries, failure(Cause.NO_PROGRESS))
    assert spent.remedy is Remedy.GIVE_UP
    assert "1 times already" in spent.why


def test_time_spent_on_recovering_is_bounded_and_good_steps_do_not_count() -> None:
    recoveries = Recoveries(ExecutionConfig(recovery_time_max_s=30.0), SKILLS)
    assert choose(recoveries, failure(Cause.NO_PROGRESS), now_s=10.0).remedy is Remedy.RETRY
    recoveries.step_succeeded(25.0)
    other = replace(failure(Cause.NO_PROGRESS), to_go=0)
    assert choose(recoveries, other, now_s=500.0).remedy is Remedy.RETRY
    given_up = choose(recoveries, other, now_s=520.0)
    assert given_up.remedy is Remedy.GIVE_UP
    assert "35 s" in given_up.why


CAUSES = st.sampled_from(sorted(set(Cause) - NO_RECOVERY))


@given(st.lists(st.tuples(CAUSES, st.integers(0, 3), st.booleans(), st.booleans()), min_size=60, max_size=60))
def test_whatever_fails_there_are_no_more_recoveries_than_allowed(
    failures: list[tuple[Cause, int, bool, bool]],
) -> None:
    config = ExecutionConfig()
    recoveries = Recoveries(config, SKILLS)
    chosen = []
    for cause, to_go, lost, seen in failures:
        what = replace(failure(cause, lost=lost, **({} if seen else {"unseen": "red_cube"})), to_go=to_go)
        chosen.append(choose(recoveries, what).remedy)
    assert recoveries.count <= config.recoveries_max
    tried = [remedy for remedy in chosen if remedy is not Remedy.GIVE_UP]
    assert len(tried) <= 2 * recoveries.count


# Which way to push


def test_two_things_side_by_side_are_pushed_across_the_line_between_them() -> None:
    calls = pushes_apart("red_cube", "green_ball", CASE.scene, CASE.facts)
    assert {call.arguments["direction"] for call in calls} == {"left", "right"}
    assert {call.arguments["object"] for call in calls} == {"red_cube", "green_ball"}


def test_nothing_is_pushed_against_a_third_thing_or_from_within_one() -> None:
    third = free_object("blue_can", 0.40, 0.085)
    case = make_case(make_scene([*(CASE.scene.objects[n] for n in ("red_cube", "green_ball")), third]))
    calls = pushes_apart("red_cube", "green_ball", case.scene, case.facts)
    cube = {str(call.arguments["direction"]) for call in calls if call.arguments["object"] == "red_cube"}
    assert cube == set(), "to the left it would hit the can; for a push to the right the fingers need its place"
    assert calls, "the ball can still go"


def test_what_stands_at_the_edge_is_pushed_inwards_and_what_lies_in_a_bin_not_at_all() -> None:
    objects = [free_object("red_cube", 0.40, 0.11), free_object("green_ball", 0.45, 0.11)]
    case = make_case(make_scene(objects))
    calls = pushes_apart("red_cube", "green_ball", case.scene, case.facts)
    assert {call.arguments["direction"] for call in calls} == {"right"}
    inside = make_case(make_scene([free_object("red_cube", 0.38, -0.42), free_object("green_ball", 0.43, -0.42)]))
    assert pushes_apart("red_cube", "green_ball", inside.scene, inside.facts) == []
    assert pushes_apart("red_cube", "elephant", inside.scene, inside.facts) == []
