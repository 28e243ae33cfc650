"""List encoders, action models and added objects; add an object from pictures of it, or remove it again."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from robomatrix_py.commands.common import EXIT_SUCCESS
from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.policies.clip.objects import YAW_SYMMETRIES, load_object, object_names, remove_object
from robomatrix_py.runtime.added_objects import ObjectWish, add_object, plain_name, require_folder
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.settings.share import MODEL_MARK, find_model, share_folder

_DRAWN = 20
_DRAWN_MAX = 500
_IMAGES_HELP = (
    "folder of some 20 PNG or JPEG pictures, each showing the object once, in the middle, filling most of the middle "
    "square, upright on a plain ground, from all around and from above"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.set_defaults(set=[], json=False)
    _with_common(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    _with_common(actions.add_parser("list", help="what there is (default)"))
    add = actions.add_parser("add-object", help="make an object known from pictures; no skill is trained anew")
    add.add_argument("name", nargs="+", metavar="NAME", help="a noun, or a colour and a noun, such as green spool")
    add.add_argument("--images", type=Path, required=True, metavar="DIR", help=_IMAGES_HELP)
    add.add_argument(
        "--yaw-symmetry",
        type=int,
        choices=YAW_SYMMETRIES,
        default=2,
        help="after which fraction of a turn it looks the same: 0 round, 2 half turn, 4 quarter turn (default: 2)",
    )
    add.add_argument("--flat-top", action="store_true", help="something can stand on it")
    _with_common(add)
    remove = actions.add_parser("remove-object", help="forget an added object")
    remove.add_argument("name", nargs="+", metavar="NAME", help="as it was added")
    _with_common(remove)
    draw = actions.add_parser("draw-object", help="draw pictures of a simulated object, to try add-object with")
    draw.add_argument(
        "name", nargs="+", metavar="NAME", help="a colour and a shape of the simulator, such as green spool"
    )
    draw.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the pictures go")
    draw.add_argument("--count", type=int, default=_DRAWN, metavar="N", help=f"how many (default: {_DRAWN})")
    draw.add_argument("--seed", type=int, default=0, metavar="N", help="everything random follows from it (default: 0)")
    _with_common(draw)


def _with_common(parser: argparse.ArgumentParser) -> None:
    # Suppressed defaults: what stood before the action is not forgotten.
    parser.add_argument(
        "--set",
        action="append",
        default=argparse.SUPPRESS,
        metavar="KEY=VALUE",
        help="change one setting, such as perception.objects=DIR",
    )
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object and nothing else"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    settings = resolve(["perception=camera", *options.set])
    match options.action:
        case "add-object":
            answer = _add(options, settings)
        case "remove-object":
            answer = _remove(options, settings)
        case "draw-object":
            answer = _draw(options, settings)
        case _:
            answer = _list(settings)
            if not options.json:
                _show(answer)
                return EXIT_SUCCESS
    if options.json:
        print(json.dumps({key: value for key, value in answer.items() if key != "lines"}))
    else:
        print("\n".join(answer["lines"]))
    return EXIT_SUCCESS


def _add(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    from robomatrix_py.runtime.perception import encoder_folder, encoder_sha256, load_encoder

    wish = ObjectWish(" ".join(options.name), options.images, options.yaw_symmetry, options.flat_top)
    folder = encoder_folder(_perception(settings))
    item, lesson, path = add_object(wish, settings, load_encoder(folder), encoder_sha256(folder))
    alike = f"{item.pictures} pictures, alike by {item.cutout.alike:.2f}"
    nearest = f"most like {lesson.most_like} ({lesson.most_like_match:.2f})"
    return {
        "object": item.name,
        "pictures": item.pictures,
        "alike": round(item.cutout.alike, 3),
        "most_like": lesson.most_like,
        "most_like_match": round(lesson.most_like_match, 3),
        "warnings": list(lesson.doubts),
        "file": str(path),
        "lines": [
            f"added '{item.name}': {alike}; {nearest}",
            *(f"warning: {doubt}" for doubt in lesson.doubts),
            f"file  {path}",
        ],
    }


def _remove(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    name = plain_name(" ".join(options.name))
    remove_object(require_folder(_perception(settings)), name)
    return {"removed": name, "lines": [f"removed '{name}'"]}


def _draw(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    if not 1 <= options.count <= _DRAWN_MAX or options.seed < 0:
        raise ConfigError(
            f"--count {options.count} --seed {options.seed}", permitted=f"1 to {_DRAWN_MAX}, and a seed of 0 or more"
        )
    from robomatrix_py.runtime.environment import require_mujoco

    require_mujoco()
    from robomatrix_py.training.object_pictures import save_object_pictures

    name = plain_name(" ".join(options.name)).replace(" ", "_")
    paths = save_object_pictures(settings, options.count, options.seed, name, options.out)
    return {"pictures": len(paths), "folder": str(options.out), "lines": [f"{len(paths)} pictures in {options.out}"]}


def _list(settings: Settings) -> dict[str, Any]:
    config = _perception(settings)
    models = [_model(path.parent) for path in sorted((share_folder() / "policies").glob(f"*/{MODEL_MARK}"))]
    for used_as, name in (("encoder", config.encoder), ("policy", settings.skills.learned.model)):
        try:
            folder = find_model(name)
        except ConfigError:
            models.append({"name": name, "kind": used_as, "used": True, "state": "not there"})
            continue
        if str(folder) not in [model["folder"] for model in models if "folder" in model]:
            models.append(_model(folder))
        for model in models:
            model["used"] = model.get("used", False) or model.get("folder") == str(folder)
    return {"models": models, "objects": _objects(config)}


def _model(folder: Path) -> dict[str, Any]:
    about = {"name": folder.name, "folder": str(folder.resolve()), "used": False}
    try:
        manifest = json.loads((folder / MODEL_MARK).read_text(encoding="utf-8"))
        parameters = int(manifest["parameters"])
        return about | {"kind": str(manifest["kind"]), "parameters": parameters, "state": str(manifest["license"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return about | {"kind": "?", "state": f"damaged: {error!r}"}


def _objects(config: PerceptionConfig) -> list[dict[str, Any]]:
    from robomatrix_py.runtime.perception import encoder_folder, encoder_sha256

    folder = require_folder(config) if config.objects else None
    if folder is None:
        return []
    found: list[dict[str, Any]] = []
    for name in object_names(folder):
        try:
            item = load_object(folder, name)
        except ConfigError as error:
            found.append({"name": name, "state": str(error)})
            continue
        current = item.encoder_sha256 == encoder_sha256(encoder_folder(config))
        state = "ready" if current else "added with another encoder: add it again"
        found.append(
            {
                "name": name,
                "pictures": item.pictures,
                "alike": round(item.cutout.alike, 3),
                "yaw_symmetry": item.yaw_symmetry,
                "flat_top": item.flat_top,
                "state": state,
            }
        )
    return found


def _show(answer: dict[str, Any]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "kind", "from", "used", "state"):
        table.add_column(heading, overflow="fold")
    for model in answer["models"]:
        size = f"{model['parameters']:,} parameters" if "parameters" in model else "-"
        table.add_row(model["name"], model["kind"], size, "yes" if model["used"] else "no", model["state"])
    for item in answer["objects"]:
        pictures = f"{item['pictures']} pictures" if "pictures" in item else "-"
        table.add_row(item["name"], "object", pictures, "yes" if item["state"] == "ready" else "no", item["state"])
    Console(highlight=False).print(table)


def _perception(settings: Settings) -> PerceptionConfig:
    config = settings.perception
    if not isinstance(config, PerceptionConfig):
        raise DataError("camera perception has no settings", where="perception")
    return config
