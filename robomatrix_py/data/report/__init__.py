"""Builds `report.html`, the page that tells a person what happened in a run, from the run folder alone."""

from __future__ import annotations

from robomatrix_py.data.report.page import build_report

__all__ = ["build_report"]
