"""What a robot's own file chooses where the user chose nothing: scene, perception, and what serves its skills."""

from __future__ import annotations

from collections.abc import Sequence

from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.share import share_folder
from robomatrix_py.settings.yaml_file import read_yaml

_LEARNED, _SCRIPTED, _CAMERA = "learned", "scripted", "camera"


def robot_defaults(overrides: Sequence[str]) -> list[str]:
    """Return overrides for what others leave open.

    Learned skills look through cameras: whoever chooses one gets the other, and with scene objects from elsewhere the
    skills are scripted ones.

    Args:
        overrides: What was chosen, such as ``robot=so101``; of several for one key the last counts.

    Raises:
        ConfigError: There is no such robot, or its file is wrong.
    """
    chosen = dict(text.lstrip("+").split("=", 1) for text in overrides if "=" in text)
    robot = load_robot(chosen.get("robot") or str(read_yaml(share_folder() / "config" / "robomatrix.yaml")["robot"]))
    defaults = {}
    if robot.scene:
        defaults["scene"] = robot.scene
    # A mocked robot has no cameras.
    if (robot.policy == _LEARNED and chosen.get("mode") != "mock") or chosen.get("skills.policy") == _LEARNED:
        defaults["perception"] = _CAMERA
        learned = chosen.get("perception", _CAMERA) == _CAMERA and robot.policy == _LEARNED
        defaults["skills.policy"] = _LEARNED if learned else _SCRIPTED
    return [f"{key}={value}" for key, value in defaults.items() if key not in chosen]
