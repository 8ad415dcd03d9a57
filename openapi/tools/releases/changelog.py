"""
The entry of a provider in CHANGELOG.md: what changed in its spec, in words.

    - **akool** spec 2.0.0. Breaking: ... New: ...

It goes under the newest heading if that is unreleased, else under a new one. One that is there already for the provider is
replaced, so that a second run says the same.
"""

from __future__ import annotations

import re
import textwrap

from releases.impact import Impact
from releases.report import Report

WIDTH = 120
UNRELEASED = "## Unreleased"
HEADING = re.compile(r"(?m)^## .*$")


def entry(report: Report) -> str:
    version = report.proposed or f"{report.was} was the last"
    parts = [f"**{report.provider}** spec {version}."]
    for impact, title in ((Impact.BREAKING, "Breaking"), (Impact.NEW, "New")):
        said = [change.words for change in report.changes if change.impact is impact]
        if said:
            parts.append(f"{title}: {'; '.join(said)}.")
    if report.impact is Impact.PATCH:
        parts.append("Descriptions, examples or sources.")
    return textwrap.fill(
        " ".join(parts),
        WIDTH,
        initial_indent="- ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def with_entries(changelog: str, found: list[Report]) -> str:
    """The text of CHANGELOG.md with an entry for each provider whose spec changed."""
    for report in found:
        if report.changes:
            changelog = _with(changelog, report)
    return changelog


def _with(changelog: str, report: Report) -> str:
    head, section, tail = _newest(changelog)
    # An entry ends where a line is not indented.
    own = re.compile(
        rf"(?m)^- \*\*{re.escape(report.provider)}\*\* spec .*\n(?:[ ]+.*\n)*"
    )
    text = f"{entry(report)}\n"
    if own.search(section):
        section = own.sub(lambda _: text, section, count=1)
    else:
        section = f"{section.rstrip()}\n{'' if '- ' in section else chr(10)}{text}\n"
    return f"{head}{section}{tail}".rstrip() + "\n"


def _newest(changelog: str) -> tuple[str, str, str]:
    """What stands before the unreleased section, it, and what comes after."""
    headings = list(HEADING.finditer(changelog))
    if headings and "unreleased" in headings[0].group().lower():
        end = headings[1].start() if len(headings) > 1 else len(changelog)
        start = headings[0].start()
        return changelog[:start], changelog[start:end], changelog[end:]
    start = headings[0].start() if headings else len(changelog)
    return changelog[:start], f"{UNRELEASED}\n", changelog[start:]
