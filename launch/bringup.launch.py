"""Start the graph: `ros2 launch robomatrix_py bringup.launch.py robot:=ur5e mode:=sim`.

The same node table (config/graph/) that `robomatrix up` reads decides what is started.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    LogInfo,
    OpaqueFunction,
    RegisterEventHandler,
    SetEnvironmentVariable,
)
from launch.event_handlers import OnProcessExit, OnShutdown
from launch.events import Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from robomatrix_py.runtime.environment import graph_defaults
from robomatrix_py.settings.devices import driver_kind
from robomatrix_py.settings.robot_defaults import robot_defaults
from robomatrix_py.settings.settings import resolve

_ARGUMENTS = {
    "robot": ("ur5e", "a folder of hardware/"),
    "scene": ("", "a file of config/scene/; none: where the robot is at home"),
    "perception": ("", "camera or sim_truth; none: the robot's own"),
    "policy": ("", "what serves the skills, learned or scripted; none: as the robot has it"),
    "seed": ("0", "everything random follows from it"),
    "planner": ("symbolic", "which planner turns sentences into plans"),
    "mode": ("sim", "which devices: sim, real or mock (no device: commands are integrated)"),
}


def _start(context):
    values = {name: LaunchConfiguration(name).perform(context) for name in _ARGUMENTS}
    values["skills.policy"] = values.pop("policy")
    chosen = [f"{key}={value}" for key, value in values.items() if value]
    settings = resolve([*robot_defaults(chosen), *chosen])
    nodes = settings.graph.of_mode(settings.mode, settings.perception_source)
    driver_kind(settings.load_robot(), settings.mode)
    folder = Path(tempfile.mkdtemp(prefix="robomatrix-"))
    settings_file = folder / "settings.json"
    settings_file.write_text(settings.to_json(), encoding="utf-8")
    remove = OpaqueFunction(function=lambda _context: shutil.rmtree(folder, ignore_errors=True))

    actions = [RegisterEventHandler(OnShutdown(on_shutdown=[remove]))]
    actions += [
        SetEnvironmentVariable(key, value) for key, value in graph_defaults().items() if key not in context.environment
    ]
    for name, entry in nodes.items():
        process = Node(
            executable=sys.executable,
            arguments=["-m", entry.module, "--settings", str(settings_file)],
            name=name,
            exec_name=name,
            output="screen",
            # The gate may need most of a second to brake before it ends.
            sigterm_timeout="3",
            sigkill_timeout="2",
        )
        ended = [
            LogInfo(msg=f"process '{name}' has ended: ending the graph, the arm holds its position"),
            EmitEvent(event=Shutdown(reason=f"{name} ended")),
        ]
        actions += [process, RegisterEventHandler(OnProcessExit(target_action=process, on_exit=ended))]
    return actions


def generate_launch_description():
    """Return what `ros2 launch` starts."""
    arguments = [
        DeclareLaunchArgument(name, default_value=default, description=text)
        for name, (default, text) in _ARGUMENTS.items()
    ]
    return LaunchDescription([*arguments, OpaqueFunction(function=_start)])
