"""One page, from its source to what is to be said about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from document import NOWHERE
from examples import Spec

from . import page, spec
from .compare import Compared, compare
from .facts import Finding
from .fetch import Source, Unchecked
from .genuine import check_it_is_a_page
from .lines import Line, read
from .normalise import line_diff, short_hash
from .sources import FAILURES, Accepted, Page

Status = Literal["unchanged", "cosmetic", "differs", "first reading", "not checked"]


@dataclass
class Result:
    page: Page
    unchecked: str = ""
    """Why it was not."""
    added: list[tuple[int, str]] = field(default_factory=list)
    """Number and text of each new line."""
    gone: list[tuple[str, list[str]]] = field(default_factory=list)
    """Hash of each line that vanished, and what it had matched in the spec."""
    findings: list[Finding] = field(default_factory=list)
    accepted: list[Finding] = field(default_factory=list)
    stale: list[Accepted] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    matched: dict[str, list[str]] = field(default_factory=dict)
    """To be recorded: by pointer, the hashes of the lines that say the same."""

    @property
    def status(self) -> Status:
        if self.unchecked:
            return "not checked"
        if self.findings or self.stale:
            return "differs"
        if self.page.lines is None:
            return "first reading"
        return "cosmetic" if self.added or self.gone else "unchanged"


def check(described: Page, get: Callable[[], Source], contract: Spec) -> Result:
    try:
        return _checked(described, get(), contract)
    except Unchecked as why:
        return Result(described, unchecked=str(why))
    except RecursionError:
        return Result(described, unchecked="not a page: nested too deeply to be read")


def _checked(described: Page, source: Source, contract: Spec) -> Result:
    lines = read(source.content, source.format)
    check_it_is_a_page(source, lines, described.language)
    try:
        facts = spec.read(contract, described.operations)
    except NOWHERE as error:
        why = f"{described.provider}.yaml has a mistake, make lint-specs says where"
        raise Unchecked(f"{why}: {error!r}") from error
    if FAILURES in described.feeds:
        facts.failures = list(spec.failures(contract, described.url))
    said = page.read(lines, facts) if described.operations else []
    compared = compare(lines, said, facts, described.matched)
    hashes = [short_hash(line.text) for line in lines]
    _check_it_is_this_page(described, hashes, compared)
    result = Result(described, hashes=hashes)
    _diff(result, lines)
    _sort(result, compared)
    by_hash = {
        at: sorted({hashes[n] for n in numbers})
        for at, numbers in compared.matched.items()
    }
    lost: dict[str, list[str]] = {
        at: []
        for at in described.matched
        if at not in by_hash and _exists(contract, at)
    }
    result.matched = dict(sorted({**by_hash, **lost}.items()))
    return result


def _check_it_is_this_page(
    described: Page, hashes: list[str], compared: Compared
) -> None:
    says_nothing = bool(described.operations) and not compared.matched
    if described.lines is None:
        strange = says_nothing
    else:
        before = set(described.lines)
        all_new = 5 * len(before & set(hashes)) < len(before)
        says_little = 2 * len(compared.matched) < len(described.matched)
        strange = all_new and (says_little or not compared.matched)
    if strange:
        raise Unchecked(
            "not the page: hardly anything on it is what was read before, or what the spec says"
        )


def _diff(result: Result, lines: list[Line]) -> None:
    if result.page.lines is None:
        return
    added, gone = line_diff(result.page.lines, result.hashes)
    result.added = [(n + 1, lines[n].text) for n in added]
    result.gone = [
        (hash, [at for at, by in result.page.matched.items() if hash in by])
        for hash in gone
    ]


def _sort(result: Result, compared: Compared) -> None:
    accepted = {one.key: one for one in result.page.accepted}
    for finding in compared.findings:
        known = accepted.pop(finding.key, None)
        (result.accepted if known else result.findings).append(finding)
    result.stale = list(accepted.values())


def _exists(contract: Spec, pointer: str) -> bool:
    try:
        contract.at(pointer)
    except NOWHERE:
        return False
    return True
