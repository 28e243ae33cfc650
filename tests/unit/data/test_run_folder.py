"""Creating a run folder, writing into it, and what happens when the disk does not go along."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import re
import resource
from multiprocessing.connection import Connection
from pathlib import Path

import child_process
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.data.disk import predict_run_bytes
from robomatrix_py.data.run_folder import EVENTS_FILE, PLAN_FILE, RunFolder, slug


def create(parent: Path, faults: list[DataError], name: str = "put it away", size: int = 1000) -> RunFolder:
    return RunFolder.create(parent, name, predicted_bytes=size, on_fault=faults.append)


def test_name_has_utc_time_and_plain_words(tmp_path: Path, faults: list[DataError]) -> None:
    run = create(tmp_path / "not" / "yet" / "there", faults, "Put the <red> CUBE in the bin!")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ_put-the-red-cube-in-the-bin", run.path.name)
    assert run.path.is_dir()


def test_runs_of_one_second_do_not_share_a_folder(tmp_path: Path, faults: list[DataError]) -> None:
    assert len({create(tmp_path, faults).path for _ in range(5)}) == 5


@given(st.text())
def test_slug_is_a_safe_file_name(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?", slug(text))


def test_file_in_the_way_is_refused(tmp_path: Path, faults: list[DataError]) -> None:
    obstacle = tmp_path / "runs"
    obstacle.write_text("mine")
    for parent in (obstacle, obstacle / "deeper"):
        with pytest.raises(DataError, match=r"runs: is not a folder.*--out.*DATA.NOT_A_FOLDER"):
            create(parent, faults)
    assert obstacle.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [obstacle]


def test_too_little_room_is_refused_first(tmp_path: Path, faults: list[DataError]) -> None:
    with pytest.raises(DataError, match=r"MiB are free.*delete old runs.*DATA.NO_SPACE"):
        create(tmp_path / "runs", faults, size=10**18)
    assert list(tmp_path.iterdir()) == []


def create_as_nobody(parent: Path, answer: Connection) -> None:
    if os.geteuid() == 0:  # root may write everywhere
        os.setuid(65534)
    try:
        create(parent, [])
    except DataError as error:
        answer.send(str(error))
    else:
        answer.send("created")


def test_parent_without_permission_is_refused(tmp_path: Path) -> None:
    parent = tmp_path / "locked"
    parent.mkdir(mode=0o500)
    ours, theirs = multiprocessing.Pipe()
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=create_as_nobody, args=(parent / "runs", theirs))
    process.start()
    process.join(10)
    assert ours.poll()
    assert re.search(r"cannot be created.*--out \[DATA.UNWRITABLE\]", ours.recv())
    assert list(parent.iterdir()) == []


def test_created_parents_are_taken_back_when_the_run_folder_fails(
    tmp_path: Path, faults: list[DataError], monkeypatch: pytest.MonkeyPatch
) -> None:
    real_mkdir = Path.mkdir

    def mkdir(path: Path) -> None:
        if "put-it" in path.name:
            raise OSError(28, "No space left on device")
        real_mkdir(path)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(DataError, match="No space left on device"):
        create(tmp_path / "a" / "b", faults)
    assert list(tmp_path.iterdir()) == []


def test_links_in_a_circle_are_refused(tmp_path: Path, faults: list[DataError]) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(DataError):
        create(tmp_path / "a" / "runs", faults)


def test_records_are_on_disk_before_close(tmp_path: Path, faults: list[DataError]) -> None:
    run = create(tmp_path, faults)
    run.append_jsonl(EVENTS_FILE, {"time_s": 0.5})
    run.append_jsonl(EVENTS_FILE, {"time_s": float("nan")})
    lines = (run.path / EVENTS_FILE).read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"time_s": 0.5}, {"time_s": None}]
    run.close()
    run.close()
    run.append_jsonl(EVENTS_FILE, {"time_s": 1.0})
    assert len((run.path / EVENTS_FILE).read_text().splitlines()) == 2
    assert faults == []


def test_sync_happens_at_most_every_200_ms_and_on_close(
    tmp_path: Path, faults: list[DataError], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced_at: list[float] = []
    now = [100.0]
    monkeypatch.setattr(os, "fdatasync", lambda _: synced_at.append(now[0]))
    run = RunFolder(tmp_path, faults.append, clock=lambda: now[0])
    for _ in range(100):
        run.append_jsonl(EVENTS_FILE, {})
        now[0] += 0.01
    assert len(synced_at) == 4
    assert all(later - sooner >= 0.2 - 1e-9 for sooner, later in itertools.pairwise(synced_at))
    now[0] += 1.0
    run.sync_if_due()
    run.sync_if_due()
    assert len(synced_at) == 5
    run.close()
    assert len(synced_at) == 6


def test_json_is_replaced_whole(tmp_path: Path, faults: list[DataError], monkeypatch: pytest.MonkeyPatch) -> None:
    run = create(tmp_path, faults)
    run.write_json(PLAN_FILE, {"old": 1})

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    run.write_json(PLAN_FILE, {"new": 2})
    assert json.loads((run.path / PLAN_FILE).read_text()) == {"old": 1}
    assert [path.name for path in run.path.iterdir()] == [PLAN_FILE]
    assert [fault.code for fault in faults] == ["DATA.WRITE"]


def test_a_fault_is_reported_once_and_raises_nothing(tmp_path: Path, faults: list[DataError]) -> None:
    """A real refusal of the kernel: files may not grow beyond a limit."""
    run = create(tmp_path, faults)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        for number in range(200):
            run.append_jsonl(EVENTS_FILE, {"number": number, "text": "x" * 100})
        run.write_json(PLAN_FILE, {"long": "x" * 10_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    lines = (run.path / EVENTS_FILE).read_bytes().decode()
    assert lines.endswith("\n"), "the piece that did not fit was taken back"
    numbers = [json.loads(line)["number"] for line in lines.splitlines()]
    assert numbers == list(range(len(numbers)))
    assert 20 < len(numbers) < 40
    assert [fault.code for fault in faults] == ["DATA.NO_SPACE"]
    assert not (run.path / PLAN_FILE).exists()
    run.close()


FILL = """
import sys
from pathlib import Path
from robomatrix_py.data.disk import predict_run_bytes
from robomatrix_py.data.run_folder import RunFolder
faults = []
run = RunFolder(Path(sys.argv[1]), faults.append)
for number in range(30_000):
    run.append_jsonl("events.jsonl", {"number": number, "text": "x" * 200})
run.close()
text = (run.path / "events.jsonl").read_text()
print(len(faults), faults[0].code, text.endswith("\\n"), len(text.splitlines()) > 1000)
"""


def test_full_disk_stops_the_log_with_whole_lines(tmp_path: Path) -> None:
    said = child_process.run_on_small_disk(FILL, tmp_path, "2m")
    assert said.split() == ["1", "DATA.NO_SPACE", "True", "True"]


APPEND = """
import sys
from pathlib import Path
from robomatrix_py.data.disk import predict_run_bytes
from robomatrix_py.data.run_folder import RunFolder
run = RunFolder(Path(sys.argv[1]), lambda fault: None)
number = 0
while True:
    run.append_jsonl("events.jsonl", {"number": number})
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("delay_s", child_process.random_delays_s(6, 0.3))
def test_kill_9_loses_no_line(tmp_path: Path, delay_s: float) -> None:
    last, _ = child_process.kill_after(APPEND, tmp_path, delay_s)
    whole = (tmp_path / EVENTS_FILE).read_text().split("\n")[:-1]
    assert [json.loads(line)["number"] for line in whole] == list(range(len(whole)))
    assert len(whole) > int(last)


@pytest.mark.gl
def test_prediction_grows_and_covers_what_a_run_writes(recorded_run: Path) -> None:
    written = sum(path.stat().st_size for path in recorded_run.rglob("*") if path.is_file())
    assert written < predict_run_bytes(9.2, 3) < 20 * written
    assert predict_run_bytes(60, 3) > predict_run_bytes(30, 3)
    assert predict_run_bytes(30, 9) > predict_run_bytes(30, 3)


def test_resumed_log_goes_on_after_the_last_whole_line(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(b'{"a":1}\n{"torn')
    faults: list[DataError] = []
    folder = RunFolder(tmp_path, faults.append, resume=True)
    folder.append_jsonl("events.jsonl", {"b": 2})
    folder.close()
    assert (tmp_path / "events.jsonl").read_bytes() == b'{"a":1}\n{"b":2}\n'
    assert not faults
