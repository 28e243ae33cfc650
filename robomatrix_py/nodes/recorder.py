"""The recorder as a node: topics into an MCAP file, cameras into a video and pictures, while a run lasts."""

from __future__ import annotations

import array
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from PIL import Image as Picture
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.serialization import serialize_message
from rclpy.subscription import Subscription
from robomatrix_interfaces.msg import ActionChunk, SafetyState, SceneObjects, TaskEvent
from robomatrix_interfaces.srv import StartRecording, StopRecording
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, JointState, LaserScan
from std_msgs.msg import Empty
from trajectory_msgs.msg import JointTrajectory

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.data.pictures import PictureName, save_picture
from robomatrix_py.data.recording import RecordingWriter
from robomatrix_py.data.run_folder import RECORDING_FILE, VIDEO_FILE
from robomatrix_py.data.video import Frame, VideoWriter, inset
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import image_from_msg
from robomatrix_py.nodes.message_text import message_text
from robomatrix_py.nodes.process import run_node
from robomatrix_py.settings.settings import Settings

_VIDEO_HZ = 15
_STILL_HZ = 5.0
_POLL_S = 0.1
_JPEG_QUALITY = 80
_MOMENTS = {"step_started": "before", "step_verdict": "after"}


class RecorderNode(Node):
    """Records between the services `recorder/start` and `recorder/stop`."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("recorder")
        self._cameras = settings.filming_cameras
        self._topics = _topics(settings.load_robot())
        self._recording: _Recording | None = None
        self._subscriptions_open: list[Subscription] = []
        self.create_service(StartRecording, names.START_RECORDING, self._on_start)
        self.create_service(StopRecording, names.STOP_RECORDING, self._on_stop)
        self.create_timer(_POLL_S, self._poll)

    def finish(self) -> None:
        """Close the files."""
        self._close()

    def _on_start(self, request: StartRecording.Request, response: StartRecording.Response) -> StartRecording.Response:
        self._close()
        try:
            began_s = request.began_s or time.monotonic()
            main = self._cameras[0]
            recording = _Recording(Path(request.run_folder), main.width_px, main.height_px, began_s)
        except (DataError, OSError) as error:
            response.message = str(error)
            return response
        self._recording = recording
        infos = ((names.color_info(camera.name), CameraInfo, names.IMAGE_QOS) for camera in self._cameras)
        for topic, kind, qos in (*self._topics, *infos):
            # Raw: the bytes go into the file as they came, without a detour over Python objects.
            sink = recording.raw_sink(f"/{topic}", kind)
            self._listen(kind, topic, sink, qos, raw=True)
        self._listen(TaskEvent, names.TASK_EVENTS, recording.on_event, names.STATE_QOS)
        for camera in self._cameras:
            self._listen(Image, names.color_image(camera.name), recording.image_sink(camera.name), names.IMAGE_QOS)
        response.started = True
        return response

    def _listen(self, kind: Any, topic: str, sink: Callable[[Any], None], qos: Any, *, raw: bool = False) -> None:
        self._subscriptions_open.append(self.create_subscription(kind, topic, sink, qos, raw=raw))

    def _on_stop(self, _request: StopRecording.Request, response: StopRecording.Response) -> StopRecording.Response:
        if self._recording is None:
            response.message = "nothing is being recorded"
            return response
        response.files = [str(path) for path in self._recording.files]
        response.message = self._recording.fault
        self._close()
        return response

    def _poll(self) -> None:
        if self._recording is not None:
            self._recording.poll()

    def _close(self) -> None:
        for subscription in self._subscriptions_open:
            self.destroy_subscription(subscription)
        self._subscriptions_open = []
        if self._recording is not None:
            self._recording.close()
            self._recording = None


def _topics(robot: RobotDescription) -> tuple[tuple[str, Any, QoSProfile], ...]:
    """Return name, type and quality of service of what is recorded of a robot beside its cameras."""
    of_base = (
        (names.ODOMETRY, Odometry, names.STATE_QOS),
        (names.BASE_VELOCITY, TwistStamped, names.COMMAND_QOS),
        (names.SCAN, LaserScan, names.STATE_QOS),
        (names.FIRE, Empty, names.COMMAND_QOS),
    )
    return (
        (names.JOINT_STATES, JointState, names.STATE_QOS),
        (names.ARM_TRAJECTORY, JointTrajectory, names.COMMAND_QOS),
        (names.GRIPPER_TRAJECTORY, JointTrajectory, names.COMMAND_QOS),
        *(of_base if robot.base is not None else ()),
        (names.ACTION_CHUNK, ActionChunk, names.CHUNK_QOS),
        (names.SAFETY_STATE, SafetyState, names.LATCHED_QOS),
        (names.SCENE_OBJECTS, SceneObjects, names.STATE_QOS),
    )


class _Recording:
    """The files of one run."""

    def __init__(self, folder: Path, width_px: int, height_px: int, began_s: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._began_s = began_s
        self.fault = ""
        start_ns = time.time_ns() - round((time.monotonic() - began_s) * 1e9)
        self._mcap = RecordingWriter(folder / RECORDING_FILE, start_ns=start_ns, on_fault=self._on_fault)
        self._video = VideoWriter(
            folder / VIDEO_FILE, width_px=width_px, height_px=height_px, rate_hz=_VIDEO_HZ, on_fault=self._on_fault
        )
        self._frames: dict[str, Frame] = {}
        self._due_s: dict[str, float] = {}
        self._events = self.raw_sink(f"/{names.TASK_EVENTS}", TaskEvent)
        self._pictures: list[str] = []

    @property
    def files(self) -> list[Path]:
        """Every file written."""
        names_ = [RECORDING_FILE, VIDEO_FILE, *self._pictures]
        return [self._folder / name for name in names_ if (self._folder / name).exists()]

    def raw_sink(self, topic: str, kind: Any) -> Callable[[bytes], None]:
        """Return what takes the serialised messages of a topic."""
        type_name = _type_name(kind)
        channel = self._mcap.add_ros2_channel(topic, type_name, message_text(type_name))
        return lambda data: self._mcap.write(channel, time.time_ns(), bytes(data))

    def image_sink(self, camera: str) -> Callable[[Image], None]:
        """Return what takes the images of a camera."""
        store = self.raw_sink(f"/{names.color_image(camera)}/compressed", CompressedImage)
        # The first camera fills the video; the second stands in its corner.
        is_main = not self._due_s
        self._due_s[camera] = 0.0
        video_due = {"s": 0.0}

        def take(message: Image) -> None:
            frame = image_from_msg(message)
            if frame is None:
                return
            self._frames[camera] = frame
            now_s = time.monotonic()
            if is_main and now_s >= video_due["s"]:
                video_due["s"] = max(video_due["s"] + 1.0 / _VIDEO_HZ, now_s - 0.5 / _VIDEO_HZ)
                self._video.add(now_s - self._began_s, self._picture())
            if now_s >= self._due_s[camera]:
                self._due_s[camera] = now_s + 1.0 / _STILL_HZ
                store(serialize_message(_compressed(message, frame)))

        return take

    def on_event(self, event: TaskEvent) -> None:
        """Record an event of the task, and take a picture before and after every step."""
        self._events(serialize_message(event))
        if event.kind not in _MOMENTS:
            return
        fields = json.loads(event.fields_json)
        moment = _MOMENTS[event.kind]
        for camera, frame in self._frames.items():
            name = PictureName(int(fields["index"]), int(fields["attempt"]), str(fields["skill"]), moment, camera)
            path = save_picture(self._folder, name, frame, self._on_fault)
            if path is not None:
                self._pictures.append(path)

    def poll(self) -> None:
        """Write out what has waited long enough."""
        self._mcap.poll()

    def close(self) -> None:
        """Finish the files."""
        self._mcap.close()
        self._video.close(time.monotonic() - self._began_s)

    def _picture(self) -> Frame:
        main, *others = (self._frames[camera] for camera in self._due_s if camera in self._frames)
        return inset(main, others[0]) if others else main

    def _on_fault(self, fault: DataError) -> None:
        self.fault = str(fault)


def _type_name(kind: Any) -> str:
    package, folder, _ = kind.__module__.split(".", 2)
    return f"{package}/{folder}/{kind.__name__}"


def _compressed(message: Image, frame: Frame) -> CompressedImage:
    buffer = io.BytesIO()
    Picture.fromarray(frame).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return CompressedImage(header=message.header, format="jpeg", data=array.array("B", buffer.getvalue()))


def main() -> int:
    """Run the recorder's process."""
    return run_node("recorder", RecorderNode)


if __name__ == "__main__":
    raise SystemExit(main())
