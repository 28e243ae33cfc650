"""The page in a real browser: it renders, plays, reacts, runs nothing foreign and asks for nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_report import hostile_run

from robomatrix_py.data import run_folder as names

pytestmark = pytest.mark.browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the Python package playwright")
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"needs a browser, one of {', '.join(BROWSERS)}")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


class Opened:
    """A report in the browser, with everything it asked for and said."""

    def __init__(self, browser: Any, folder: Path, width: int = 1100, scheme: str = "light") -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.requests: list[str] = []
        self.messages: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.messages.append(dialog.message), dialog.dismiss()))
        self.page.goto(f"file://{folder / names.REPORT_FILE}", timeout=20_000)


@pytest.mark.gl
def test_video_plays_and_follows_the_timeline(browser: Any, recorded_run: Path) -> None:
    opened = Opened(browser, recorded_run)
    page = opened.page
    page.wait_for_function("document.querySelector('video').readyState >= 2", timeout=20_000)
    video = page.evaluate("(() => { const v = document.querySelector('video'); return [v.duration, v.videoWidth] })()")
    assert video == [pytest.approx(9.1, abs=0.1), 640]
    page.locator(".attempt").nth(1).click()
    page.wait_for_function("Math.abs(document.querySelector('video').currentTime - 2.62) < 0.05", timeout=5_000)
    assert page.evaluate("getComputedStyle(document.querySelector('.playhead')).opacity") == "1"
    own = {f"file://{recorded_run / name}" for name in (names.REPORT_FILE, names.VIDEO_FILE)}
    assert {url for url in opened.requests if not url.startswith("data:")} == own
    assert opened.messages == []


@pytest.mark.gl
def test_pictures_are_visible(browser: Any, recorded_run: Path) -> None:
    page = Opened(browser, recorded_run).page
    widths = page.evaluate("[...document.images].map(image => image.complete && image.naturalWidth)")
    assert widths == [640] * 8


@pytest.mark.gl
@pytest.mark.parametrize("width", [320, 390, 1100])
def test_nothing_is_wider_than_the_screen(browser: Any, recorded_run: Path, width: int) -> None:
    page = Opened(browser, recorded_run, width).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.gl
def test_light_and_dark(browser: Any, recorded_run: Path) -> None:
    """Paper and ink change places, and text keeps the contrast that WCAG asks for (4.5 to 1)."""
    paper = {}
    for scheme in ("light", "dark"):
        page = Opened(browser, recorded_run, scheme=scheme).page
        colors = {
            name: page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).{what}")
            for name, selector, what in (
                ("paper", "body", "backgroundColor"),
                ("ink", "body", "color"),
                ("quiet", ".eyebrow", "color"),
                ("card", ".card", "backgroundColor"),
                ("verdict", ".verdict strong", "color"),
                ("tint", ".verdict", "backgroundColor"),
                ("link", "a[href$=json]", "color"),
            )
        }
        for ink, ground in (
            ("ink", "paper"),
            ("quiet", "paper"),
            ("quiet", "card"),
            ("verdict", "tint"),
            ("link", "paper"),
        ):
            assert contrast(colors[ink], colors[ground]) >= 4.5, (scheme, ink, ground)
        paper[scheme] = luminance(colors["paper"])
    assert paper["light"] > 0.8
    assert paper["dark"] < 0.05


def test_hostile_names_do_not_run(browser: Any, tmp_path: Path) -> None:
    hostile_run(tmp_path)
    opened = Opened(browser, tmp_path)
    opened.page.wait_for_timeout(50)
    assert opened.messages == []
    assert len(opened.requests) == 1
    assert opened.page.evaluate("document.scripts.length") == 1


def test_foreign_script_would_be_stopped_by_the_policy(browser: Any, tmp_path: Path) -> None:
    """A second line of defence: even markup that got into the page could not run."""
    hostile_run(tmp_path)
    path = tmp_path / names.REPORT_FILE
    path.write_text(path.read_text().replace("<header>", "<script>window.ran = 1</script><header>"))
    opened = Opened(browser, tmp_path)
    assert opened.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in message for message in opened.messages)


def luminance(color: str) -> float:
    """Return the relative luminance of a CSS color such as ``rgb(1, 2, 3)``."""
    channels = [int(part) / 255 for part in color[color.index("(") + 1 : -1].split(",")[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colors, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
