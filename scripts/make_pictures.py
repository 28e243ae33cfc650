"""Make the pictures of the documentation: run the demo's task and keep what its run folder shows.

    .venv/bin/python scripts/make_pictures.py

The report is drawn by a Chromium that is on the PATH.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import av
from PIL import Image

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
TASK = "put the red cube in the bin"
STEPS = ((0, 0.95), (1, 0.6), (2, 0.45))
"""Which moments: step, and how far into it."""


def main() -> int:
    """Make the pictures and return an exit code."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "robomatrix_py.cli", "run", TASK, "--out", folder, "--json"]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180.0)
        run = Path(json.loads(answer.stdout)["run_folder"])
        IMAGES.mkdir(exist_ok=True)
        _moments(run).save(IMAGES / "demo.jpg", quality=88)
        _report(run, Path(folder))
        _attention(Path(folder))
        _steps_attention(Path(folder) / "camera")
    return 0


def _attention(folder: Path) -> None:
    """Keep what the encoder attends to in the first scene."""
    picture = folder / "attention.png"
    command = [sys.executable, "-m", "robomatrix_py.cli", "view", "--attention", "the red cube", "--out", str(picture)]
    subprocess.run(command, capture_output=True, check=True, timeout=120.0)
    Image.open(picture).save(IMAGES / "attention.jpg", quality=88)


def _steps_attention(folder: Path) -> None:
    """Keep what a run by cameras shows of every step: the picture before it, below where its object was found."""
    command = [sys.executable, "-m", "robomatrix_py.cli", "run", TASK, "--perception", "camera", "--fast"]
    answer = subprocess.run(
        [*command, "--out", str(folder), "--json"], capture_output=True, text=True, check=True, timeout=300.0
    )
    pictures = Path(json.loads(answer.stdout)["run_folder"]) / "pictures"
    found = sorted(pictures.glob("*_attention_*.jpg"))
    pairs = [(Image.open(path.with_name(path.name.replace("attention", "before"))), Image.open(path)) for path in found]
    width, height = pairs[0][1].size
    sheet = Image.new("RGB", (len(pairs) * width, 2 * height))
    for i, (before, attention) in enumerate(pairs):
        sheet.paste(before.resize((width, height)), (i * width, 0))
        sheet.paste(attention, (i * width, height))
    sheet.save(IMAGES / "report-attention.jpg", quality=85)


def _moments(run: Path) -> Image.Image:
    """Return frames of the video side by side."""
    steps = [json.loads(line) for line in (run / "steps.jsonl").read_text().splitlines()]
    times_s = [steps[i]["started_s"] + share * (steps[i]["ended_s"] - steps[i]["started_s"]) for i, share in STEPS]
    with av.open(str(run / "video.mp4")) as video:
        decoded = [(frame.time or 0.0, frame.to_ndarray(format="rgb24")) for frame in video.decode(video=0)]
    frames = [(time_s, Image.fromarray(pixels)) for time_s, pixels in decoded]
    picked = [min(frames, key=lambda frame: abs(frame[0] - time_s))[1] for time_s in times_s]
    width, height = picked[0].size
    strip = Image.new("RGB", (len(picked) * width, height))
    for i, image in enumerate(picked):
        strip.paste(image, (i * width, 0))
    return strip.resize((1440, round(1440 * strip.height / strip.width)), Image.Resampling.LANCZOS)


def _report(run: Path, folder: Path) -> None:
    """Keep the upper part of the report as a browser shows it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("no chromium on the PATH: docs/images/report.jpg is left as it is", file=sys.stderr)
        return
    picture = folder / "report.png"
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    command += ["--window-size=1000,1500", "--virtual-time-budget=4000", f"--screenshot={picture}"]
    subprocess.run([*command, (run / "report.html").as_uri()], check=True, timeout=60.0, capture_output=True)
    Image.open(picture).convert("RGB").save(IMAGES / "report.jpg", quality=85)


if __name__ == "__main__":
    sys.exit(main())
