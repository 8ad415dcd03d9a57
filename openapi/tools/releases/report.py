"""A provider's spec beside what it was at the base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from examples import Spec, spec_files
from failure import Failure

from releases.diff import changes
from releases.history import Base, text_at
from releases.impact import Change, Impact
from releases.versions import Version


@dataclass(frozen=True)
class Report:
    provider: str
    was: Version | None  # None: it is new
    version: Version  # what the file says
    changes: list[Change]

    @property
    def impact(self) -> Impact | None:
        return max((change.impact for change in self.changes), default=None)

    @property
    def proposed(self) -> Version:
        """The least that the worst of its changes takes; what was raised further stays."""
        if self.was is None or self.impact is None:
            return max(self.version, self.was or self.version)
        return max(self.version, self.was.raised(self.impact))

    @property
    def complaint(self) -> str | None:
        """Why its version does not do."""
        if self.version == self.proposed:
            return None
        worst = self.changes[0].words if self.changes else "nothing changed"
        return f"info.version is {self.version}, was {self.was}, and has to be {self.proposed}: {self.impact or 'lower'}: {worst}"


def reports(tree: Path, repository: Path, base: Base) -> Iterator[Report]:
    """Of all specs in `tree`, which may be a copy of what the repository has checked out."""
    for file in spec_files(tree / "openapi"):
        try:
            yield _report(file, text_at(repository, base, f"openapi/{file.name}"))
        except Failure as failure:
            raise Failure(f"openapi/{file.name}: {failure}") from failure


def _report(file: Path, before: str | None) -> Report:
    spec = Spec.load(file)
    version = _version(spec)
    if before is None:
        return Report(file.stem, None, version, [Change(Impact.NEW, "", "first spec")])
    old = Spec.parse(before)
    return Report(file.stem, _version(old), version, changes(old, spec))


def _version(spec: Spec) -> Version:
    return Version.parse(spec.data["info"]["version"])
