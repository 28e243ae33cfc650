"""Heat maps of a finished run: drawn from its pictures with the shipped encoder, shown by its report."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.pictures import PictureName, save_picture
from robomatrix_py.data.records import StepRecord
from robomatrix_py.data.run_folder import STEPS_FILE
from robomatrix_py.runtime.heat_maps import draw_heat_maps, object_words
from robomatrix_py.runtime.run_writer import write_report
from robomatrix_py.settings.settings import Settings, resolve

BEFORE = PictureName(0, 1, "grasp", "before", "front_camera")
DRAWN = "pictures/step-01_try-1_grasp_attention_front-camera.jpg"


def step(skill: str = "grasp", before: str = BEFORE.path, **arguments: str | float) -> StepRecord:
    return StepRecord(
        0, 1, skill, arguments, "", 0.0, 1.0, verdict=Verdict.success("done"), pictures={"before": before}
    )


@pytest.fixture(scope="module")
def settings() -> Settings:
    return resolve(["perception=camera"])


@pytest.fixture(scope="module")
def color(settings: Settings) -> npt.NDArray[np.uint8]:
    """Return what the front camera sees of the first scene."""
    from robomatrix_py.sim.camera import SimCamera
    from robomatrix_py.sim.world import SimWorld

    world = SimWorld(settings.load_robot(), settings.model_file, settings.sim_config())
    camera = SimCamera(world, world.robot.cameras[0])
    camera.take(world)
    seen = camera.color().copy()
    camera.close()
    return seen


@pytest.fixture
def run(tmp_path: Path, color: npt.NDArray[np.uint8]) -> Path:
    """Return the folder of a run that grasped the red cube."""
    assert save_picture(tmp_path, BEFORE, color, pytest.fail) == BEFORE.path
    write(tmp_path, step(object="red_cube"))
    return tmp_path


def write(folder: Path, *steps: StepRecord) -> None:
    (folder / STEPS_FILE).write_text("".join(json.dumps(one.to_json()) + "\n" for one in steps), encoding="utf-8")


@pytest.mark.gl
def test_the_warmest_spot_lies_on_the_object(run: Path, settings: Settings) -> None:
    assert draw_heat_maps(run, settings) == [DRAWN]
    warm, seen = (np.asarray(Image.open(run / path)).astype(int) for path in (DRAWN, BEFORE.path))
    heat = warm[..., 0] - warm[..., 2]
    v, u = np.unravel_index(heat.argmax(), heat.shape)
    v, u = v * seen.shape[0] // heat.shape[0], u * seen.shape[1] // heat.shape[1]
    red, green, blue = seen[v - 4 : v + 5, u - 4 : u + 5].reshape(-1, 3).mean(0)
    assert red > 1.5 * max(green, blue)
    # Most of the picture is left grey.
    assert (heat > 60).mean() < 0.05
    assert (run / DRAWN).stat().st_size < 40_000


@pytest.mark.gl
def test_the_report_shows_it_between_before_and_after(run: Path, settings: Settings) -> None:
    after = replace(BEFORE, moment="after")
    shutil.copy(run / BEFORE.path, run / after.path)
    write(run, replace(step(object="red_cube"), pictures={"before": BEFORE.path, "after": after.path}))
    report = write_report(run, settings)
    assert report is not None
    page = report.read_text(encoding="utf-8")
    places = [page.index(f'href="{path}"') for path in (BEFORE.path, DRAWN, after.path)]
    assert places == sorted(places)
    assert "Step 1: where the encoder finds its object, front_camera" in page


@pytest.mark.gl
def test_nothing_is_drawn_where_no_camera_perceived(run: Path) -> None:
    plain = resolve([])
    assert draw_heat_maps(run, plain) == []
    report = write_report(run, plain)
    assert report is not None
    assert "attention" not in report.read_text(encoding="utf-8")
    assert not (run / DRAWN).exists()


@pytest.mark.gl
@pytest.mark.parametrize(
    "record",
    [
        step(object="purple_elephant"),
        step("dance", object="red_cube"),
        step(),
        step(object=3.0),
        step(before="pictures/step-09_try-1_grasp_before_front-camera.jpg", object="red_cube"),
        step(before="../../outside.jpg", object="red_cube"),
        step(before="pictures/step-01_try-1_grasp_before_ceiling.jpg", object="red_cube"),
    ],
    ids=["words never taught", "unknown skill", "no object", "no words", "no picture", "outside", "unknown camera"],
)
def test_step_that_cannot_be_shown_is_left_out(run: Path, settings: Settings, record: StepRecord) -> None:
    write(run, record, step(object="red_cube"))
    assert draw_heat_maps(run, settings) == [DRAWN]


@pytest.mark.gl
def test_damaged_picture_or_encoder_costs_the_report_nothing(run: Path, settings: Settings, tmp_path: Path) -> None:
    (run / BEFORE.path).write_bytes(b"no picture")
    assert draw_heat_maps(run, settings) == []
    perception = replace(settings.perception, encoder=str(tmp_path / "none"))
    assert write_report(run, replace(settings, perception=perception)) is not None


def test_objects_have_the_words_of_their_names(settings: Settings) -> None:
    skills = settings.load_skills()
    assert object_words(step(object="red_cube_2"), skills) == "red cube"
    assert object_words(step("release", object="red_cube", target="bin"), skills) == "red cube"
