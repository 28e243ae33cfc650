"""Settings of the scheduler."""

from __future__ import annotations

from dataclasses import dataclass, field

from robomatrix_py.contracts.ranges import require_ranges
from robomatrix_py.scheduler.grants import EVERYTHING, Grants
from robomatrix_py.scheduler.language_model.config import OpenAiConfig


@dataclass(frozen=True)
class FactsConfig:
    """When a reading of the sensors counts as a fact.

    Args:
        holding_force_min_n: A gripper that presses harder holds something, if it is not quite closed.
        holding_opening_min: Fingers nearer together than this hold nothing.
        held_distance_max_m: What is held is at most so far from the tool.
        drawer_open_share_min: A drawer is open from this share of its travel on.
        drawer_closed_max_m: A drawer is closed up to this opening.
        drawer_travel_m: Travel of a drawer whose scene object does not say it.
        place_margin_m: How far a centre may be outside of a container or surface and still count as there.
        rest_gap_max_m: Height between a surface and the bottom of what stands on it, at most.
    """

    holding_force_min_n: float = 5.0
    holding_opening_min: float = 0.03
    held_distance_max_m: float = 0.04
    drawer_open_share_min: float = 0.5
    drawer_closed_max_m: float = 0.012
    drawer_travel_m: float = 0.16
    place_margin_m: float = 0.002
    rest_gap_max_m: float = 0.015

    def __post_init__(self) -> None:
        """Check the ranges."""
        ranges = {
            "holding_force_min_n": (0.1, 200.0),
            "holding_opening_min": (0.0, 0.5),
            "held_distance_max_m": (0.005, 0.2),
            "drawer_open_share_min": (0.1, 1.0),
            "drawer_closed_max_m": (0.001, 0.05),
            "drawer_travel_m": (0.02, 1.0),
            "place_margin_m": (0.0, 0.05),
            "rest_gap_max_m": (0.001, 0.05),
        }
        require_ranges(self, ranges)


@dataclass(frozen=True)
class MemoryConfig:
    """How long what is out of sight is believed.

    Args:
        doubt_after_s: A thing that should be visible is doubted when it has not been seen for so long.
        doubt_halving_s: From then on its confidence halves in this time.
        confidence_min: The confidence never falls below this: nothing is dropped without a word.
    """

    doubt_after_s: float = 3.0
    doubt_halving_s: float = 10.0
    confidence_min: float = 0.05

    def __post_init__(self) -> None:
        """Check the ranges."""
        ranges = {"doubt_after_s": (0.1, 600.0), "doubt_halving_s": (0.1, 3600.0), "confidence_min": (0.0, 0.5)}
        require_ranges(self, ranges)


@dataclass(frozen=True)
class PlannerConfig:
    """Bounds on what a planner reads and searches.

    Args:
        instruction_max_chars: A longer instruction is refused.
        stages_max: An instruction that asks for more single things is refused.
        steps_max: A longer plan is refused.
        nodes_max: The search gives up after so many states.
        search_time_max_s: The search gives up after so long.
        near_max_m: Farther apart than this, two things are not near each other.
        apart_min_m: Two things nearer together than this cannot be told apart by place.
        size_ratio_min: One thing is smaller than another if its edges are shorter by this factor.
        question_s: So long an answer to a question is waited for, at rest, before the task ends; 0: it ends at once.
        doubtful_below: A thing believed with less confidence than this is reported as doubtful.
        grants: Skills and objects that plans may use, whoever makes them.
        openai: The planner `openai`.
    """

    instruction_max_chars: int = 1000
    stages_max: int = 24
    steps_max: int = 60
    nodes_max: int = 20_000
    search_time_max_s: float = 2.0
    near_max_m: float = 0.25
    apart_min_m: float = 0.02
    size_ratio_min: float = 1.1
    question_s: float = 20.0
    doubtful_below: float = 0.5
    grants: Grants = EVERYTHING
    openai: OpenAiConfig = field(default_factory=OpenAiConfig)

    def __post_init__(self) -> None:
        """Check the ranges."""
        ranges = {
            "instruction_max_chars": (20, 5000),
            "stages_max": (1, 100),
            "steps_max": (1, 300),
            "nodes_max": (100, 1_000_000),
            "search_time_max_s": (0.05, 60.0),
            "near_max_m": (0.05, 2.0),
            "apart_min_m": (0.001, 0.2),
            "size_ratio_min": (1.01, 2.0),
            "question_s": (0.0, 600.0),
            "doubtful_below": (0.0, 1.0),
        }
        require_ranges(self, ranges)

    @property
    def limit_s(self) -> float:
        """How long making a plan may take before it is given up: the planners' budgets and a second."""
        return self.openai.budget_s + self.search_time_max_s + 1.0


@dataclass(frozen=True)
class ExecutionConfig:
    """How patiently a plan is run. All times by the caller's monotonic clock.

    Args:
        precondition_settle_s: So long a precondition may take to show in the sensors before it counts as
            missing.
        judge_max_s: A judge that has not decided after this time is taken as undecided.
        answer_grace_s: A skill that is silent for so long after its deadline counts as dead.
        cancel_grace_s: A cancelled skill that has not ended after this time counts as dead.
        unseen_max_s: A thing that a step is about must have been seen within this time, unless it is held or shut
            in; else it is looked for first. Below the skills' own `unseen_max_s`, so that no step begins blind.
        stuck_after_s: A skill whose stage and progress stay the same and with which neither tool nor fingers move for
            so long is ended.
        stuck_motion_m: Moving by less than this is no motion.
        retries_max: A step that failed is tried again so often, each time another way; 0 for never.
        recoveries_max: In one task so many recoveries of any kind are made; 0 for none.
        recovery_time_max_s: In one task recoveries take no longer than this in all.
    """

    precondition_settle_s: float = 1.0
    judge_max_s: float = 6.0
    answer_grace_s: float = 2.0
    cancel_grace_s: float = 3.0
    unseen_max_s: float = 2.0
    stuck_after_s: float = 6.0
    stuck_motion_m: float = 0.004
    retries_max: int = 2
    recoveries_max: int = 10
    recovery_time_max_s: float = 240.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        ranges = {
            "precondition_settle_s": (0.0, 10.0),
            "judge_max_s": (0.1, 60.0),
            "answer_grace_s": (0.1, 30.0),
            "cancel_grace_s": (0.1, 30.0),
            "unseen_max_s": (0.2, 60.0),
            "stuck_after_s": (1.0, 120.0),
            "stuck_motion_m": (0.0005, 0.1),
            "retries_max": (0, 10),
            "recoveries_max": (0, 100),
            "recovery_time_max_s": (0.0, 3600.0),
        }
        require_ranges(self, ranges)
