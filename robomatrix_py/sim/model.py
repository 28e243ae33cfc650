"""Builds the MuJoCo model of a robot in a drawn scene."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mujoco
import numpy as np

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.sim.catalog import COLORS, UNKNOWN_COLOR
from robomatrix_py.sim.config import SimConfig
from robomatrix_py.sim.fixtures import FixtureModel, build_fixture, build_table
from robomatrix_py.sim.layout import Layout, PlacedObject
from robomatrix_py.sim.overview import OVERVIEW
from robomatrix_py.sim.planar_base import add_planar_base, walks
from robomatrix_py.sim.rooms import ROOM_KINDS, build_floor


def build_model(
    robot: RobotDescription, model_file: Path, config: SimConfig, layout: Layout
) -> tuple[mujoco.MjModel, dict[str, FixtureModel]]:
    """Return the model and its fixtures by name.

    Args:
        robot: The robot.
        model_file: Its MuJoCo model.
        config: Name of the scene, and timestep.
        layout: What stands where.

    Raises:
        ConfigError: MuJoCo refuses the model or the scene, or the model is not of this robot.
    """
    on_floor = config.scene.ground == "floor"
    if on_floor != (robot.base is not None):
        there = "a floor, for a robot with a base" if on_floor else "a table top, for an arm without a base"
        raise ConfigError(f"scene {config.scene.name} is {there}; {robot.name} is none", where="scene")
    try:
        spec = mujoco.MjSpec.from_file(str(model_file))
    except (ValueError, mujoco.FatalError) as error:
        raise ConfigError(f"MuJoCo refuses the model: {_one_line(error)}", where=str(model_file)) from error
    spec.modelname = "robomatrix"
    _set_physics(spec, config.timestep_s)
    _set_appearance(spec, config.scene.ground)
    try:
        if on_floor:
            build_floor(spec)
            if config.base.backend == "planar":
                add_planar_base(spec)
            elif not walks(spec):
                raise ConfigError(
                    f"{robot.name} has no legs to trot with", where="sim.base.backend", permitted=("planar",)
                )
            else:
                # What hangs from nothing would weigh on no leg: the arm's drives bear its weight, see SimWorld.
                for body in spec.bodies:
                    body.gravcomp = 0.0
        built = [] if on_floor else [build_table(spec)]
        for placed in layout.fixtures:
            built += build_fixture(spec, placed, ROOM_KINDS if on_floor else None)
        for item in layout.objects:
            _add_object(spec, item)
        model = spec.compile()
    except (ValueError, mujoco.FatalError) as error:
        raise ConfigError(
            f"MuJoCo refuses the scene: {_one_line(error)}", where=f"scene {config.scene.name}"
        ) from error
    _require_parts(model, robot, model_file)
    return model, {fixture.name: fixture for fixture in built}


def _set_physics(spec: Any, timestep_s: float) -> None:
    option = spec.option
    option.timestep = timestep_s
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = 10.0


def _set_appearance(spec: Any, ground: str) -> None:
    spec.visual.quality.shadowsize = 0
    spec.visual.quality.offsamples = 0
    # Software rendering costs by vertex: coarser round shapes, one quad a box face.
    spec.visual.quality.numslices = 20
    spec.visual.quality.numstacks = 10
    spec.visual.quality.numquads = 1
    spec.visual.headlight.ambient = [0.50, 0.50, 0.50]
    spec.visual.headlight.diffuse = [0.30, 0.30, 0.30]
    spec.visual.headlight.specular = [0.0, 0.0, 0.0]
    spec.visual.map.znear = 0.01
    spec.visual.global_.offwidth = 1280
    spec.visual.global_.offheight = 960
    spec.add_texture(
        name="sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[0.80, 0.84, 0.88],
        rgb2=[0.55, 0.60, 0.66],
        width=64,
        height=384,
    )
    if ground == "floor":
        # From beyond the south wall down on both rooms.
        spec.worldbody.add_camera(
            name=OVERVIEW.name, pos=[2.6, -3.6, 4.2], xyaxes=[1.0, 0.0, 0.0, 0.0, 0.7593, 0.6508], fovy=58
        )
        return
    spec.worldbody.add_light(pos=[0.3, -0.8, 1.6], dir=[0.1, 0.5, -1.0], castshadow=False, diffuse=[0.5] * 3)
    spec.worldbody.add_camera(
        name="front_camera", pos=[1.30, 0.06, 0.80], xyaxes=[0.0, 1.0, 0.0, -0.66, 0.0, 0.751], fovy=48
    )


def _require_parts(model: mujoco.MjModel, robot: RobotDescription, model_file: Path) -> None:
    """Refuse a model that is not of this robot.

    Raises:
        ConfigError: A joint, a drive, the tool or a camera is missing.
    """
    joints = {model.joint(i).name for i in range(model.njnt)}
    drives = {model.actuator(i).name for i in range(model.nu)}
    sites = {model.site(i).name for i in range(model.nsite)}
    cameras = {model.camera(i).name for i in range(model.ncam)}
    for what, wanted, there in (
        ("joint", {*robot.joint_names, *robot.gripper.joints}, joints),
        ("drive of joint", {*robot.joint_names, robot.gripper.joints[0]}, drives),
        ("site", {"tool"}, sites),
        ("camera", {camera.name for camera in robot.cameras}, cameras),
    ):
        if missing := sorted(wanted - there):
            raise ConfigError(f"the model has no {what} {', '.join(missing)}", where=str(model_file))


def _add_object(spec: Any, item: PlacedObject) -> None:
    pose = item.pose_object_in_base
    body = spec.worldbody.add_body(
        name=item.name,
        pos=[pose.position_m[0], pose.position_m[1], pose.position_m[2] + 0.0005],
        quat=np.roll(pose.quaternion_xyzw, 1).tolist(),
    )
    body.add_freejoint(name=f"{item.name}_joint")
    volume_share = 1.0 / len(item.shape.parts)
    for part in item.shape.parts:
        settings: Mapping[str, Any] = {"quat": [0.7071068, 0, 0.7071068, 0]} if part.lying else {}
        body.add_geom(
            type=part.type,
            size=list(part.size_m),
            pos=[0, 0, part.z_m],
            rgba=[*COLORS.get(item.color, UNKNOWN_COLOR), 1.0],
            mass=item.shape.mass_kg * volume_share,
            contype=1,
            conaffinity=3,
            # Rolling friction lets balls come to rest, as on a cloth or a worn table.
            condim=6,
            friction=[1.0, 0.01, 0.0015],
            **settings,
        )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
