"""The contact sheet in a real browser: on a desk and on a phone, light and dark, with whatever a prompt holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.browser import Browser
from vendors import XING

from .conftest import Command

pytestmark = pytest.mark.node
HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(2)</script>\u202egnp.exe " + "w" * 300
)
SCREENS: list[dict[str, Any]] = [
    {"viewport": {"width": width, "height": 800}, "colorScheme": scheme}
    for width in (1280, 375)
    for scheme in ("light", "dark")
]
LOOK = """
page = await open(arg.url, arg.screen);
await page.evaluate(() => document.querySelectorAll("img").forEach((each) => { each.loading = "eager"; }));
await page.waitForFunction(() => [...document.images].every((each) => each.complete));
if (arg.picture) await page.screenshot({ path: arg.picture, fullPage: true });
return {
  pictures: await page.evaluate(() => [...document.images].map((each) => each.naturalWidth > 0 && each.clientWidth > 100)),
  videos: await page.locator("video").count(),
  scripts: await page.locator("script").count(),
  isWider: await page.evaluate(() => document.documentElement.scrollWidth > innerWidth),
  columns: await page.evaluate(() => new Set([...document.querySelectorAll("h2")].map((each) => each.offsetLeft)).size),
  background: await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor),
  text: await page.innerText("body"),
  problems: page.problems,
};
"""
AXE = """
await page.evaluate(axe);
return (await page.evaluate(() => axe.run())).violations.map((each) => `${each.id}: ${each.nodes[0].html}`);
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    started = Browser()
    yield started
    started.close()


@pytest.fixture
def page(command: Command) -> Path:
    vendors = ("-p", "akool", "-p", XING, "-o", "out")
    command("generate", "a pier at dusk, long exposure", *vendors, "-n", "2")
    command("generate", HOSTILE, *vendors, "--aspect-ratio", "16:9", "--label", "seven")
    command("generate", "something forbidden", *vendors)
    video = ("-p", "aigptimage", "--video", "--resolution", "720p")
    assert command("generate", "waves", *video, "-o", "out").exit_code == 0
    assert command("sheet", "out").exit_code == 0
    return Path("out/index.html").resolve()


@pytest.mark.long
def test_it_is_good_to_look_at_on_every_screen(browser: Browser, page: Path) -> None:
    backgrounds = set()
    for screen in SCREENS:
        seen = browser.run(LOOK, url=page.as_uri(), screen=screen, picture=None)
        assert len(seen["pictures"]) == 6
        assert all(seen["pictures"])
        assert seen["videos"] == 1
        assert not seen["isWider"]
        assert seen["columns"] == (1 if screen["viewport"]["width"] < 640 else 3)
        assert seen["text"].count("failed") >= 2
        backgrounds.add((screen["colorScheme"], seen["background"]))
        assert browser.run(AXE) == []
    assert len(backgrounds) == 2


@pytest.mark.long
def test_nothing_in_it_is_taken_for_html(browser: Browser, page: Path) -> None:
    seen = browser.run(LOOK, url=page.as_uri(), screen=SCREENS[0], picture=None)
    assert seen["scripts"] == 0
    assert seen["problems"] == []
    assert "<script>alert(2)</script>" in seen["text"]
