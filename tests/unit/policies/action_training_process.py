"""A training of a tiny action model in a process of its own, to be killed or to be one of several: FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from action_frames import reaching_frames

from robomatrix_py.policies.action.config import ActionSize, ActionTraining
from robomatrix_py.policies.action.training import ActionTrainer

TINY = ActionTraining(
    steps=40,
    batch=16,
    report_every=4,
    evaluate_every=8,
    checkpoint_every_s=0.0,
    precision="no",
    size=ActionSize(width=16, condition=8, blocks=1),
)


def tiny_trainer(folder: Path, config: ActionTraining = TINY) -> ActionTrainer:
    return ActionTrainer(reaching_frames(200), reaching_frames(60, seed=1), config, folder)


def main() -> None:
    trainer = tiny_trainer(Path(sys.argv[1]))
    trainer.run(lambda step, _values: print(step, flush=True))


if __name__ == "__main__":
    main()
