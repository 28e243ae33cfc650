"""Model cards: what a learned skill was trained on and how often it succeeded, written from an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.policies.action.manifest import note_measured, read_manifest

CARD_FILE = "MODEL_CARD.md"
_ATTENDING = "front_camera"
_KEPT = (
    "success_rate",
    "n",
    "interval",
    "failures",
    "success_once",
    "success_at_end",
    "wrong_object",
    "time_to_done_s",
    "judge",
    "attention",
)
_CAUSES_SHOWN = 3
_HEADER = "| split | success | n | Wilson 95 % | wrong object | attention on it | time to done, p50 | failures |"


def note_evaluation(model: Path, figures: Mapping[str, Any]) -> None:
    """Write what an evaluation measured into a model's manifest; other splits and skills there stay.

    Args:
        model: Folder of the action model.
        figures: Of :func:`robomatrix_py.bench.evaluation.evaluate`, with ``split`` and ``versions``.
    """
    values, _ = read_manifest(model)
    measured = {split: dict(skills) for split, skills in values["measured"].items()}
    about = {
        "seeds": figures["seeds"],
        "perception": figures["perception"],
        "commit": figures["versions"]["git_commit"],
    }
    for skill, found in figures["skills"].items():
        if found["n"]:
            kept = {key: found[key] for key in _KEPT}
            measured.setdefault(figures["split"], {})[skill] = kept | about
    note_measured(model, measured)


def write_card(skill: SkillSpec, model: Path, folder: Path) -> Path:
    """Write a skill's model card from its model's manifest.

    Args:
        skill: The skill.
        model: Folder of the action model.
        folder: Takes the card.

    Returns:
        The file.
    """
    values, sha256 = read_manifest(model)
    path = folder / CARD_FILE
    path.write_text(model_card(skill, values, sha256), encoding="utf-8")
    return path


def model_card(skill: SkillSpec, manifest: Mapping[str, Any], sha256: str) -> str:
    """Return a model card as Markdown.

    Args:
        skill: The skill.
        manifest: Of the action model that serves it.
        sha256: Hash of the manifest.
    """
    rows = [_row(split, skills[skill.name]) for split, skills in manifest["measured"].items() if skill.name in skills]
    table = (
        [_HEADER, "|---" * _HEADER.count(" | ") + "|---|", *rows]
        if rows
        else ["Not measured yet."]
    )
    lines = [
        f"# Model card: {skill.name}",
        "",
        skill.summary,
        "",
        "Written by `robomatrix eval --policy learned --note` from the evaluation itself.",
        "",
        "| | |",
        "|---|---|",
        f"| model | flow matching over chunks of aims, {manifest['parameters']} parameters, one for all skills |",
        f"| robot | {manifest['robot']['name']} with {manifest['robot']['gripper']}, simulated |",
        f"| cameras | {', '.join(manifest['cameras'])} |",
        f"| trained on | {manifest['data']} |",
        f"| data | sha256 {manifest['data_sha256']} |",
        f"| encoder | sha256 {manifest['encoder_sha256']} |",
        f"| manifest | sha256 {sha256} |",
        f"| software | robomatrix_py {manifest['robomatrix']}, commit {manifest['commit']} |",
        f"| licence | {manifest['license']} |",
        "",
        "## Measured",
        "",
        "In lock-step simulation, on seeds never used in development or training. Success: the skill says that it is",
        "done, and the simulator's own state agrees. Attention: how often the encoder's best match for the words of",
        "the free thing that the skill is about lies on it, where the front camera sees it.",
        "",
        *table,
        "",
        "## Limits",
        "",
        "It was trained and measured in simulation only, on one robot, with things of a few centimetres on a table.",
        "It says nothing about a real robot until it was measured there.",
        "",
    ]
    return "\n".join(lines)


def _row(split: str, measured: Mapping[str, Any]) -> str:
    low, high = measured["interval"]
    time_s = (measured["time_to_done_s"] or {}).get("p50")
    looked = measured["attention"].get(_ATTENDING)
    attention = f"{100 * looked['rate']:.1f} %" if looked else "-"
    failures = sorted(measured["failures"].items(), key=lambda item: -item[1])[:_CAUSES_SHOWN]
    return (
        f"| {split} | {100 * measured['success_rate']:.1f} % | {measured['n']} | {low:.3f} to {high:.3f} "
        f"| {measured['wrong_object']} | {attention} | {'-' if time_s is None else f'{time_s:.1f} s'} "
        f"| {', '.join(f'{cause} {count}' for cause, count in failures) or '-'} |"
    )
