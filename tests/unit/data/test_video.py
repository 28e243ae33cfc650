"""The video: its time line, its form, and what a killed process leaves."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import av
import child_process
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.data import disk
from robomatrix_py.data.video import Frame, VideoWriter, inset

WIDTH, HEIGHT = 64, 48


def gray(level: int) -> Frame:
    return np.full((HEIGHT, WIDTH, 3), level, dtype=np.uint8)


def writer_at(path: Path, faults: list[DataError], rate_hz: int = 30) -> VideoWriter:
    return VideoWriter(path, width_px=WIDTH, height_px=HEIGHT, rate_hz=rate_hz, on_fault=faults.append)


def shown(path: Path) -> list[tuple[float, int]]:
    """Return time and grey level of every frame in the file."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        return [(float(frame.time or 0), int(frame.to_ndarray(format="rgb24").mean().round())) for frame in frames]


def test_form(tmp_path: Path, faults: list[DataError]) -> None:
    path = tmp_path / "video.mp4"
    writer = writer_at(path, faults)
    for k in range(90):
        writer.add(k / 30, gray(k * 2))
    writer.close()
    writer.close()
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height, stream.pix_fmt) == (WIDTH, HEIGHT, "yuv420p")
        assert stream.average_rate == Fraction(30)
        assert stream.frames == 90, "an index of all frames, as in an ordinary MP4"
        keys = [round(float(frame.time or 0), 3) for frame in container.decode(stream) if frame.key_frame]
    assert keys == [0.0, 1.0, 2.0]
    levels = [level for _, level in shown(path)]
    assert np.abs(np.array(levels) - 2 * np.arange(90)).max() <= 4
    assert faults == []
    assert writer.frames_dropped == 0


def test_frames_keep_their_times(tmp_path: Path, faults: list[DataError]) -> None:
    """Late, early, doubled and missing frames on a time line of 10 Hz."""
    path = tmp_path / "video.mp4"
    writer = writer_at(path, faults, rate_hz=10)
    for time_s, level in ((0.32, 10), (0.41, 50), (0.43, 90), (0.2, 250), (1.12, 130), (1.08, 170)):
        writer.add(time_s, gray(level))
    writer.close(end_s=2.0)
    # The first stands from the start, 0.43 replaces 0.41, 0.2 is late, 1.08 replaces 1.12.
    expected = [(0.0, 10), (0.4, 90), (1.1, 170), (1.9, 170)]
    for (time_s, level), (wanted_s, wanted) in zip(shown(path), expected, strict=True):
        assert time_s == pytest.approx(wanted_s, abs=1e-3)
        assert abs(level - wanted) <= 4
    assert writer.frames_dropped == 3
    with av.open(str(path)) as container:
        assert container.duration == pytest.approx(2.0e6, abs=2e4)


times = st.floats(min_value=-1, max_value=20) | st.sampled_from([math.nan, math.inf])


@settings(max_examples=25, deadline=None)
@given(st.lists(times, max_size=25))
def test_any_order_of_times_gives_rising_frames(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[float]
) -> None:
    faults: list[DataError] = []
    path = tmp_path_factory.mktemp("video") / "video.mp4"
    writer = writer_at(path, faults, rate_hz=15)
    for time_s in arrivals:
        writer.add(time_s, gray(100))
    writer.close()
    assert faults == []
    usable = [time_s for time_s in arrivals if math.isfinite(time_s) and round(time_s * 15) >= 0]
    if not usable:
        assert not path.exists()
        return
    seen = [round(time_s * 15) for time_s, _ in shown(path)]
    assert seen == sorted(set(seen))
    assert len(seen) + writer.frames_dropped == len(arrivals)


def test_frame_is_copied(tmp_path: Path, faults: list[DataError]) -> None:
    path = tmp_path / "video.mp4"
    writer = writer_at(path, faults)
    buffer = gray(200)
    writer.add(0.0, buffer)
    buffer[:] = 0
    writer.close()
    assert shown(path)[0][1] >= 196


def test_wrong_frames_are_dropped(tmp_path: Path, faults: list[DataError]) -> None:
    path = tmp_path / "video.mp4"
    writer = writer_at(path, faults)
    writer.add(0.0, np.zeros((HEIGHT, WIDTH + 2, 3), dtype=np.uint8))
    writer.add(0.0, np.zeros((HEIGHT, WIDTH, 3), dtype=np.float32))  # type: ignore[arg-type]
    writer.close()
    assert writer.frames_dropped == 2
    assert not path.exists()


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (0, 48)])
def test_odd_size_is_refused(tmp_path: Path, faults: list[DataError], size: tuple[int, int]) -> None:
    with pytest.raises(DataError, match=r"even numbers.*DATA.VIDEO_SIZE"):
        VideoWriter(tmp_path / "v.mp4", width_px=size[0], height_px=size[1], on_fault=faults.append)
    assert list(tmp_path.iterdir()) == []


def test_existing_file_is_not_overwritten(tmp_path: Path, faults: list[DataError]) -> None:
    path = tmp_path / "video.mp4"
    path.write_text("mine")
    with pytest.raises(DataError, match="File exists"):
        writer_at(path, faults)
    assert path.read_text() == "mine"


def test_low_disk_ends_with_a_whole_file(
    tmp_path: Path, faults: list[DataError], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "video.mp4"
    writer = writer_at(path, faults)
    for k in range(90):
        if k == 45:
            monkeypatch.setattr(disk, "FLOOR_BYTES", 10**18)
        writer.add(k / 30, gray(100))
    writer.close()
    assert [fault.code for fault in faults] == ["DATA.NO_SPACE"]
    assert writer.stopped
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 61


NOISE = """
import sys
import numpy as np
from pathlib import Path
from robomatrix_py.data.video import VideoWriter
"""

FILL = (
    NOISE
    + """
import av
from robomatrix_py.data import disk
disk.FLOOR_BYTES = 0  # straight into the wall, without the look ahead
faults = []
path = Path(sys.argv[1]) / "video.mp4"
writer = VideoWriter(path, width_px=320, height_px=240, on_fault=faults.append)
generator = np.random.default_rng(0)
for k in range(300):
    writer.add(k / 30, generator.integers(0, 255, (240, 320, 3), dtype=np.uint8))
writer.close()
with av.open(str(path)) as container:
    frames = sum(1 for _ in container.decode(video=0))
print(len(faults), faults[0].code, writer.stopped, frames >= 30)
"""
)


def test_full_disk_leaves_a_video_that_plays(tmp_path: Path) -> None:
    said = child_process.run_on_small_disk(FILL, tmp_path, "3m")
    assert said.split() == ["1", "DATA.NO_SPACE", "True", "True"]


RECORD = (
    NOISE
    + """
import time
writer = VideoWriter(Path(sys.argv[1]), width_px=320, height_px=240, on_fault=print)
generator = np.random.default_rng(0)
frame = generator.integers(0, 255, (240, 320, 3), dtype=np.uint8)
started_s = time.monotonic()
k = 0
while True:
    frame[:, (4 * k) % 320] = k % 255
    writer.add(k / 30, frame)
    if k >= 45:
        print(k, flush=True)
    k += 1
    time.sleep(max(0.0, started_s + k / 120 - time.monotonic()))
"""
)


@pytest.mark.parametrize("delay_s", child_process.random_delays_s(5, 0.8))
def test_kill_9_leaves_all_but_the_last_second(tmp_path: Path, delay_s: float) -> None:
    """Frames come four times as fast as they are timed, to keep the test short."""
    path = tmp_path / "video.mp4"
    last, _ = child_process.kill_after(RECORD, path, delay_s)
    times_s = [time_s for time_s, _ in shown(path)]
    assert len(times_s) >= 30
    assert int(last) / 30 - times_s[-1] <= 1.0 + 2 / 30


def test_inset() -> None:
    front, wrist = np.zeros((480, 640, 3), dtype=np.uint8), np.full((240, 320, 3), 90, dtype=np.uint8)
    both = inset(front, wrist)
    assert both.shape == front.shape
    assert not front.any()
    assert (both == 90).all(axis=2).sum() == 120 * 160
    assert (both[480 // 2 :] == 0).all()
    ys, xs = np.nonzero((both == 90).all(axis=2))
    assert ys.min() < 20
    assert 640 - 20 < xs.max() < 640


@settings(deadline=None)
@given(st.integers(24, 300), st.integers(24, 300), st.integers(1, 700), st.integers(1, 700))
def test_inset_of_any_size_fits(height: int, width: int, inner_height: int, inner_width: int) -> None:
    front = np.zeros((height, width, 3), dtype=np.uint8)
    both = inset(front, np.full((inner_height, inner_width, 3), 90, dtype=np.uint8))
    assert both.shape == front.shape
    assert (both == 255).any()
