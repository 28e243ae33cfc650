"""SIGTERM and Ctrl+C while compiled code runs."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from robomatrix_py.commands.signals import Interrupted, interruptible, raise_if_interrupted, raise_on_signals

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers_as_before() -> Iterator[None]:
    before = [signal.getsignal(number) for number in _NUMBERS]
    raise_on_signals()
    yield
    raise_on_signals()
    for number, handler in zip(_NUMBERS, before, strict=True):
        signal.signal(number, handler)


def buffer_taken_during(number: signal.Signals) -> None:
    """What Cython does to an exception raised while it takes a buffer."""
    try:
        signal.raise_signal(number)
    except KeyboardInterrupt as error:
        raise ValueError("Buffer dtype mismatch, expected 'int' but got Python object") from error


@pytest.mark.parametrize("number", _NUMBERS)
def test_interruption_made_another_exception_is_still_one(number: signal.Signals) -> None:
    with pytest.raises(Interrupted, match=number.name), interruptible():
        buffer_taken_during(number)


def test_exception_without_a_signal_is_left_as_it_is() -> None:
    with pytest.raises(ValueError, match="wrong"), interruptible():
        raise ValueError("wrong")


def test_interruption_that_was_lost_is_raised_at_the_next_occasion() -> None:
    raise_if_interrupted()
    with pytest.raises(ValueError, match="Buffer"):
        buffer_taken_during(signal.SIGTERM)
    with pytest.raises(Interrupted, match="SIGTERM"):
        raise_if_interrupted()
