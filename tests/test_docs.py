"""Every code block of `docs/` runs, and every link of a page leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import imagetasks_mock
import pytest
from imagetasks_clients import PROVIDERS
from markdown_it import MarkdownIt
from support.pages import Page, blocks, environment, is_as_printed

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
LINKED = [*sorted(ROOT.glob("*.md")), *PAGES, ROOT / "mock" / "README.md", *sorted((ROOT / "tests").rglob("*.md"))]  # fmt: skip
NAMES = {str(page.relative_to(ROOT)): page for page in PAGES}
FIRST = "docs/howto/requests.md"
"""The page whose programs run in `make test`."""
WITH_COMMANDS = [
    name
    for name, page in NAMES.items()
    if any(block.is_session or block.is_test for block in blocks(page))
]
PROGRAMS_ALONE = [
    pytest.param(name, marks=() if name == FIRST else pytest.mark.long)
    for name, page in NAMES.items()
    if name not in WITH_COMMANDS and any(block.is_program for block in blocks(page))
]


@pytest.fixture(scope="module")
def base_urls() -> Iterator[dict[str, str]]:
    with imagetasks_mock.serve(duration=1) as mock:
        accesses = {name: mock.access(name) for name in PROVIDERS}
        yield {name: str(access.base_url) for name, access in accesses.items()}


def run(
    page: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    base_urls: dict[str, str],
    *,
    everything: bool,
) -> None:
    env = environment(folder, base_urls)
    work = folder / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    Page(page, work, env, everything=everything).run()


@pytest.mark.parametrize("name", PROGRAMS_ALONE)
def test_the_programs_of_a_page_run(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    base_urls: dict[str, str],
) -> None:
    run(NAMES[name], tmp_path, monkeypatch, base_urls, everything=False)


@pytest.mark.long
@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_its_commands_and_tests_run_too(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    base_urls: dict[str, str],
) -> None:
    run(NAMES[name], tmp_path, monkeypatch, base_urls, everything=True)


def slugs(page: Path) -> set[str]:
    """The anchors of its headings, as GitHub and MyST make them."""
    found: dict[str, int] = {}
    tokens = MarkdownIt("commonmark").parse(page.read_text("utf-8"))
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            words = "".join(
                child.content
                for child in token.children or ()
                if child.type in ("text", "code_inline")
            )
            slug = re.sub(r"[^\w\- ]", "", words.lower()).strip().replace(" ", "-")
            found[slug] = found.get(slug, -1) + 1
    return {
        f"{slug}-{n}" if n else slug
        for slug, times in found.items()
        for n in range(times + 1)
    }


def links(page: Path) -> Iterator[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8"))
    for token in tokens:
        for child in token.children or ():
            target = child.attrs.get("href") or child.attrs.get("src")
            if target and not re.match(r"[a-z]+:", str(target)):
                yield str(target)


@pytest.mark.parametrize("page", LINKED, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        place, _, anchor = link.partition("#")
        target = page.parent / place if place else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in slugs(target), link


WRONG = {
    "a program that fails": ("```python\nassert 1 == 2\n```", AssertionError),
    "a command that fails": ("```console\n$ false\n```", AssertionError),
    "a command that prints something else": (
        "```console\n$ echo a pier\na lighthouse\n```",
        AssertionError,
    ),
    "other output": (
        "```python\nprint('a pier')\n```\n\n<!-- output -->\n```text\na lighthouse\n```",
        AssertionError,
    ),
    "a target that the Makefile does not have": (
        "```console\n$ make tea\n```",
        AssertionError,
    ),
    "an extra that there is not": (
        "```console\n$ pip install 'imagetasks[tea]'\n```",
        AssertionError,
    ),
    "no language": ("```\nprint()\n```", AssertionError),
    "no reason": ("<!-- not run -->\n```python\nprint()\n```", ValueError),
    "JSON that is none": ("```json\n{,}\n```", ValueError),
    "a test that fails": (
        "```python\ndef test_it():\n    assert False\n```",
        AssertionError,
    ),
}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(*case, id=what, marks=pytest.mark.long if "test" in what else ())
        for what, case in WRONG.items()
    ],
)
def test_a_page_that_is_wrong_is_found(
    text: str, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n{text}\n")
    with pytest.raises(error):
        run(page, tmp_path, monkeypatch, {}, everything=True)


RIGHT = """
<!-- file: names.csv
a lighthouse
-->

```python
from pathlib import Path

first = Path("names.csv").read_text().strip()
```

<!-- goes on -->
```python
print(first, 17)
```

<!-- output -->
```text
a lighthouse ...
```

<!-- file: more/second.py -->
```python
raise SystemExit("this is a file, and not run by itself")
```

```console
$ cd more
$ export WHERE=here
$ python second.py || echo "$WHERE" \\
>   and there
this is a file, ...
here and there
```

<!-- not run: it would take a while -->
```console
$ sleep 1000
```
"""


def test_blocks_build_on_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text(RIGHT)
    run(page, tmp_path, monkeypatch, {}, everything=True)


def test_what_is_printed_may_leave_something_open() -> None:
    assert is_as_printed("akool task ...: SUCCEEDED", "akool task 1(2): SUCCEEDED  \n")
    assert not is_as_printed("akool task ...: SUCCEEDED", "akool task 1: FAILED\n")
