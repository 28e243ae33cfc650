"""`run --rehearse` on a running graph, and what is learnt from it: counts and a macro-skill, used by the same graph."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from ros_graph import PATIENT_OPTIONS, robomatrix, start_robomatrix

from robomatrix_py.runtime.domain import DomainMark

pytestmark = pytest.mark.ros


@pytest.mark.slow
def test_rehearsed_run_is_counted_and_saved_as_a_macro_skill(
    domain: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    up = start_robomatrix("up", "--out", str(tmp_path / "up"), *PATIENT_OPTIONS)
    try:
        deadline_s = time.monotonic() + 60.0
        while DomainMark(domain).read() is None:
            assert time.monotonic() < deadline_s, "the graph did not start"
            time.sleep(0.05)
        runs = tmp_path / "runs"
        options = ("--out", str(runs), "--json")
        done = robomatrix("run", "press the button", "--rehearse", *options, timeout_s=150.0)
        assert done.returncode == 0, (done.stderr, done.stdout[:3000])
        (folder,) = runs.iterdir()
        rehearsal = json.loads((folder / "rehearsal" / "summary.json").read_text())
        assert (rehearsal["mode"], rehearsal["verdict"]["outcome"]) == ("rehearsal", "succeeded")
        plan = json.loads((folder / "plan.json").read_text())
        assert "rehearsed in simulation and verified there" in plan["notes"]
        kinds = [json.loads(line)["kind"] for line in (folder / "events.jsonl").read_text().splitlines()]
        assert kinds.index("rehearsal") < kinds.index("plan")

        record = tmp_path / "own" / "robomatrix" / "experience.jsonl"
        lines = [json.loads(line) for line in record.read_text().splitlines()]
        assert {line["reality"]: line["counts"] for line in lines} == {
            "rehearsed": [["press", ["button"], 1, 0]],
            "simulated": [["press", ["button"], 1, 0]],
        }

        saved = robomatrix("skills", "save", "ring", "--run", str(folder), "--phrase", "ring the bell", timeout_s=60.0)
        assert saved.returncode == 0, saved.stderr
        said = robomatrix("plan", "ring the bell", "--json", timeout_s=60.0)
        assert json.loads(said.stdout)["steps"] == [{"skill": "press", "arguments": {"button": "button"}}]

        # A run folder whose rehearsal was not verified is not carried out, whoever asks for it.
        missing = robomatrix("run", "press the red cube", "--rehearse", *options, timeout_s=60.0)
        assert missing.returncode == 1
        assert not any((path / "rehearsal").exists() for path in runs.iterdir() if path != folder)
    finally:
        up.send_signal(signal.SIGINT)
        began_s = time.monotonic()
        up.communicate(timeout=20.0)
        assert time.monotonic() - began_s < 20.0
