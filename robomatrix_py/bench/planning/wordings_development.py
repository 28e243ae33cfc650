"""Wordings for development: what the grammar is improved on. Seeds below 1000 draw from them.

No sentence stands in the held-out list too. The slots are those of `tasks.py`.
"""

from __future__ import annotations

from robomatrix_py.bench.planning.wordings import Wordings
from robomatrix_py.bench.planning.wordings_long import LONG
from robomatrix_py.bench.planning.wordings_refused import REFUSED
from robomatrix_py.bench.planning.wordings_simple import SIMPLE

DEVELOPMENT = Wordings(
    said={**SIMPLE, **LONG, **REFUSED},
    colors={
        "red": ("ruby", "cherry red", "scarlet", "crimson"),
        "yellow": ("golden", "lemon yellow"),
        "green": ("lime green", "olive", "emerald"),
        "cyan": ("aqua", "teal", "turquoise"),
        "blue": ("azure", "cobalt", "dark blue", "navy blue"),
        "purple": ("lavender", "mauve", "violet", "lilac"),
        "white": ("cream", "snow white", "ivory"),
        "orange": ("tangerine",),
    },
    shapes={
        "cube": ("cubic block", "die", "block", "dice"),
        "ball": ("marble", "round ball", "sphere", "orb"),
        "can": ("tin can", "beer can", "tin", "soda can"),
        "brick": ("lego brick", "slab", "bar"),
        "bottle": ("vial", "carafe", "flask"),
        "puck": ("disk", "coaster", "disc", "hockey puck"),
        "egg": ("easter egg", "ovoid"),
        "capsule": ("tablet", "pill"),
    },
    places={
        "bin": (
            "trash can",
            "dustbin",
            "wastebin",
            "garbage bin",
            "trash",
            "rubbish bin",
            "waste basket",
            "garbage can",
        ),
        "bowl": ("salad bowl", "soup dish", "dish", "basin"),
        "tray": ("tea tray", "salver", "platter", "serving tray"),
    },
    new_things=(
        "cup",
        "apple",
        "wrench",
        "scissors",
        "tape",
        "marker",
        "battery",
        "mug",
        "banana",
        "sponge",
        "lemon",
        "wallet",
    ),
    new_places=("box", "jar", "basket"),
    absent=(
        "the pink flamingo",
        "the saw",
        "my keys",
        "the laptop",
        "the brown ball",
        "the pizza",
        "the purple elephant",
        "the hammer",
        "my phone",
        "the remote control",
        "the pink cube",
        "the sandwich",
    ),
    absent_places=("freezer", "sink", "wardrobe", "microwave", "fridge", "oven", "suitcase", "backpack"),
)
