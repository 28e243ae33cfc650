"""Small charts of joint positions and of the tool, read from the recording if they are in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.data.cdr import JOINT_STATE_TYPE, POSE_STAMPED_TYPE, read_joint_state, read_pose_stamped
from robomatrix_py.data.channels import JOINT_STATE_FORM, TOOL_POSE_FORM, TOOL_POSE_TOPIC
from robomatrix_py.data.recording_reader import RecordedMessage, inspect_recording, read_messages
from robomatrix_py.data.report.markup import Markup, element

POINTS_MAX = 500
RECORDING_MAX_BYTES = 512 * 2**20
"""A larger recording is not searched for traces, so that the page is built within seconds."""

_WIDTH, _HEIGHT, _MARGIN = 1000, 100, 8
_CHART_PX = 64
_SPAN_MIN = {"rad": 0.05, "m": 0.01}
"""Smallest height of a chart, so that the noise of something at rest does not look like motion."""


@dataclass
class Trace:
    """One quantity over time.

    Args:
        label: What it is.
        unit: Its unit, or empty.
        times_s: Seconds since the run's start.
        values: As many as times.
    """

    label: str
    unit: str
    times_s: list[float]
    values: list[float]


def read_traces(recording: Path) -> tuple[Trace, ...]:
    """Return the traces of a recording: joint positions and tool position, as far as they are in it.

    Args:
        recording: The MCAP file; it may be cut off or missing.
    """
    traces: dict[str, Trace] = {}
    try:
        info = inspect_recording(recording)
        if info.size_bytes > RECORDING_MAX_BYTES:
            return ()
        for message in read_messages(recording):
            time_s = (message.log_time_ns - info.start_ns) / 1e9
            for label, unit, value in _readings(message):
                trace = traces.setdefault(label, Trace(label, unit, [], []))
                trace.times_s.append(time_s)
                trace.values.append(value)
    except DataError:
        return ()
    return tuple(traces.values())


def charts(traces: tuple[Trace, ...], span_s: float) -> Markup | None:
    """Return the traces as a grid of small charts over the run's time; None where there are none.

    Args:
        traces: What to draw.
        span_s: End of the time axis, which begins at the run's start.
    """
    drawn = [_chart(trace, span_s) for trace in traces if len(trace.values) > 1]
    return element("div", drawn, class_="traces") if drawn and span_s > 0 else None


def _readings(message: RecordedMessage) -> Iterator[tuple[str, str, float]]:
    """Yield label, unit and value of what is drawn of a message; a damaged message yields nothing."""
    try:
        match message.type_name:
            case _ if message.type_name == JOINT_STATE_FORM:
                content = message.json()
                yield from _joints(dict(zip(content["names"], content["positions"], strict=True)))
            case _ if message.type_name == JOINT_STATE_TYPE and message.topic.endswith("joint_states"):
                state = read_joint_state(message.data)
                yield from _joints(dict(zip(state.names, state.positions, strict=True)))
            case _ if message.type_name == TOOL_POSE_FORM:
                yield from _tool(message.json()["position_m"])
            case _ if message.type_name == POSE_STAMPED_TYPE and message.topic.endswith(TOOL_POSE_TOPIC):
                yield from _tool(read_pose_stamped(message.data))
    except (ValueError, KeyError, TypeError):
        return


def _joints(positions: Mapping[str, float]) -> Iterator[tuple[str, str, float]]:
    for name, value in positions.items():
        # Finger joints slide; that is in their name by the convention of `hardware/`.
        yield str(name).replace("_", " "), "m" if "finger" in str(name) else "rad", float(value)


def _tool(position_m: tuple[float, ...]) -> Iterator[tuple[str, str, float]]:
    for axis, value in zip("xyz", position_m, strict=True):
        yield f"tool {axis}", "m", float(value)


def _chart(trace: Trace, span_s: float) -> Markup:
    low, high = min(trace.values), max(trace.values)
    span = max(high - low, _SPAN_MIN.get(trace.unit, 1e-6))
    floor = (low + high - span) / 2
    stride = max(1, len(trace.values) // POINTS_MAX)
    points = " ".join(
        f"{_WIDTH * min(max(time_s / span_s, 0.0), 1.0):.1f},"
        f"{_HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * (value - floor) / span:.1f}"
        for time_s, value in zip(trace.times_s[::stride], trace.values[::stride], strict=True)
    )
    # Adding zero turns -0.0 into 0.0.
    extent = f"{round(low, 3) + 0.0:.3f} to {round(high, 3) + 0.0:.3f} {trace.unit}"
    return element(
        "figure",
        element("figcaption", element("span", trace.label), element("span", extent)),
        element(
            "svg",
            element("rect", width="100%", height="100%", rx=4, class_="frame"),
            element(
                "svg",
                element("polyline", points=points, class_="trace"),
                width="100%",
                height=_CHART_PX,
                viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
                preserveAspectRatio="none",
            ),
            element("line", x1="0%", x2="0%", y1=0, y2=_CHART_PX, class_="playhead"),
            width="100%",
            height=_CHART_PX,
            role="img",
            aria_label=f"{trace.label} over time, {extent}",
        ),
    )
