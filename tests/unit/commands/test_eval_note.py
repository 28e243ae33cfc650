"""`robomatrix eval --note` writes only what is worth noting."""

from __future__ import annotations

import pytest
from command_line import robomatrix


@pytest.mark.parametrize(
    ("options", "told"),
    [(("--policy", "scripted"), "learned"), (("--policy", "learned", "--seed", "5"), "development")],
)
def test_figures_that_are_not_worth_noting_are_refused(options: tuple[str, ...], told: str) -> None:
    trial = ("--perception", "sim_truth", "--episodes", "1", "--skills", "press")
    refused = robomatrix("eval", "--note", *trial, *options)
    assert refused.code == 2
    assert told in refused.err
