"""Objects added from pictures, as the settings describe them: adding one, and finding those that there are."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import robomatrix_py
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.policies.clip.inference import ClipEncoder
from robomatrix_py.policies.clip.object_lesson import Lesson, learn_object, read_pictures
from robomatrix_py.policies.clip.objects import AddedObject, load_object, object_names, save_object
from robomatrix_py.scheduler.language import lexicon
from robomatrix_py.scheduler.language.reader import Reader
from robomatrix_py.settings.settings import Settings
from robomatrix_py.settings.share import objects_folder

_NAME_CHARS_MAX = 40


@dataclass(frozen=True)
class ObjectWish:
    """An object that somebody wants added.

    Args:
        name: A noun, or a colour and a noun, such as ``spool`` or ``green spool``.
        images: Folder of its pictures.
        yaw_symmetry: After which fraction of a turn it looks the same: 0 round, 2 half turn, 4 quarter turn.
        flat_top: Whether something can stand on it.
    """

    name: str
    images: Path
    yaw_symmetry: int = 2
    flat_top: bool = False


def require_folder(config: PerceptionConfig) -> Path:
    """Return the folder of added objects; it need not exist.

    Raises:
        ConfigError: The settings name none.
    """
    folder = objects_folder(config.objects)
    if folder is None:
        raise ConfigError(
            "no folder for added objects", where="perception.objects", permitted="user, or a path with a '/' in it"
        )
    return folder


def added_objects(config: PerceptionConfig, encoder: ClipEncoder, encoder_sha256: str) -> dict[str, AddedObject]:
    """Return the objects that perception looks for besides those it knows in words, by name.

    Args:
        config: Where they are, and what is known in words.
        encoder: Recognises them.
        encoder_sha256: Its hash.

    Raises:
        ConfigError: An object's file is wrong, it was added with another encoder, or it is known in words by now.
    """
    folder = objects_folder(config.objects)
    if folder is None:
        return {}
    found = {name: load_object(folder, name) for name in object_names(folder)}
    for name, item in found.items():
        item.require_encoder(encoder_sha256, int(encoder.manifest["embedding"]))
        if why := _known_in_words(name, config):
            raise ConfigError(
                f"added object '{name}' {why}",
                where=str(folder),
                remedy=f"run 'robomatrix policies remove-object \"{name}\"'",
                code="KNOWN",
            )
    return found


def add_object(
    wish: ObjectWish, settings: Settings, encoder: ClipEncoder, encoder_sha256: str
) -> tuple[AddedObject, Lesson, Path]:
    """Make an object known and return it, what was learned, and its file; one of the same name is replaced.

    Args:
        wish: What is to be added.
        settings: With camera perception.
        encoder: Will recognise it.
        encoder_sha256: Its hash.

    Raises:
        ConfigError: The name cannot be understood or is known, or the settings name no folder.
        DataError: The pictures cannot be used, or nothing can be written.
    """
    config = settings.perception
    if not isinstance(config, PerceptionConfig):
        raise ConfigError("the perception source is no camera", where="perception", permitted=("camera",))
    name = check_name(wish.name, settings, config)
    folder = require_folder(config)
    pictures = read_pictures(wish.images)
    others = _comparable(folder, encoder_sha256, name)
    lesson = learn_object(encoder, pictures, config.object_captions, others)
    item = AddedObject(
        name=name,
        cutout=lesson.cutout,
        patch=lesson.patch,
        encoder_sha256=encoder_sha256,
        pictures=len(pictures),
        pictures_from=str(wish.images.resolve()),
        yaw_symmetry=wish.yaw_symmetry,
        flat_top=wish.flat_top,
        robomatrix=robomatrix_py.__version__,
    )
    return item, lesson, save_object(folder, item)


def plain_name(name: str) -> str:
    """Return a name as it is kept: small letters, words apart by one space."""
    return " ".join(name.lower().replace("_", " ").split())


def check_name(name: str, settings: Settings, config: PerceptionConfig) -> str:
    """Return a name as it is kept if people can ask for a thing by it and nothing is called so already.

    Raises:
        ConfigError: It is no noun with or without a colour, means something else, or is known.
    """
    plain = plain_name(name)
    words = plain.split()
    color, noun = (words[0], words[1]) if len(words) == 2 else ("", plain)
    shown = plain[:_NAME_CHARS_MAX]
    remedy = "take another word, such as 'spool' or 'green spool'"
    if not all(word.isascii() and word.isalpha() for word in words) or not words or len(plain) > _NAME_CHARS_MAX:
        raise ConfigError(
            f"'{shown}' is no name", where="NAME", permitted="letters a to z, at most 40", remedy=remedy, code="NAME"
        )
    if len(words) > 2 or (color and color not in lexicon.COLORS):
        raise ConfigError(
            f"'{shown}' is more than a noun", where="NAME", permitted="a noun, or a colour and a noun", remedy=remedy,
            code="NAME",
        )  # fmt: skip
    why = _known_in_words(plain, config) or Reader(settings.load_skills(), settings.planning).unfit_noun(noun)
    if why:
        raise ConfigError(f"'{shown}' cannot be added: {why}", where="NAME", remedy=remedy, code="NAME")
    return plain


def _known_in_words(name: str, config: PerceptionConfig) -> str:
    """Return why a name is taken, or an empty text."""
    noun = name.split()[-1]
    if name in config.object_captions or name in config.shapes:
        return "is known in words already"
    if noun in {*config.fixtures, *config.standing}:
        return "is furniture, which is known already"
    return ""


def _comparable(folder: Path, encoder_sha256: str, name: str) -> Mapping[str, AddedObject]:
    """Return the other objects that a new one can be compared with: whole ones of the same encoder."""
    known = {}
    for other in object_names(folder):
        with contextlib.suppress(ConfigError):
            known[other] = load_object(folder, other)
    return {other: item for other, item in known.items() if other != name and item.encoder_sha256 == encoder_sha256}
