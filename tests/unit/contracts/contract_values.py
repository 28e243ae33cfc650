"""Strategies for values of the contracts."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.predicate import PREDICATES, Atom

LENGTHS = st.floats(-10.0, 10.0)
ANGLES = st.floats(-math.pi, math.pi)
POINTS = st.tuples(LENGTHS, LENGTHS, LENGTHS).map(np.array)
QUATERNIONS = (
    st.tuples(*[st.floats(-1.0, 1.0)] * 4)
    .map(np.array)
    .filter(lambda q: np.linalg.norm(q) > 0.1)
    .map(lambda q: q / np.linalg.norm(q))
)
POSES = st.builds(Pose, POINTS, QUATERNIONS)
WORDS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


@st.composite
def atoms(draw: st.DrawFn, arguments: st.SearchStrategy[str] = WORDS) -> Atom:
    """Draw a fact of any known kind."""
    predicate = draw(st.sampled_from(sorted(PREDICATES)))
    return Atom(predicate, tuple(draw(arguments) for _ in PREDICATES[predicate]))
