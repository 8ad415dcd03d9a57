"""Semantic versions of specs: which one a change takes, and where it stands in the file."""

from __future__ import annotations

import re
from typing import NamedTuple, Self

from failure import Failure

from releases.impact import Impact

SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
# Block style, as all specs are written: `info:`, and `version:` indented below it.
LINE = re.compile(
    r"(?m)^(info:[^\n]*\n(?:[ #][^\n]*\n|\n)*?[ ]+version:[ ]*)(['\"]?)([^\s'\"#]+)(['\"]?)"
)


class Version(NamedTuple):
    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: object) -> Self:
        if match := SEMVER.fullmatch(str(text)):
            return cls(*map(int, match.groups()))
        raise Failure(f"info.version: {text!r} is no version such as 1.2.3")

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def raised(self, impact: Impact) -> Version:
        # Semantic versioning promises nothing below 1.0.0; a breaking change is a minor version there.
        if self.major == 0:
            impact = min(impact, Impact.NEW)
        if impact is Impact.BREAKING:
            return Version(self.major + 1, 0, 0)
        if impact is Impact.NEW:
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)


def written(text: str, version: Version) -> str:
    """The text of a spec with another version; nothing else moves."""
    new, count = LINE.subn(rf"\g<1>\g<2>{version}\g<4>", text, count=1)
    if not count:
        raise Failure("there is no line `version:` under `info:`")
    return new
