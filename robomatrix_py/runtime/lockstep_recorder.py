"""Records a lock-step run: readings into an MCAP file, cameras into a video and pictures, all on simulated time."""

from __future__ import annotations

from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.data.channels import (
    CORRECTION_FORM,
    CORRECTION_SCHEMA,
    CORRECTIONS_TOPIC,
    JOINT_STATE_FORM,
    JOINT_STATE_SCHEMA,
    JOINT_STATES_TOPIC,
    TOOL_POSE_FORM,
    TOOL_POSE_SCHEMA,
    TOOL_POSE_TOPIC,
    joint_state_message,
    tool_pose_message,
)
from robomatrix_py.data.pictures import PictureName, save_picture
from robomatrix_py.data.recording import RecordingWriter
from robomatrix_py.data.run_folder import RECORDING_FILE, VIDEO_FILE, RunFolder
from robomatrix_py.data.video import Frame, VideoWriter, inset
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.scheduler.corrections.desk import CORRECTION
from robomatrix_py.scheduler.task import TaskEvent
from robomatrix_py.sim.camera import SimCamera

_VIDEO_HZ = 15
_READINGS_HZ = 20.0
_MOMENTS = {"step_started": "before", "step_verdict": "after"}


class LockstepRecorder:
    """The files of one lock-step run.

    Args:
        rig: What is recorded.
        folder: Where it goes.
        video: Whether cameras are drawn, which costs most of a run's time.

    Raises:
        EnvironmentFault: The video is wanted and no OpenGL can be had.
        DataError: A file cannot be created.
    """

    def __init__(self, rig: LockstepRig, folder: RunFolder, *, video: bool) -> None:
        self._rig = rig
        self._folder = folder
        self._began_s = rig.now_s
        self._next_reading_s = rig.now_s
        self._next_frame_s = rig.now_s
        self._cameras = [SimCamera(rig.world, camera) for camera in rig.world.filming_cameras] if video else []
        self._mcap = RecordingWriter(
            folder.path / RECORDING_FILE, start_ns=0, on_fault=folder.report_fault, profile=""
        )
        self._joints = self._mcap.add_json_channel(JOINT_STATES_TOPIC, JOINT_STATE_FORM, JOINT_STATE_SCHEMA)
        self._tool = self._mcap.add_json_channel(TOOL_POSE_TOPIC, TOOL_POSE_FORM, TOOL_POSE_SCHEMA)
        self._corrections: int | None = None
        self._video: VideoWriter | None = None
        if self._cameras:
            main = self._cameras[0].camera
            self._video = VideoWriter(
                folder.path / VIDEO_FILE,
                width_px=main.width_px,
                height_px=main.height_px,
                rate_hz=_VIDEO_HZ,
                on_fault=folder.report_fault,
            )

    def update(self, now_s: float) -> None:
        """Record what is due."""
        if now_s >= self._next_reading_s:
            self._next_reading_s += 1.0 / _READINGS_HZ
            self._record_readings(now_s)
        if self._video is not None and now_s >= self._next_frame_s:
            self._next_frame_s += 1.0 / _VIDEO_HZ
            front, *others = self._draw()
            self._video.add(now_s - self._began_s, inset(front, others[0]) if others else front)
        self._folder.sync_if_due()

    def on_event(self, event: TaskEvent) -> None:
        """Take a picture before and after every step; mark what a person corrected."""
        if event.kind == CORRECTION:
            self._record_correction(event)
        moment = _MOMENTS.get(event.kind)
        if moment is None:
            return
        fields = event.fields
        for camera, frame in zip(self._cameras, self._draw(), strict=True):
            name = PictureName(fields["index"], fields["attempt"], fields["skill"], moment, camera.camera.name)
            save_picture(self._folder.path, name, frame, self._folder.report_fault)

    def close(self) -> None:
        """Finish the files."""
        self._mcap.close()
        if self._video is not None:
            self._video.close(self._rig.now_s - self._began_s)
        for camera in self._cameras:
            camera.close()

    def _record_readings(self, now_s: float) -> None:
        time_ns = round((now_s - self._began_s) * 1e9)
        self._mcap.write_json(self._joints, time_ns, joint_state_message(self._rig.joints))
        pose: Pose = self._rig.tool_pose()
        self._mcap.write_json(self._tool, time_ns, tool_pose_message(pose))

    def _record_correction(self, event: TaskEvent) -> None:
        if self._corrections is None:
            self._corrections = self._mcap.add_json_channel(CORRECTIONS_TOPIC, CORRECTION_FORM, CORRECTION_SCHEMA)
        time_ns = round((event.time_s - self._began_s) * 1e9)
        fields = {key: event.fields[key] for key in CORRECTION_SCHEMA["properties"]}
        self._mcap.write_json(self._corrections, time_ns, fields)

    def _draw(self) -> list[Frame]:
        frames = []
        for camera in self._cameras:
            camera.take(self._rig.world)
            frames.append(camera.color())
        return frames


