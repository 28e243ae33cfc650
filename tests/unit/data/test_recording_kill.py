"""kill -9 while recording: at most 0.2 s may be lost, and what is kept has no hole."""

from __future__ import annotations

from pathlib import Path

import child_process
import pytest

from robomatrix_py.data.recording_reader import inspect_recording, read_messages, repair_recording

LOST_MAX_S = 0.2
PERIOD_S = 0.005

# Every number is printed after it was handed to the writer: what the parent reads was surely recorded.
RECORD = f"""
import sys, time
from pathlib import Path
from robomatrix_py.data.recording import RecordingWriter
writer = RecordingWriter(Path(sys.argv[1]), start_ns=0, profile="", on_fault=print)
channel = writer.add_json_channel("numbers", "Number", {{"type": "object"}})
due_s, number = time.monotonic(), 0
while True:
    now_s = time.monotonic()
    writer.write_json(channel, int(now_s * 1e9), {{"number": number, "noise": [number * 0.1] * 200}})
    print(number, now_s, flush=True)
    number += 1
    due_s += {PERIOD_S}
    time.sleep(max(0.0, due_s - time.monotonic()))
"""


@pytest.mark.parametrize("delay_s", child_process.random_delays_s(12, 0.9))
def test_kill_9_loses_at_most_200_ms(tmp_path: Path, delay_s: float) -> None:
    path = tmp_path / "recording.mcap"
    last_line, killed_s = child_process.kill_after(RECORD, path, delay_s)
    last, last_s = last_line.split()
    kept = [message.json()["number"] for message in read_messages(path)]
    assert kept == list(range(len(kept))), "what is kept has no hole"
    times_s = [message.log_time_ns / 1e9 for message in read_messages(path)]
    lost_s = killed_s - times_s[-1] if times_s else killed_s - (float(last_s) - int(last) * PERIOD_S)
    print(f"lost {int(last) + 1 - len(kept)} of {int(last) + 1} messages, {lost_s * 1000:.0f} ms")
    assert lost_s <= LOST_MAX_S
    assert not inspect_recording(path).complete
    if kept:
        repair_recording(path)
        assert inspect_recording(path).complete
        assert [message.json()["number"] for message in read_messages(path)] == kept
