"""What the documentation is built from: the reference has every public name, docstrings become what Sphinx reads."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS / "sphinx_extensions"))
sys.path.insert(0, str(DOCS))

check_site = importlib.import_module("check_site")
elsewhere = importlib.import_module("elsewhere")
plain_docstrings = importlib.import_module("plain_docstrings")

PUBLIC = ("imagetasks", "imagetasks.durable", "imagetasks.otel", "imagetasks.providers", "imagetasks.testing", "imagetasks_mock")  # fmt: skip
DOCUMENTED = re.findall(
    r"(?m)^\.\. auto(?:class|function|data|exception):: ([\w.]+)$",
    "".join(page.read_text("utf-8") for page in (DOCS / "reference").glob("*.md")),
)


@pytest.mark.parametrize("module", PUBLIC)
def test_the_reference_has_every_public_name_once(module: str) -> None:
    names = {f"{module}.{name}" for name in importlib.import_module(module).__all__}
    there = [name for name in DOCUMENTED if name.rpartition(".")[0] == module]
    assert sorted(there) == sorted(names)


def test_the_index_has_every_page_of_the_reference() -> None:
    index = (DOCS / "index.md").read_text("utf-8")
    for page in (DOCS / "reference").glob("*.md"):
        assert f"\nreference/{page.stem}\n" in index


DOCSTRING = """\
What it does with `a_name`.

    with client:
        client.run()

    more()

first, second: what they are,
    in two lines.
third: one more.

Raises:
    ValueError: for `nonsense`.

| what | counts |
|------|--------|
| `a`  | b      |"""
AS_REST = """\
What it does with ``a_name``.

.. code-block:: python

    with client:
        client.run()

    more()

- **first, second**: what they are,
  in two lines.
- **third**: one more.

Raises:
    ValueError: for ``nonsense``.

.. list-table::
   :header-rows: 1

   *  - what
      - counts
   *  - ``a``
      - b"""


def test_a_docstring_becomes_what_sphinx_reads() -> None:
    made = plain_docstrings.as_rest(DOCSTRING.splitlines())
    assert "\n".join(made) == AS_REST


def test_a_page_that_is_a_link_stands_for_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("[The mock](../mock/README.md)\n")
    (tmp_path / "other.md").write_text("See [the mock](../mock/README.md).\n")
    assert elsewhere.stands_for(tmp_path / "page.md").parts[-2:] == ("mock", "README.md")  # fmt: skip
    assert elsewhere.stands_for(tmp_path / "other.md") is None


def test_links_lead_from_an_included_page_to_pages_specs_or_nowhere(
    tmp_path: Path,
) -> None:
    docs = tmp_path / "docs"
    for file in ("docs/a.md", "docs/mock.md", "README.md", "spec.yaml", "Makefile"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    text = "[a](docs/a.md#x) [r](README.md) [s](spec.yaml) [m](Makefile) [h](#here)\n```\n[a](docs/a.md)\n```\n"
    shown = {tmp_path / "README.md": docs / "index.md"}
    made = elsewhere.links_from(text, tmp_path, docs, docs, shown)
    assert made == (
        "[a](/a.md#x) [r](/index.md) [s](../spec.yaml) m [h](#here)\n```\n[a](docs/a.md)\n```\n"
    )


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<a href='b.html#there'>", None),
        ("<a href='https://example.com/'>", None),
        ("<img src='data:image/png;base64,'>", None),
        ("<a href='b.html#elsewhere'>", "a.html: leads nowhere: b.html#elsewhere"),
        ("<a href='c.html'>", "a.html: leads nowhere: c.html"),
        ("<a href='#gone'>", "a.html: leads nowhere: #gone"),
        ("<img src='c.png'>", "a.html: is not there: c.png"),
        ("<script src='https://cdn.example.com/a.js'></script>", "a.html: loads from elsewhere: https://cdn.example.com/a.js"),
        ("<link rel='stylesheet' href='//fonts.example.com/a.css'>", "a.html: loads from elsewhere: //fonts.example.com/a.css"),
    ],
)  # fmt: skip
def test_a_built_page_that_leads_nowhere_or_loads_from_elsewhere_is_found(
    html: str, problem: str | None, tmp_path: Path
) -> None:
    (tmp_path / "a.html").write_text(html)
    (tmp_path / "b.html").write_text("<p id='there'>")
    assert list(check_site.problems(tmp_path)) == ([problem] if problem else [])


def test_a_font_of_another_host_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("@font-face { src: url('https://example.com/a') }")
    (found,) = check_site.problems(tmp_path)
    assert "a.css: loads from elsewhere" in found


def test_an_empty_folder_is_no_documentation(tmp_path: Path) -> None:
    assert check_site.main([str(tmp_path)]) == 1
