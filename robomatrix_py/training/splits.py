"""Which things training may see and which are kept for evaluation."""

from __future__ import annotations

from robomatrix_py.sim.catalog import COLORS, SHAPE_NAMES

UNSEEN_COMBINATIONS = frozenset(
    {
        ("yellow", "cube"),
        ("purple", "cube"),
        ("orange", "ball"),
        ("white", "ball"),
        ("red", "can"),
        ("cyan", "can"),
        ("blue", "brick"),
        ("green", "bottle"),
        ("orange", "bottle"),
        ("yellow", "egg"),
        ("cyan", "capsule"),
        ("purple", "puck"),
    }
)
"""Pairs of colour and shape that appear in no training picture; each colour and each shape does, in other pairs."""

COMBINATIONS = tuple((color, shape) for color in COLORS for shape in SHAPE_NAMES)
"""All pairs of colour and shape."""

SEEN_COMBINATIONS = tuple(pair for pair in COMBINATIONS if pair not in UNSEEN_COMBINATIONS)
"""Pairs that training may see."""
