"""Names and quality of service of every topic, service and action. docs/interfaces.md explains them.

All names are relative, so that a namespace moves the whole graph.
"""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

JOINT_STATES = "joint_states"
ARM_TRAJECTORY = "arm_controller/joint_trajectory"
GRIPPER_TRAJECTORY = "gripper_controller/joint_trajectory"
# As ros2_control's base controllers name them.
BASE_VELOCITY = "base_controller/cmd_vel"
ODOMETRY = "base_controller/odom"
SCAN = "scan"
FIRE = "blaster/fire"
SCENE_OBJECTS = "scene_objects"
ACTION_CHUNK = "action_chunk"
POLICY_GOAL = "policy_goal"
POLICY_CHUNK = "policy_chunk"
TOOL_STATE = "tool_state"
SAFETY_STATE = "safety_state"
DIAGNOSTICS = "diagnostics"
TASK_EVENTS = "task_events"
CORRECTIONS = "corrections"
MOTION_CORRECTIONS = "motion_corrections"
TF = "tf"
TF_STATIC = "tf_static"

EXECUTE_SKILL = "execute_skill"
RUN_TASK = "run_task"

LIST_SKILLS = "list_skills"
CORRECT = "correct"
PREVIEW_PLAN = "preview_plan"
GET_SCENE = "get_scene"
ACQUIRE_LEASE = "acquire_lease"
RELEASE_LEASE = "release_lease"
REQUEST_STOP = "request_stop"
RESET_STOP = "reset_stop"
START_RECORDING = "recorder/start"
STOP_RECORDING = "recorder/stop"
SAVE_SIM_STATE = "sim/save_state"
MOVE_SIM_OBJECT = "sim/move_object"

# Last words of the name of a driver's status in the diagnostics.
ARM_DRIVER = "arm driver"
BASE_DRIVER = "base driver"
# The same of a camera's.
CAMERA_DRIVER = "camera driver"


def color_image(camera: str) -> str:
    """Return the topic of a camera's colour images, named as realsense2_camera names it."""
    return f"{camera}/color/image_raw"


def color_info(camera: str) -> str:
    """Return the topic of a camera's colour calibration."""
    return f"{camera}/color/camera_info"


def depth_image(camera: str) -> str:
    """Return the topic of a camera's depth images, aligned to colour."""
    return f"{camera}/aligned_depth_to_color/image_raw"


def depth_info(camera: str) -> str:
    """Return the topic of the calibration of a camera's aligned depth."""
    return f"{camera}/aligned_depth_to_color/camera_info"


def _qos(depth: int, *, reliable: bool = True, latched: bool = False) -> QoSProfile:
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=depth,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )


# Queues are short on purpose: an old reading or command is worth less than none.
STATE_QOS = _qos(5)
COMMAND_QOS = _qos(1)
CHUNK_QOS = _qos(5)
# No word of a person is lost, however fast they come.
CORRECTION_QOS = _qos(1000)
LATCHED_QOS = _qos(1, latched=True)
# While a policy looks at pictures, a second of tool states waits.
TOOL_QOS = _qos(50)
IMAGE_QOS = _qos(5)
DIAGNOSTICS_QOS = _qos(10)
