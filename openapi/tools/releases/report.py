"""A provider's spec beside what it was at the base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from document import NOWHERE
from examples import NO_SPECS, Spec, spec_files
from failure import Failure
from yaml import YAMLError

from releases.diff import changes
from releases.history import Base, files_at, text_at
from releases.impact import Change, Impact
from releases.versions import Version


@dataclass(frozen=True)
class Report:
    provider: str
    was: Version | None  # None: it is new
    version: Version | None  # what the file says; None: it is gone
    changes: list[Change]

    @property
    def impact(self) -> Impact | None:
        return max((change.impact for change in self.changes), default=None)

    @property
    def proposed(self) -> Version | None:
        """The least that the worst of its changes takes; what was raised further stays."""
        if self.version is None or self.was is None:
            return self.version
        least = self.was if self.impact is None else self.was.raised(self.impact)
        return max(self.version, least)

    @property
    def complaint(self) -> str | None:
        """Why its version does not do."""
        if self.version == self.proposed:
            return None
        worst = self.changes[0].words if self.changes else "nothing changed"
        return f"info.version is {self.version}, was {self.was}, and has to be {self.proposed}: {self.impact or 'lower'}: {worst}"


def reports(tree: Path, repository: Path, base: Base) -> Iterator[Report]:
    """Of all specs in `tree`, which may be a copy of what the repository has checked out, and of those that were there."""
    now = {file.name for file in spec_files(tree / "openapi")}
    before = files_at(repository, base, "openapi", ".yaml") - NO_SPECS
    for name in sorted(now | before):
        path = f"openapi/{name}"
        old = _read(text_at(repository, base, path), f"{path} in {base.words}")
        text = (tree / path).read_text(encoding="utf-8") if name in now else None
        new = _read(text, path)
        try:
            yield _report(Path(name).stem, old, new)
        except Failure as failure:
            raise Failure(f"{path}: {failure}") from failure


class _Read(NamedTuple):
    spec: Spec
    version: Version


def _read(text: str | None, name: str) -> _Read | None:
    if text is None:
        return None
    try:
        spec = Spec.parse(text)
        return _Read(spec, Version.parse(spec.at("/info/version")))
    except (Failure, YAMLError) as error:
        raise Failure(f"{name}: {error}") from error
    except NOWHERE as error:
        raise Failure(f"{name}: there is no info.version") from error


def _report(provider: str, old: _Read | None, new: _Read | None) -> Report:
    if old and new:
        found = changes(old.spec, new.spec)
    elif new:
        found = [Change(Impact.NEW, "", "first spec")]
    else:
        found = [Change(Impact.BREAKING, "", "the provider is gone")]
    return Report(provider, old and old.version, new and new.version, found)
