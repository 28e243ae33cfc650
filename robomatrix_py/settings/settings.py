"""All settings of a run: one frozen dataclass, filled by hydra from `config/` and the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from robomatrix_py.contracts.base import BLASTER
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.robot import CameraDescription, RobotDescription
from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.drivers.config import DriverConfig
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.safety.config import GateConfig
from robomatrix_py.safety.trigger import SHOOTING_OFF
from robomatrix_py.scheduler.config import ExecutionConfig, FactsConfig, MemoryConfig, PlannerConfig
from robomatrix_py.scheduler.corrections.config import CorrectionsConfig
from robomatrix_py.scheduler.feasibility import FeasibilityConfig
from robomatrix_py.settings.calibration import load_calibration
from robomatrix_py.settings.cameras import CameraSettings
from robomatrix_py.settings.devices import DeviceSettings
from robomatrix_py.settings.graph import MODES, GraphConfig
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.share import find_folder, share_folder
from robomatrix_py.settings.skills import load_skills
from robomatrix_py.settings.structure import destructure, structure
from robomatrix_py.settings.yaml_file import at_line, no_yaml, read_yaml
from robomatrix_py.sim.config import (
    BaseSimConfig,
    CameraSensorConfig,
    SceneConfig,
    SensorConfig,
    SimConfig,
    SimTruthConfig,
)
from robomatrix_py.sim.overview import filming_cameras
from robomatrix_py.skills.config import SkillConfig

# Overrides of hydra's own configuration: `hydra.run.dir=x`, `+hydra.x=1`, `~hydra`, `hydra/launcher=x`.
_OF_HYDRA = re.compile(r"\s*[+~]*hydra\b")
_REMEDY = "see config/ for the keys"


T = TypeVar("T")


@dataclass(frozen=True)
class SimSettings:
    """The simulated world without scene, seed and perception, which are settings of their own.

    Args:
        timestep_s: Physics step.
        joints: The joint encoders.
        cameras: All cameras.
        depth: Whether cameras also deliver depth.
        depth_rate_hz: Depth images a second, at most.
        command_timeout_s: Silence during motion after which the arm driver holds by itself.
        base: The base, where the robot has one.
    """

    timestep_s: float = 0.002
    joints: SensorConfig = field(default_factory=lambda: SensorConfig(rate_hz=100.0))
    cameras: CameraSensorConfig = field(default_factory=lambda: CameraSensorConfig(rate_hz=30.0))
    depth: bool = True
    depth_rate_hz: float = 10.0
    command_timeout_s: float = 0.1
    base: BaseSimConfig = field(default_factory=BaseSimConfig)


@dataclass(frozen=True)
class Settings:
    """Everything a run is configured by. The keys are those of `config/robomatrix.yaml`.

    Args:
        robot: Folder under `hardware/`.
        seed: Everything random follows from it.
        planner: Which planner turns sentences into plans.
        scene: What stands on the table.
        perception: The perception source.
        graph: The node table.
        sim: The simulated world.
        gate: The gate.
        skills: How skills look and move.
        planning: Bounds of the planner.
        execution: How plans are carried out.
        memory: How long what is out of sight is believed.
        facts: When a sensor reading counts as a fact.
        mode: What stands at the end of the graph: ``sim``, ``real`` or ``mock``.
        device: Where the real arm is.
        driver: How its driver watches.
        feasibility: How earlier runs bear on plans.
        macros: Where the user's macro-skills are: ``user``, a path with a ``/`` in it, or empty for none.
        corrections: How a person's corrections are remembered.
        cameras: The robot's real cameras.
    """

    robot: str
    seed: int
    planner: str
    scene: SceneConfig
    perception: SimTruthConfig | PerceptionConfig
    graph: GraphConfig
    sim: SimSettings = field(default_factory=SimSettings)
    gate: GateConfig = field(default_factory=GateConfig)
    skills: SkillConfig = field(default_factory=SkillConfig)
    planning: PlannerConfig = field(default_factory=PlannerConfig)
    execution: ExecutionConfig = field(default_factory=ExecutionConfig)
    memory: MemoryConfig = field(default_factory=MemoryConfig)
    facts: FactsConfig = field(default_factory=FactsConfig)
    mode: str = "sim"
    device: DeviceSettings = field(default_factory=DeviceSettings)
    driver: DriverConfig = field(default_factory=DriverConfig)
    feasibility: FeasibilityConfig = field(default_factory=FeasibilityConfig)
    macros: str = ""
    corrections: CorrectionsConfig = field(default_factory=CorrectionsConfig)
    cameras: CameraSettings = field(default_factory=CameraSettings)

    def __post_init__(self) -> None:
        """Refuse a mode, a seed or a simulation out of range here, where the key is known."""
        if self.mode not in MODES:
            raise ValueError(f"mode is {self.mode}; permitted: {', '.join(MODES)}")
        self.sim_config()

    def load_robot(self) -> RobotDescription:
        """Return the description of the chosen robot; a real one with its cameras where they were measured.

        Raises:
            ConfigError: There is no such robot, or its file or its calibration is wrong.
        """
        robot = load_robot(self.robot)
        return load_calibration(robot, self.cameras.calibration).laid_over(robot) if self.mode == "real" else robot

    @property
    def filming_cameras(self) -> tuple[CameraDescription, ...]:
        """What shows a run to people: the robot's cameras, in simulation also the scene's own.

        Raises:
            ConfigError: There is no such robot, or its file is wrong.
        """
        robot = self.load_robot()
        return filming_cameras(robot) if self.mode == "sim" else robot.cameras

    @property
    def model_file(self) -> Path:
        """MuJoCo model of the chosen robot.

        Raises:
            ConfigError: There is no such robot.
        """
        folder = find_folder("hardware", self.robot, "robot.yaml")
        return folder / load_robot(self.robot).model_file

    def without_questions(self) -> Settings:
        """Return the same for a task whose person cannot be asked: what is unclear is refused at once."""
        return replace(self, planning=replace(self.planning, question_s=0.0))

    def load_skills(self) -> dict[str, SkillSpec]:
        """Return every skill by name.

        Raises:
            ConfigError: A skill file is wrong.
        """
        robot = self.load_robot()
        skills = load_skills(robot.resources)
        if robot.base is None:
            return skills
        # Of what a mobile robot has resources for, it can do what there is a script for: two joints open no drawer.
        # Scripts import what moves arms, which a command that only reads settings does without.
        from robomatrix_py.skills.scripts import scripts_of

        scripts = scripts_of(robot)
        fitting = {name: skill for name, skill in skills.items() if name in scripts}
        if not self.gate.shooting:
            shooting = {name: skill for name, skill in fitting.items() if BLASTER in skill.resources}
            fitting |= {name: replace(skill, withheld=SHOOTING_OFF) for name, skill in shooting.items()}
        return fitting

    def sim_config(self) -> SimConfig:
        """Return the configuration of the simulated world."""
        return SimConfig(
            scene=self.scene,
            seed=self.seed,
            timestep_s=self.sim.timestep_s,
            truth=self.perception if isinstance(self.perception, SimTruthConfig) else SimTruthConfig(),
            joints=self.sim.joints,
            cameras=self.sim.cameras,
            depth=self.sim.depth,
            depth_rate_hz=self.sim.depth_rate_hz,
            command_timeout_s=self.sim.command_timeout_s,
            base=self.sim.base,
        )

    @property
    def perception_source(self) -> str:
        """Where scene objects come from: ``sim_truth`` or ``camera``."""
        return "sim_truth" if isinstance(self.perception, SimTruthConfig) else "camera"

    def with_seed(self, seed: int) -> Settings:
        """Return the same settings with another seed."""
        return replace(self, seed=seed)

    def to_json(self) -> str:
        """Return the resolved settings as JSON, the form in which a node process gets them."""
        return json.dumps(destructure(self), indent=1)


def resolve(overrides: Sequence[str]) -> Settings:
    """Return the settings of `config/robomatrix.yaml` with overrides such as ``gate.rate_hz=50``.

    Raises:
        ConfigError: A key, a group or a value is wrong; the message names it.
    """
    for text in overrides:
        if _OF_HYDRA.match(text):
            raise ConfigError(f"'{text}' is about hydra itself and has no effect", where="--set", remedy=_REMEDY)
    try:
        return structure(Settings, _compose(list(overrides)), "settings")
    except ConfigError as error:
        chosen = [text for text in overrides if _group_of(text)]
        if len(chosen) < len(overrides):
            # If the files by themselves are wrong, that is the error; otherwise it is the overrides.
            resolve(chosen)
            raise
        raise _at_file(error, chosen) from error


def resolve_training(name: str, overrides: Sequence[str], kind: type[T]) -> T:
    """Return what `robomatrix train NAME` is configured by: `config/train/NAME.yaml` with overrides.

    Args:
        name: What is trained.
        overrides: Such as ``training.steps=100``.
        kind: Dataclass of its settings.

    Raises:
        ConfigError: There is no such name, or a key or a value is wrong; the message names it.
    """
    require_name("train", name)
    return structure(kind, _compose(list(overrides), f"train/{name}"), "settings")


def read_settings(path: Path) -> Settings:
    """Return settings that were written by :meth:`Settings.to_json`.

    Raises:
        ConfigError: The file cannot be read or does not fit.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot be read as settings: {error}", where=str(path)) from error
    return structure(Settings, values, str(path))


def known_names(group: str) -> list[str]:
    """Return the names that a configuration group such as ``scene`` offers."""
    return sorted(path.stem for path in (share_folder() / "config" / group).glob("*.yaml"))


def require_name(group: str, name: str) -> str:
    """Return `name` if the group offers it.

    Raises:
        ConfigError: It does not; the message lists what it offers.
    """
    if name not in known_names(group):
        raise ConfigError(f"unknown {group} '{name}'", permitted=known_names(group), code=f"UNKNOWN_{group.upper()}")
    return name


def _group_of(override: str) -> str:
    """Return the configuration group that an override such as ``scene=tabletop`` chooses from, or an empty text."""
    key = override.partition("=")[0]
    return key if key.isidentifier() and (share_folder() / "config" / key).is_dir() else ""


def _at_file(error: ConfigError, chosen: list[str]) -> ConfigError:
    """Return an error about ``settings.key`` with the file and line that the key comes from."""
    folder = share_folder() / "config"
    main = folder / "robomatrix.yaml"
    group = error.where.removeprefix("settings").lstrip(".").partition(".")[0]
    if not _group_of(group):
        return at_line(error, main, "settings")
    choices = {key: value for entry in read_yaml(main)["defaults"] if entry != "_self_" for key, value in entry.items()}
    choices |= dict(text.split("=", 1) for text in chosen)
    return at_line(error, folder / group / f"{choices[group]}.yaml", f"settings.{group}")


def _compose(overrides: list[str], name: str = "robomatrix") -> Any:
    # hydra costs 0.1 s to import: only the process that resolves the settings pays.
    import yaml
    from hydra import compose, initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    folder = share_folder() / "config"
    where = "--set" if overrides else str(folder)
    try:
        with initialize_config_dir(str(folder.resolve()), version_base=None):
            config = compose(name, overrides=overrides)
            return OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except (HydraException, OmegaConfBaseException) as error:
        first_line = str(error).strip().splitlines()[0]
        key = getattr(error, "full_key", None)
        raise ConfigError(first_line, where=f"settings.{key}" if key else where, remedy=_REMEDY) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise no_yaml(error, Path(mark.name if mark else getattr(error, "name", folder))) from error
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(folder)) from error
