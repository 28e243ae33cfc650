"""Corrections against a task in the simulated world: carried out or refused with a reason, kept, and offered again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle

import pytest
from correction_phrases import MOTIONS, OTHERS, UNCLEAR
from test_task import SKILLS, Run, start

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.correction import CorrectionLimits, Nudge
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.corrections.config import CorrectionsConfig
from robomatrix_py.scheduler.corrections.correction import Kind
from robomatrix_py.scheduler.corrections.desk import Answer, CorrectionDesk
from robomatrix_py.scheduler.corrections.memory import CorrectionMemory, Remembered, Situation
from robomatrix_py.scheduler.language.reader import Reader
from robomatrix_py.scheduler.task import TaskEvent, TaskRunner, TaskStatus

READER = Reader(SKILLS, PlannerConfig())
LEFT = Nudge((0.0, 0.01, 0.0))


@dataclass
class Port:
    """Notes what would go to skills and gate."""

    nudges: list[Nudge] = field(default_factory=list)
    holds: list[bool] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)

    def nudge(self, nudge: Nudge) -> None:
        self.nudges.append(nudge)

    def hold(self, *, held: bool) -> None:
        self.holds.append(held)

    def stop(self, source: str) -> None:
        self.stops.append(source)


class Corrected:
    """A task with a desk, ticked together as a session does."""

    def __init__(
        self,
        instruction: str,
        memory: Sequence[Remembered] = (),
        config: CorrectionsConfig | None = None,
        faults: list[str] | None = None,
        move: tuple[str, float] = ("", 0.0),
    ) -> None:
        self.run: Run = start(instruction, faults=faults)
        if move[0]:
            item = self.run.world.objects[move[0]]
            pose = item.pose_object_in_base
            there = Pose(pose.position_m + [move[1], 0.0, 0.0], pose.quaternion_xyzw)  # noqa: RUF005
            self.run.world.objects[move[0]] = replace(item, pose_object_in_base=there)
        self.port = Port()
        self.events: list[TaskEvent] = []
        self.desk = CorrectionDesk(
            self.port,
            READER,
            CorrectionLimits(),
            config or CorrectionsConfig(),
            CorrectionMemory(memory),
            self.events.append,
        )
        self.runner: TaskRunner = self.run.runner
        send = self.runner._send
        self.runner._send = lambda event: (self.desk.hear(event), send(event))[1]  # type: ignore[assignment]
        self.status: TaskStatus | None = None

    def tick(self, count: int = 1) -> TaskStatus:
        for _ in range(count):
            self.status = self.run.tick()
            self.desk.watch(self.run.now_s, self.runner, self.status)
        assert self.status is not None
        return self.status

    def until(self, skill: str, stage: str = "approach") -> None:
        for _ in range(2000):
            status = self.tick()
            if status.call is not None and status.call.skill == skill and status.stage == stage:
                return
        pytest.fail(f"{skill} was never in {stage}")

    def say(self, text: str) -> Answer:
        return self.desk.take(text, "test", self.run.now_s, self.runner, self.status)

    def finish(self) -> TaskStatus:
        for _ in range(4000):
            if self.tick().verdict is not None:
                assert self.status is not None
                return self.status
        pytest.fail("no verdict")

    def of_kind(self, kind: str) -> list[TaskEvent]:
        return [event for event in self.events if event.kind == kind]


def succeeded(status: TaskStatus) -> bool:
    return status.verdict is not None and status.verdict.succeeded


def test_motions_add_up_within_their_bounds_and_begin_anew_with_each_step() -> None:
    task = Corrected("put the red cube in the bin")
    assert "no task" in task.say("left").reason
    task.until("grasp")
    assert task.say("a bit to the left") == Answer(True, "1 cm left")
    assert task.say("more").accepted
    assert task.say("too much").accepted
    assert task.say("undo that").accepted
    assert [nudge.shift_m[1] for nudge in task.port.nudges] == pytest.approx([0.01, 0.01, -0.005, -0.015])
    assert "nothing was corrected" in task.say("undo").reason
    assert task.say("10 cm left").accepted
    assert "permitted: 10 cm" in task.say("a bit to the left").reason
    task.until("position_over")
    assert task.say("a bit to the left").accepted
    assert succeeded(task.finish())


def test_contradictory_corrections_cancel_out() -> None:
    task = Corrected("put the red cube in the bin")
    task.until("grasp")
    for text in ("2 cm left", "2 cm right", "faster", "slower", "up", "down"):
        assert task.say(text).accepted
    total = task.port.nudges[0]
    for nudge in task.port.nudges[1:]:
        total = total.plus(nudge)
    assert total.shift_m == pytest.approx((0.0, 0.0, 0.0))
    assert "contradict" in task.say("left and right").reason
    assert len(task.of_kind("correction")) == 7


def test_nothing_moves_between_skills() -> None:
    task = Corrected("put the red cube in the bin")
    task.until("grasp")
    assert task.status is not None
    for stage in ("precondition", "lease", "verdict"):
        task.status = replace(task.status, stage=stage)
        assert "nothing is moving" in task.say("left").reason
    assert not task.port.nudges


def test_a_step_that_is_tried_again_keeps_its_correction() -> None:
    task = Corrected("put the red cube in the bin", faults=["fail"])
    task.until("grasp")
    task.say("a bit to the left")
    assert succeeded(task.finish())
    assert task.port.nudges == [LEFT, LEFT]


def test_wait_and_go_on() -> None:
    task = Corrected("put the red cube in the bin")
    assert task.port.holds == [False]
    task.until("grasp", "act")
    assert "not waiting" in task.say("go on").reason
    assert task.say("wait").accepted
    begun = len(task.run.client.started)
    task.tick(200)
    assert len(task.run.client.started) == begun
    assert task.say("go on").accepted
    assert task.port.holds == [False, True, False]
    assert succeeded(task.finish())


def test_a_task_that_ends_while_it_waits_leaves_no_hold_behind() -> None:
    task = Corrected("put the red cube in the bin")
    task.until("grasp")
    task.say("wait")
    assert task.say("cancel").accepted
    status = task.finish()
    assert status.verdict is not None and status.verdict.cause is Cause.CANCELLED
    assert task.port.holds[-1] is False


def test_stop_is_passed_on_with_and_without_a_task() -> None:
    task = Corrected("put the red cube in the bin")
    assert task.say("stop").accepted
    task.until("grasp")
    assert task.say("STOP!").accepted
    task.finish()
    assert task.say("stop it").accepted
    assert len(task.port.stops) == 3


def test_another_thing_is_taken() -> None:
    task = Corrected("put the red cube in the bin")
    task.until("grasp")
    answer = task.say("not that one, the blue one")
    assert answer.accepted, answer
    assert succeeded(task.finish())
    facts = task.run.world.facts()
    assert Atom("in", ("blue_can", "bin")) in facts and Atom("in", ("red_cube", "bin")) not in facts


def test_another_place_is_taken_for_what_is_in_hand() -> None:
    task = Corrected("put the red cube in the bin")
    task.until("position_over")
    answer = task.say("put it in the drawer instead")
    assert answer.accepted, answer
    assert succeeded(task.finish())
    assert Atom("in", ("red_cube", "drawer")) in task.run.world.facts()


def test_skipping_goes_on_with_the_next_thing() -> None:
    task = Corrected("put the red cube in the bin and the blue can in the bowl")
    task.until("grasp")
    assert task.say("skip this").accepted
    assert succeeded(task.finish())
    facts = task.run.world.facts()
    assert Atom("in", ("blue_can", "bowl")) in facts and Atom("in", ("red_cube", "bin")) not in facts


def test_what_was_done_is_done_again() -> None:
    task = Corrected("press the button and then put the red cube in the bin")
    task.until("grasp")
    assert task.say("do it again").accepted
    assert succeeded(task.finish())
    assert [call.skill for call in task.run.client.started].count("press") == 2


def test_trying_again_begins_the_present_step_anew() -> None:
    task = Corrected("put the red cube in the bin")
    task.until("grasp")
    assert task.say("try again").accepted
    assert succeeded(task.finish())
    assert [call.skill for call in task.run.client.started][:2] == ["grasp", "grasp"]


def test_something_more_is_done_afterwards() -> None:
    task = Corrected("put the red cube in the bin")
    task.until("grasp")
    assert task.say("also press the button").accepted
    assert succeeded(task.finish())
    assert [call.skill for call in task.run.client.started][-1] == "press"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not that one, the pink one", "pink"),
        ("not that one", "which one"),
        ("the red one", "already"),
        ("no, the button", "cannot take the place"),
        ("put it in the fridge instead", "fridge"),
        ("put the purple bottle in the drawer instead", "fit"),
    ],
)
def test_a_refused_edit_says_why_and_the_robot_goes_on(text: str, reason: str) -> None:
    task = Corrected("put the red cube in the bin")
    task.until("grasp")
    answer = task.say(text)
    assert not answer.accepted and reason in answer.reason, answer
    assert succeeded(task.finish())
    assert Atom("in", ("red_cube", "bin")) in task.run.world.facts()
    assert len(task.run.client.started) == 3


def test_after_the_end_nothing_is_carried_out_and_all_is_kept() -> None:
    task = Corrected("put the red cube in the bin")
    task.finish()
    for text in ("left", "skip this", "yes", "go on", "put it in the bowl instead"):
        assert "no task" in task.say(text).reason
    assert [event.fields["text"] for event in task.of_kind("correction")][-1] == "put it in the bowl instead"
    assert len(task.of_kind("correction")) == 5


def test_a_hundred_corrections_a_second_are_all_answered_and_kept() -> None:
    task = Corrected("put the red cube in the bin and the blue can in the bowl")
    harmless = [text for text, (kind, _) in OTHERS.items() if kind not in ("stop", "cancel")]
    texts = cycle([*MOTIONS, *harmless, *UNCLEAR])
    said = 0
    while said < 400:
        task.tick()
        for _ in range(5):
            answer = task.say(next(texts))
            assert answer.accepted == (not answer.reason)
            said += 1
    assert len(task.of_kind("correction")) == said == 400
    task.say("go on")
    assert succeeded(task.finish())


def test_the_time_before_a_correction_is_marked_once() -> None:
    task = Corrected("put the red cube in the bin", config=CorrectionsConfig(span_s=0.1))
    task.until("grasp")
    task.tick(2)
    for text in ("left", "right", "wait", "nonsense"):
        task.say(text)
    assert [event.fields["span_before_s"] for event in task.of_kind("correction")] == pytest.approx([0.1, 0, 0, 0])


# ---------------------------------------------------------------------- offering again


def remembered() -> list[Remembered]:
    """Return what is remembered of a task that was corrected, by way of its record."""
    task = Corrected("put the red cube in the bin")
    task.until("grasp")
    task.say("a bit to the left")
    task.say("nonsense")
    task.say("wait")
    records = [dict(event.fields) for event in task.of_kind("correction")]
    found = [one for one in (Remembered.from_record(record, "run") for record in records) if one]
    assert [one.text for one in found] == ["a bit to the left"]
    return found


def test_what_was_corrected_is_offered_in_the_same_situation_and_done_on_a_yes() -> None:
    task = Corrected("put the red cube in the bowl", remembered())
    assert "no task" in task.say("yes").reason
    task.until("grasp")
    (offer,) = task.of_kind("correction_offered")
    assert (offer.fields["text"], offer.fields["applied"]) == ("a bit to the left", False)
    assert not task.port.nudges
    assert task.say("yes").accepted
    assert task.port.nudges == [LEFT]
    assert "nothing was offered" in task.say("yes").reason
    assert succeeded(task.finish())


def test_a_no_and_silence_change_nothing() -> None:
    for words in ("no", ""):
        task = Corrected("put the red cube in the bin", remembered())
        task.until("grasp")
        if words:
            assert task.say(words).accepted
        assert succeeded(task.finish())
        assert not task.port.nudges


@pytest.mark.parametrize(("offer", "nudges"), [("apply", [LEFT]), ("off", [])])
def test_it_is_done_at_once_only_where_configured(offer: str, nudges: list[Nudge]) -> None:
    task = Corrected("put the red cube in the bin", remembered(), CorrectionsConfig(offer=offer))
    task.until("grasp")
    assert task.port.nudges == nudges
    assert len(task.of_kind("correction_offered")) == len(nudges)
    # What the memory itself says is not learned from once more.
    assert not any(event.fields.get("offerable") for event in task.of_kind("correction"))


def test_elsewhere_nothing_is_offered() -> None:
    task = Corrected("put the red cube in the bin", remembered(), move=("red_cube", 0.08))
    task.until("grasp")
    assert not task.of_kind("correction_offered")
    near = Corrected("put the red cube in the bin", remembered(), move=("red_cube", 0.02))
    near.until("grasp")
    assert len(near.of_kind("correction_offered")) == 1


def test_the_nearest_situation_counts_and_damaged_records_do_not() -> None:
    (one,) = remembered()
    situation = one.situation
    assert situation.distance(Situation.from_json(situation.to_json())) == 0.0
    thing = situation.things[0]
    x, y, z = thing.position_m
    shifted = replace(situation, things=(replace(thing, position_m=(x + 0.01, y, z)),))
    memory = CorrectionMemory([Remembered("far", shifted, "a"), one, Remembered("newest", situation, "b")])
    found = memory.nearest(situation, 1.0)
    assert found is not None and found[0].text == "newest"
    assert CorrectionMemory([one]).nearest(replace(situation, skill="press"), 10.0) is None
    for damaged in ({}, {"things": 3}, {**situation.to_json(), "things": [{"name": "x"}]}):
        record = {"accepted": True, "offerable": True, "text": "left", "situation": damaged}
        assert Remembered.from_record(record, "run") is None


def test_every_kind_is_covered_by_a_phrase() -> None:
    assert {kind.value for kind in Kind} == {kind for kind, _ in OTHERS.values()} | {"motion", "unclear"}
