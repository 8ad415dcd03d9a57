"""The pages that are made of the specs: what a spec says stands on its page."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import make_pages
import pytest
import yaml
from document import Document
from vendor_pages.diagram import diagram
from vendor_pages.page import lifecycles, page
from vendor_pages.words import limits

ROOT = Path(__file__).parents[2]
SPECS = {
    path.stem: Document(yaml.safe_load(path.read_text("utf-8")))
    for path in (*(ROOT / "openapi").glob("*.yaml"), ROOT / "tests" / "new_vendor" / "brushwood.yaml")
    if path.name != "sources.yaml"
}  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=SPECS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_page_has_all_that_its_spec_says(name: str) -> None:
    spec = SPECS[name]
    text = page(spec, name)
    for pointer, operation in spec.operations():
        if "/callbacks/" not in pointer:
            assert f"### {operation['operationId']}\n" in text
        for source in operation.get("x-source", ()):
            assert f"<{source['url']}> | {source['read']}" in text
    for pointer, schema in spec.schemas():
        if "/callbacks/" in pointer or "/if" in pointer or "/then" in pointer:
            continue
        for field in schema.get("properties", {}):
            assert f"{field}`" in text, pointer
    for entry in spec.data.get("x-codes", {}).get("meanings", ()):
        assert f"| `{entry['code']}` | {entry['error'].replace('-', ' ')}" in text
    assert text.count(" is `") >= len(spec.data.get("x-prices", {}).get("prices", ()))
    for tier in spec.data.get("x-rate-limits", {}).get("tiers", ()):
        assert f"| `{tier}` |" in text


def test_what_no_page_says_is_said(name: str) -> None:
    text = page(SPECS[name], name).partition("## Not documented")[2]
    assert text.count("\n- ") >= 1
    assert ("x-prices" in SPECS[name].data) is ("\n- prices\n" not in text)


def test_the_picture_shows_each_state_and_stands_alone(name: str) -> None:
    for _, lifecycle in lifecycles(SPECS[name]):
        picture = ElementTree.fromstring(diagram(lifecycle, "A title", "submits"))
        words = [node.text for node in picture.iter(f"{SVG}text")]
        for state in lifecycle["states"]:
            assert str(state["value"]) in words
        width, height = float(picture.attrib["width"]), float(picture.attrib["height"])
        for box in picture.iter(f"{SVG}rect"):
            assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width
            assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height
            middle = float(box.attrib["x"]) + float(box.attrib["width"]) / 2
            inside = [n for n in picture.iter(f"{SVG}text") if float(n.attrib["x"]) == middle]  # fmt: skip
            assert inside
            for words_in_it in inside:  # 0.55: of its size, a letter's usual width
                length = len(words_in_it.text or "") * 0.55
                assert length * float(words_in_it.attrib["font-size"]) <= 168
        tags = {node.tag.removeprefix(SVG) for node in picture.iter()}
        assert not tags & {"script", "style", "image", "foreignObject", "use"}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"minimum": 1, "maximum": 4}, "1 to 4"),
        ({"minLength": 1}, "not empty"),
        ({"maxItems": 6}, "up to 6 entries"),
        ({"minItems": 5, "maxItems": 5}, "5 entries"),
        ({"enum": ["1k", 2]}, "`1k`, `2`"),
        ({"minimum": 0, "x-documented-default": 0.5}, "at least 0; default `0.5`"),
        ({"x-size-rules": {"edge-multiple-of": 16}}, "both edges multiples of 16"),
        ({"pattern": "^a|b$"}, r"matches `^a\|b$`"),
    ],
)
def test_a_limit_is_said_in_words(schema: dict[str, Any], words: str) -> None:
    assert limits(schema) == words


def test_a_spec_that_changed_and_a_page_of_no_vendor_are_told(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "openapi", tmp_path / "openapi")
    shutil.copytree(ROOT / "docs" / "vendors", tmp_path / "docs" / "vendors")
    shutil.copy(ROOT / "docs" / "extensions.md", tmp_path / "docs")
    made = make_pages.pages(tmp_path)
    assert make_pages.differences(tmp_path, made) == []
    (tmp_path / "openapi" / "akool.yaml").unlink()
    spec = tmp_path / "openapi" / "gptimage2api.yaml"
    spec.write_text(spec.read_text().replace("result URL", "URL of a result"))
    told = make_pages.differences(tmp_path, make_pages.pages(tmp_path))
    assert {str(path) for path in told} >= {"docs/vendors/akool.md", "docs/vendors/images/akool.svg", "docs/vendors/gptimage2api.md"}  # fmt: skip
