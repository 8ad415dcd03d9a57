"""The contact sheet: what is in it, and that nothing in it is taken for HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import imagetasks_mock
import pytest
from vendors import XING

from .conftest import Command

HOSTILE = "\"><script>alert('x')</script><img src=x onerror=alert(1)> {{ 7*7 }}"


class Page(HTMLParser):
    """Its elements and words."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


def test_a_prompt_is_a_row_and_a_vendor_a_column(command: Command) -> None:
    vendors = ("-p", "akool", "-p", XING, "-o", "out", "--sheet")
    assert command("generate", "a pier", *vendors).exit_code == 0
    assert command("generate", "something forbidden", *vendors).exit_code == 1
    page = Page(Path("out/index.html"))
    assert len(page.of("section")) == 2
    assert {"akool", XING} <= set(page.words.split())
    assert "content policy violation" in page.words
    assert "1 credit" in page.words
    pictures = page.of("img")
    assert all((Path("out") / str(each["src"])).exists() for each in pictures)
    assert len(pictures) == 2
    assert [each["name"] for each in page.of("meta") if each.get("name")] == [
        "viewport",
        "generator",
    ]


def test_a_prompt_is_never_html(command: Command) -> None:
    made = command("generate", HOSTILE, "-p", XING, "-o", "out", "--label", HOSTILE)
    assert made.exit_code == 0
    assert command("sheet", "out").stdout == "out/index.html\n"
    page = Page(Path("out/index.html"))
    assert page.of("script") == []
    assert HOSTILE in page.words
    (picture,) = page.of("img")
    assert "onerror" not in picture
    assert picture["alt"] == HOSTILE


def test_another_page_is_left_alone(command: Command) -> None:
    Path("out").mkdir()
    empty = command("sheet", "out")
    assert empty.exit_code == 2
    assert "no sidecars" in empty.stderr
    Path("out/index.html").write_text("<h1>mine</h1>")
    command("generate", "x", "-p", XING, "-o", "out")
    assert command("sheet", "out").exit_code == 2
    assert Path("out/index.html").read_text() == "<h1>mine</h1>"


def test_a_prompt_that_was_left_out_is_said_to_be_unknown(command: Command) -> None:
    words = ("-p", XING, "-o", "out", "--no-prompts", "--sheet")
    assert command("generate", "something forbidden", *words).exit_code == 1
    assert "no prompt is known" in Page(Path("out/index.html")).words
    assert command("generate", "a pier", *words).exit_code == 0
    page = Page(Path("out/index.html"))
    assert len(page.of("section")) == 1
    assert "(content policy)" in page.words


def test_a_page_that_cannot_be_written_is_said_and_exits_with_2(
    command: Command,
) -> None:
    Path("out/index.html").mkdir(parents=True)
    command("generate", "x", "-p", XING, "-o", "out")
    refused = command("sheet", "out")
    assert (refused.exit_code, "cannot be written" in refused.stderr) == (2, True)
    assert command("generate", "x", "-p", XING, "-o", "out", "--sheet").exit_code == 2


def test_what_became_of_the_tasks_gives_the_exit_code_before_the_page_does(
    command: Command, mock: imagetasks_mock.Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = ("-p", XING, "-o", "out", "--sheet", "--no-journal")
    assert command("generate", "something forbidden", *empty).exit_code == 1
    monkeypatch.setattr(mock.clock, "speed", 0)
    late = command("generate", "x", *empty, "--timeout", "0.2")
    assert (late.exit_code, "no sidecars" in late.stderr) == (4, True)


@pytest.mark.parametrize("text", ["{", "{}", '{"schema": "imagetasks.sidecar"}'])
def test_what_is_no_sidecar_is_left_out(command: Command, text: str) -> None:
    command("generate", "x", "-p", XING, "-o", "out")
    Path("out/strange.json").write_text(text)
    result = command("sheet", "out")
    assert result.exit_code == 0
    assert "strange.json" in result.stderr
