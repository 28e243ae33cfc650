"""The back of the page: events, what the simulator knows, versions, configuration, files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from robomatrix_py.data import run_folder as names
from robomatrix_py.data.records import EventRecord
from robomatrix_py.data.report.markup import Child, Markup, element
from robomatrix_py.data.report.tables import reading_text, table
from robomatrix_py.data.report.timeline import NOTABLE
from robomatrix_py.data.report.wording import duration_text, label_and_unit, number_text, size_text
from robomatrix_py.data.run_reader import RunRecord

EVENTS_MAX = 2000
_MOVED_M = 0.005
_STEP_FIELDS = frozenset({"index", "attempt", "skill", "arguments", "stage"})
_TURNED_RAD = math.radians(5.0)

_FILES: Mapping[str, str] = {
    names.PLAN_FILE: "the plan and its reasons",
    names.STEPS_FILE: "one line a step attempt",
    names.EVENTS_FILE: "one line an event",
    names.CONFIG_FILE: "the resolved configuration",
    names.VERSIONS_FILE: "what ran, on what",
    names.RECORDING_FILE: "all recorded messages (MCAP); opens in Foxglove",
    names.VIDEO_FILE: "the cameras",
    names.SIM_INITIAL_FILE: "true state of the simulated world at the start",
    names.SIM_FINAL_FILE: "true state of the simulated world at the end",
    names.SUMMARY_FILE: "how it ended, for programs",
}


def notable_events(run: RunRecord) -> Markup | None:
    """Return refusals, stops, retries, new plans and dead processes as a table; None where there are none."""
    events = [event for event in run.events if event.kind in NOTABLE]
    return _event_table(events) if events else None


def all_events(run: RunRecord) -> Markup | None:
    """Return every event, folded."""
    if not run.events:
        return None
    left_out = len(run.events) - EVENTS_MAX
    more = f"{left_out} more are in {names.EVENTS_FILE}."
    return element(
        "details",
        element("summary", f"All {len(run.events)} events"),
        _event_table(run.events[:EVENTS_MAX]),
        element("p", more, class_="quiet") if left_out > 0 else None,
    )


def _event_table(events: tuple[EventRecord, ...] | list[EventRecord]) -> Markup:
    rows: list[list[Child]] = [
        [
            duration_text(event.time_s),
            event.kind.replace("_", " "),
            event.source,
            [event.message, _fields(event)],
        ]
        for event in events
    ]
    return table(("Time", "What", "Who", "Details"), rows, class_="events")


def _fields(event: EventRecord) -> Markup | None:
    """Return an event's readings without those that only say which step it belongs to."""
    readings = []
    for key, value in event.fields.items():
        label, unit = label_and_unit(key)
        if key not in _STEP_FIELDS:
            readings.append(f"{label} {reading_text(value, unit)}")
    text = ", ".join(readings)
    return element("div", text, class_="quiet") if text else None


def world_table(run: RunRecord) -> Markup | None:
    """Return what truly moved in the simulated world, which neither the robot nor the judge could see."""
    before, after = _bodies(run.sim_initial), _bodies(run.sim_final)
    rows: list[list[Child]] = []
    for name in after:
        if name not in before:
            continue
        moved_m = math.dist(before[name][0], after[name][0])
        turned_rad = _angle_rad(before[name][1], after[name][1])
        if moved_m < _MOVED_M and turned_rad < _TURNED_RAD:
            continue
        inside = ", ".join(_regions_around(after[name][0], run.sim_final)) or "\N{EM DASH}"
        turned = f"{number_text(round(math.degrees(turned_rad)))}\N{DEGREE SIGN}"
        rows.append([name, f"{number_text(round(moved_m, 3))} m", turned, _point(after[name][0]), inside])
    rows += [
        [joint, f"{number_text(round(was, 3))} \N{RIGHTWARDS ARROW} {number_text(round(now, 3))}", "", "", ""]
        for joint, was, now in _changed_joints(run)
    ]
    return table(("Body", "Moved", "Turned", "Ends at (x, y, z) m", "Inside"), rows) if rows else None


def appendix(run: RunRecord) -> Markup:
    """Return versions, configuration, files and what could not be read."""
    problems = element("ul", [element("li", problem) for problem in run.problems]) if run.problems else None
    config = element("details", element("summary", "Resolved configuration"), element("pre", run.config_text))
    return element(
        "section",
        element("h2", "Files"),
        table(("File", "Size", "What it holds"), list(_files(run.folder))),
        element("h2", "Versions"),
        _versions(run) or element("p", "No versions were saved.", class_="quiet"),
        config if run.config_text else None,
        [element("h2", "What could not be read"), problems] if problems else None,
    )


def _versions(run: RunRecord) -> Markup | None:
    """Return what ran as one table, the packages under their own names."""
    rows: list[list[Child]] = []
    for name, value in run.versions.items():
        if isinstance(value, Mapping):
            rows += [
                [str(package), reading_text(version or "not installed")] for package, version in value.items()
            ]
        else:
            rows.append([name.replace("_", " "), reading_text(value)])
    return table(("What", "Version"), rows) if rows else None


def _files(folder: Path) -> Iterator[list[Child]]:
    for name, holds in _FILES.items():
        path = folder / name
        if path.is_file():
            yield [element("a", name, href=name), size_text(path.stat().st_size), holds]
    pictures = [path for path in (folder / names.PICTURES_FOLDER).glob("*.jpg") if path.is_file()]
    if pictures:
        size = sum(path.stat().st_size for path in pictures)
        yield [f"{names.PICTURES_FOLDER}/", size_text(size), f"{len(pictures)} pictures in full size"]


def _bodies(world: Mapping[str, Any]) -> dict[str, tuple[list[float], list[float]]]:
    bodies = world.get("bodies")
    if not isinstance(bodies, Mapping):
        return {}
    return {
        str(name): (body["position_m"], body["quaternion_xyzw"])
        for name, body in bodies.items()
        if _is_pose(body)
    }


def _changed_joints(run: RunRecord) -> Iterator[tuple[str, float, float]]:
    """Yield the states of fixtures that changed, such as ``cabinet.opening_m``; charts show the joints."""
    before, after = run.sim_initial.get("joints"), run.sim_final.get("joints")
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return
    for name, now in after.items():
        was = before.get(name, now)
        if "." in name and _are_numbers([was, now], 2) and abs(float(now) - float(was)) > _MOVED_M:
            yield name, float(was), float(now)


def _regions_around(point_m: list[float], world: Mapping[str, Any]) -> Iterator[str]:
    regions = world.get("regions")
    for name, region in regions.items() if isinstance(regions, Mapping) else ():
        if not isinstance(region, Mapping):
            continue
        center, half = region.get("center_m", ()), region.get("half_extents_m", ())
        if not (_are_numbers(center, 3) and _are_numbers(half, 3)):
            continue
        if all(abs(p - c) <= h for p, c, h in zip(point_m, center, half, strict=True)):
            yield str(name)


def _angle_rad(a_xyzw: list[float], b_xyzw: list[float]) -> float:
    """Return the angle of the turn between two unit quaternions."""
    cosine = abs(sum(a * b for a, b in zip(a_xyzw, b_xyzw, strict=True)))
    return 2 * math.acos(min(cosine, 1.0))


def _is_pose(body: object) -> bool:
    return (
        isinstance(body, Mapping)
        and _are_numbers(body.get("position_m"), 3)
        and _are_numbers(body.get("quaternion_xyzw"), 4)
    )


def _are_numbers(values: object, count: int) -> bool:
    """Return whether a JSON value is a list of so many finite numbers."""
    return (
        isinstance(values, list)
        and len(values) == count
        and all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in values)
    )


def _point(point_m: list[float]) -> str:
    return ", ".join(f"{value:.3f}" for value in point_m)
