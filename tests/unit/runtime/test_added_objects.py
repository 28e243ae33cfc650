"""Objects added from pictures, with the shipped encoder and pictures that the simulator draws."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.contracts.policy import Glance, Goal, ToolState
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.perception.heat_map import attention
from robomatrix_py.policies.action.observation import NAMES, Observer
from robomatrix_py.policies.clip.object_encoder import ObjectEncoder
from robomatrix_py.policies.clip.object_lesson import Lesson, learn_object, read_pictures
from robomatrix_py.policies.clip.objects import OBJECT_FILE, AddedObject, load_object, object_names, save_object
from robomatrix_py.runtime.added_objects import ObjectWish, add_object, check_name
from robomatrix_py.runtime.environment import apply_graph_defaults
from robomatrix_py.runtime.lockstep_cameras import LockstepCameras
from robomatrix_py.runtime.lockstep_run import make_rig
from robomatrix_py.runtime.perception import encoder_folder, encoder_sha256, load_encoder, make_encoder
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.settings.share import objects_folder

apply_graph_defaults()
from robomatrix_py.training.object_pictures import object_pictures, save_object_pictures  # noqa: E402

pytestmark = pytest.mark.gl
NAME = "green spool"
SCENE = ("scene.objects=[green_spool,red_cube,blue_can]", "scene.extra_min=0", "scene.extra_max=0")


def settings_of(folder: Path | str, *overrides: str) -> Settings:
    return resolve(["perception=camera", f"perception.objects={folder}", *overrides])


def config_of(settings: Settings) -> PerceptionConfig:
    assert isinstance(settings.perception, PerceptionConfig)
    return settings.perception


def add(images: Path, settings: Settings, name: str = NAME) -> tuple[AddedObject, Lesson, Path]:
    folder = encoder_folder(config_of(settings))
    return add_object(ObjectWish(name, images, 0, True), settings, load_encoder(folder), encoder_sha256(folder))


def drawn(name: str, count: int, seed: int = 0) -> list[npt.NDArray[np.uint8]]:
    settings = resolve([])
    return list(object_pictures(settings.load_robot(), settings.model_file, settings.scene, name, count, seed))


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    save_object_pictures(resolve([]), 20, 0, "green_spool", folder)
    return folder


@pytest.fixture(scope="module")
def objects(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of objects with the spool in it."""
    folder = tmp_path_factory.mktemp("objects")
    _, lesson, path = add(images, settings_of(folder))
    assert lesson.doubts == ()
    assert lesson.most_like in ("green can", "green puck")
    assert path == folder / "green_spool" / OBJECT_FILE
    return folder


def test_the_same_seed_draws_the_same_pictures() -> None:
    first, again, other = drawn("red_tower", 2), drawn("red_tower", 2), drawn("red_tower", 2, seed=1)
    assert np.array_equal(first, again)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first, other)


def test_what_was_saved_is_loaded(objects: Path) -> None:
    item = load_object(objects, NAME)
    assert object_names(objects) == [NAME]
    assert (item.name, item.pictures, item.yaw_symmetry, item.flat_top) == (NAME, 20, 0, True)
    again = objects.parent / "again"
    save_object(again, item)
    assert (again / "green_spool" / OBJECT_FILE).read_bytes() == (objects / "green_spool" / OBJECT_FILE).read_bytes()


def test_words_mean_what_they_meant_and_the_object_has_texts_of_its_own(objects: Path) -> None:
    config = config_of(settings_of(objects))
    plain = load_encoder(encoder_folder(config))
    encoder, added = make_encoder(config)
    assert isinstance(encoder, ObjectEncoder)
    assert set(added) == {NAME}
    texts = ("red cube", "the green spool", "background")
    read, named = encoder.read(texts), encoder.read_names(texts)
    np.testing.assert_array_equal(read[[0, 2], :-1], plain.read(("red cube", "background")))
    np.testing.assert_array_equal(read[[0, 2], -1], 0.0)
    np.testing.assert_array_equal(read[[0, 2]], named[[0, 2]])
    np.testing.assert_allclose(read[1], added[NAME].patch.row)
    np.testing.assert_allclose(named[1], added[NAME].cutout.row)
    with pytest.raises(ConfigError, match="unknown words spool"):
        encoder.read(("blue spool",))


def test_without_objects_the_shipped_encoder_itself_sees() -> None:
    config = replace(config_of(settings_of("/nowhere/objects")), objects="")
    assert make_encoder(config) == (load_encoder(encoder_folder(config)), {})


def test_cameras_name_the_object_which_they_took_for_another_thing_before(objects: Path) -> None:
    named: dict[str, list[str]] = {"before": [], "after": []}
    for seed in (301, 302):
        for when, folder in (("before", ""), ("after", str(objects))):
            rig = make_rig(settings_of(f"'{folder}'", *SCENE, f"seed={seed}"))
            while rig.now_s < 0.6:
                rig.tick()
            place_m = rig.world.pose("green_spool").position_m
            (item,) = (i for i in rig.scene if np.linalg.norm(i.position_m - place_m) < 0.03)
            named[when].append(item.name)
            if when == "after":
                assert (item.color, item.shape, item.yaw_symmetry) == ("green", "spool", 0)
                assert item.interior is not None
    assert "green_spool" not in named["before"]
    assert named["after"] == ["green_spool", "green_spool"]


def test_a_policy_that_is_asked_for_the_object_looks_at_it(objects: Path) -> None:
    settings = settings_of(objects, *SCENE)
    rig = make_rig(settings)
    assert isinstance(rig.scenes, LockstepCameras)
    while rig.scenes.sight is None:
        rig.tick()
    sight, encoder = rig.scenes.sight, make_encoder(config_of(settings))[0]
    tool = ToolState(np.array([0.4, 0.0, 0.3]), 0.0, np.zeros(3), np.array([0.4, 0.0, 0.3]), 1.0, 1.0, 0.0, 0.0)
    observer = Observer(encoder)
    observer.start(Goal("grasp", (NAME,)))
    numbers = dict(
        zip(NAMES, observer.observe(Glance(sight.views, sight.patches, (None,), tool, 1.0, 0.0), 0.0), strict=True)
    )
    seen_m = tool.commanded_xyz_m + 0.08 * np.sinh([numbers[f"thing1.front_camera.{axis}"] for axis in "xyz"])
    assert numbers["thing1.front_camera.seen"] > 0.8
    np.testing.assert_allclose(seen_m, rig.world.pose("green_spool").position_m, atol=0.02)
    with pytest.raises(ConfigError, match="unknown words"):
        observer.start(Goal("grasp", ("green tower",)))
    (front,) = (view for view in sight.views if view.camera == "front_camera")
    assert attention(encoder, front.camera, front.color, "the green spool").max() > 0.8


def test_doubts_are_told(objects: Path) -> None:
    config = config_of(settings_of(objects))
    encoder = load_encoder(encoder_folder(config))

    def doubts(pictures: list[npt.NDArray[np.uint8]]) -> str:
        lesson = learn_object(encoder, pictures, config.object_captions, {NAME: load_object(objects, NAME)})
        return "; ".join(lesson.doubts)

    spool, tower = drawn("green_spool", 6, seed=5), drawn("blue_tower", 6, seed=5)
    assert "6 pictures are few" in doubts(spool)
    assert "looks like the added green spool" in doubts(spool)
    assert "looks like the added" not in doubts(tower)
    assert "seem to show different things" in doubts(spool + tower)
    assert "seem to show different things" not in doubts(tower)
    assert "known already: blue cube" in doubts(drawn("blue_cube", 6))
    assert "look like background" in doubts([np.zeros((64, 64, 3), dtype=np.uint8)] * 6)


def _png(path: Path, edge_px: int = 64) -> None:
    Image.fromarray(np.full((edge_px, edge_px, 3), 90, dtype=np.uint8)).save(path)


def _few(folder: Path) -> None:
    for index in range(4):
        _png(folder / f"{index}.png")
    (folder / "notes.txt").write_text("no picture")


def _with_broken(text: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for index in range(6):
            _png(folder / f"{index}.png")
        (folder / "5.jpg").write_bytes(text)

    return write


def _tiny(folder: Path) -> None:
    for index in range(6):
        _png(folder / f"{index}.png", edge_px=31)


BAD_PICTURES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no folder": (lambda folder: folder.rmdir(), "no such folder"),
    "empty folder": (lambda _folder: None, "0 pictures that end with .png, .jpg, .jpeg; permitted: 5 to 500"),
    "few": (_few, "4 pictures"),
    "text": (_with_broken(b"no picture"), "5.jpg: cannot be read as a picture"),
    "truncated": (_with_broken(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "5.jpg: cannot be read as a picture"),
    "pickle": (_with_broken(b"\x80\x04cos\nsystem\n."), "5.jpg: cannot be read as a picture"),
    "tiny": (_tiny, "31 x 31 pixels"),
}


@pytest.mark.parametrize("case", BAD_PICTURES)
def test_bad_pictures_are_refused_by_name_and_nothing_is_written(case: str, tmp_path: Path) -> None:
    write, message = BAD_PICTURES[case]
    (tmp_path / "images").mkdir()
    write(tmp_path / "images")
    with pytest.raises(DataError, match=message):
        add(tmp_path / "images", settings_of(tmp_path / "objects"))
    assert not (tmp_path / "objects").exists()


def test_pictures_are_cut_to_their_middle_square(tmp_path: Path) -> None:
    wide = np.zeros((40, 100, 3), dtype=np.uint8)
    wide[:, 30:70] = 200
    for index in range(5):
        Image.fromarray(wide).save(tmp_path / f"{index}.PNG")
    for picture in read_pictures(tmp_path):
        assert picture.shape == (40, 40, 3)
        assert (picture == 200).all()


BAD_NAMES: dict[str, str] = {
    "": "is no name",
    "spool3": "is no name",
    "../spool": "is no name",
    "späule": "is no name",
    "s" * 41: "is no name",
    "old spool": "is more than a noun",
    "big green spool": "is more than a noun",
    "green can": "is known in words already",
    "can": "is known in words already",
    "bin": "is furniture",
    "black drawer": "is furniture",
    "green": "it is a colour",
    "cubes": "it is a plural",
    "thing": "has another meaning in instructions",
    "left": "has another meaning in instructions",
    "into": "has another meaning in instructions",
    "cat": "people and animals are never acted on",
}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_bad_names_are_refused(name: str) -> None:
    settings = settings_of("/nowhere/objects")
    with pytest.raises(ConfigError, match=BAD_NAMES[name]):
        check_name(name, settings, config_of(settings))


@pytest.mark.parametrize("name", ["spool", "Green_Spool", "black can", "mug", "marble", "ring"])
def test_good_names_are_kept_in_small_letters(name: str) -> None:
    settings = settings_of("/nowhere/objects")
    assert check_name(name, settings, config_of(settings)) == name.lower().replace("_", " ")


def _changed(**values: Any) -> Callable[[Path], None]:
    return lambda path: path.write_text(json.dumps(json.loads(path.read_text()) | values))


def _weights(numbers: list[Any]) -> Callable[[Path], None]:
    return _changed(cutout={"weights": numbers, "offset": 0.0, "alike": 0.9})


BAD_FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "other encoder": (
        _changed(encoder_sha256="0" * 64),
        "added with encoder 000000000000.*run 'robomatrix policies add-object \"green spool\" --images .*' again",
    ),
    "cut off": (lambda path: path.write_text(path.read_text()[:200]), "no added object"),
    "no JSON": (lambda path: path.write_bytes(b"\x80\x04cos\nsystem\n."), "no added object"),
    "a list": (lambda path: path.write_text("[]"), "no added object"),
    "further key": (_changed(_target_="os.system"), "keys are not those of format 1"),
    "other format": (_changed(format=2), "keys are not those of format 1"),
    "other name": (_changed(name="red spool"), "named 'red spool' in a folder of 'green spool'"),
    "symmetry": (_changed(yaw_symmetry=3), "yaw_symmetry is 3"),
    "weights of another length": (_weights([0.1] * 63), "63 weights; permitted: 64"),
    "weights that are none": (_weights(["x"] * 64), "no added object"),
    "weights that are not finite": (_weights([float("nan")] * 64), "not finite"),
    "huge": (_changed(robomatrix="x" * 2**18), "more than 262144 bytes"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_files_that_do_not_fit_are_refused_by_perception(case: str, objects: Path, tmp_path: Path) -> None:
    damage, message = BAD_FILES[case]
    path = save_object(tmp_path, load_object(objects, NAME))
    damage(path)
    with pytest.raises(ConfigError, match=message):
        make_encoder(config_of(settings_of(tmp_path)))


def test_object_that_perception_knows_in_words_by_now_is_refused(objects: Path) -> None:
    settings = settings_of(objects, "+perception.shapes.spool={yaw_symmetry: 0}")
    with pytest.raises(ConfigError, match=r"known in words already.*remove-object"):
        make_encoder(config_of(settings))


def test_an_object_can_be_added_again_beside_damaged_ones(images: Path, objects: Path, tmp_path: Path) -> None:
    save_object(tmp_path, load_object(objects, NAME)).write_text("{}")
    (tmp_path / "red_mug").mkdir()
    (tmp_path / "red_mug" / OBJECT_FILE).write_text("{}")
    item, _, _ = add(images, settings_of(tmp_path))
    assert load_object(tmp_path, NAME).encoder_sha256 == item.encoder_sha256


def test_objects_are_kept_with_the_users_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert objects_folder("user") == tmp_path / "robomatrix" / "objects"
    monkeypatch.setenv("XDG_DATA_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert objects_folder("user") == tmp_path / ".local" / "share" / "robomatrix" / "objects"
    assert objects_folder("") is None
    assert objects_folder("~/things") == tmp_path / "things"
    with pytest.raises(ConfigError, match="no folder 'things'"):
        objects_folder("things")
