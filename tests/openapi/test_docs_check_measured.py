"""How many changes of a page are found, and how many are imagined: on pages that are made, changed and checked here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docs_check.check import Result, check
from docs_check.fetch import Source
from docs_check.sources import Accepted, Page
from examples import Spec, spec_files
from support.docs_changes import Change, changes
from support.docs_of_specs import doc_of
from support.docs_pages import FORMATS, Doc

OPENAPI = Path(__file__).parents[2] / "openapi"
FILES = [
    Path(__file__).parents[1] / "support" / "docs_small.yaml",
    *spec_files(OPENAPI),
]
SPECS = {file.stem: Spec.load(file) for file in FILES}
READ = str(date(2026, 11, 21))


def operations() -> Iterator[tuple[str, str, str, str]]:
    for provider, spec in SPECS.items():
        for path, item in spec.data["paths"].items():
            for method, operation in item.items():
                yield provider, method, path, operation["operationId"]


def looked_at(provider: str, page: Page, doc: Doc, format: str) -> Result:
    render, as_what = FORMATS[format]
    source = Source(render(doc), as_what)  # type: ignore[arg-type]
    result = check(page, lambda: source, SPECS[provider])
    assert not result.unchecked, result.unchecked
    return result


def read_once(provider: str, doc: Doc, operation: str, format: str) -> Page:
    """
    As sources.yaml has it after a reading. What the page leaves out is accepted; it is made of the spec, and so must
    not say anything that the spec does not.
    """
    known: dict[str, Any] = {
        "url": "https://docs.example",
        "read": READ,
        "feeds": [operation],
    }
    first = looked_at(
        provider, Page(provider, "page", lines=None, **known), doc, format
    )
    assert [str(finding) for finding in first.findings if finding.side == "page"] == []
    return Page(
        provider,
        "page",
        lines=first.hashes,
        matched=first.matched,
        accepted=[Accepted(*finding.key, "so it is") for finding in first.findings],
        **known,
    )


class Score:
    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.missed: list[str] = []
        self.imagined: list[str] = []

    def count(self, change: Change, result: Result, where: str) -> None:
        self.made[change.kind] += 1
        about_it = [f for f in result.findings if told(change, f.kind, f.value)]
        if about_it:
            self.found[change.kind] += 1
        elif change.kind != "prose":
            self.missed.append(f"{where} {change!r}")
        for finding in result.findings:
            if finding not in about_it:
                self.imagined.append(f"{where} {change!r}: {finding}")

    @property
    def changes(self) -> int:
        return self.made.total() - self.made["prose"]

    @property
    def recall(self) -> float:
        return self.found.total() / self.changes

    def __str__(self) -> str:
        kinds = (
            f"{kind} {self.found[kind]}/{n}"
            for kind, n in self.made.items()
            if kind != "prose"
        )
        return (
            f"{self.changes} changes, {self.recall:.1%} found; {self.made['prose']} in prose only; "
            f"{len(self.imagined)} false alarms\n  {', '.join(kinds)}"
        )


def told(change: Change, kind: str, value: str) -> bool:
    return kind in change.kinds and any(word in value for word in change.words)


@pytest.mark.long
@pytest.mark.parametrize("format", FORMATS)
def test_changes_are_found_and_prose_is_not(
    format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    score = Score()
    for provider, method, path, operation in operations():
        doc = doc_of(SPECS[provider].data, method, path)
        page = read_once(provider, doc, operation, format)
        for change in changes(doc):
            result = looked_at(provider, page, change.doc, format)
            assert result.added or result.gone or change.kind == "prose"
            score.count(change, result, f"{provider} {operation}")
    with capsys.disabled():
        print(f"\n{format}: {score}")
        print(*score.missed, sep="\n    ")
        print(*score.imagined, sep="\n  ! ")
    assert score.changes >= 40
    assert score.recall >= 0.9
    assert not score.imagined
