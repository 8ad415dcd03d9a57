"""
What changed between two texts of a spec, and for whom that matters.

Redocly compares what OpenAPI has words for, and knows requests from answers. What it does not call major is judged here:
words are a patch, all else is at least new, and some of it breaks callers all the same (`BLIND_SPOTS`).
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from examples import Spec
from failure import Failure
from redocly_cli import CONFIG, run_redocly

from releases.extensions import extension_changes
from releases.impact import Change, Impact
from releases.words import said

# What people read, and programs do not.
WORDS = {"description", "example", "examples", "externalDocs", "summary", "title"}
WORDS |= {"tags", "termsOfService"}
WORDY = {"Contact", "Example", "ExamplesMap", "ExternalDocs", "Info", "License"}
WORDY |= {"Tag", "TagList"}

# And no header or field of such a name.
EXTENSION = re.compile(r"(?<!/headers)(?<!/properties)/x-")
NAMED_SCHEMA = re.compile(r"#/components/schemas/[^/]+")
CONDITIONS = {"else", "if", "not", "then"}


def _a_field_goes(change: dict[str, Any]) -> bool:
    """To Redocly an optional field that goes from a request is a patch; but nobody can say it any more."""
    *parents, holder, _ = change["path"].split("/")
    # Under these it is a rule about a field, not the field.
    rule = CONDITIONS.intersection(parents)
    return _goes(change) and holder == "properties" and not rule


def _a_schema_goes(change: dict[str, Any]) -> bool:
    """The generated class goes with it."""
    return _goes(change) and NAMED_SCHEMA.fullmatch(change["path"]) is not None


def _a_value_goes(change: dict[str, Any]) -> bool:
    """Of an answer's enum too: the generated member goes, and who waits for it waits for ever."""
    if change.get("property") != "enum":
        return False
    old, new = (change[side].get("value") for side in ("base", "revision"))
    return new is not None and bool([value for value in old or [] if value not in new])


def _a_parameter_is_renamed(change: dict[str, Any]) -> bool:
    """In a path the request stays the same, but the argument of the generated function goes."""
    return change["typeName"] == "Parameter" and change.get("property") == "name"


def _goes(change: dict[str, Any]) -> bool:
    renamed = change.get("property") == "key"
    return change["typeName"] == "Schema" and (change["kind"] == "removed" or renamed)


BLIND_SPOTS: tuple[Callable[[dict[str, Any]], bool], ...] = (
    _a_field_goes,
    _a_parameter_is_renamed,
    _a_schema_goes,
    _a_value_goes,
)


def changes(old: Spec, new: Spec) -> list[Change]:
    """The worst ones first. The version itself is none."""
    if _without_version(old) == _without_version(new):
        return []
    found = [*extension_changes(old, new), *_openapi_changes(old, new)]
    # Redocly does not look into examples.
    found = found or [Change(Impact.PATCH, "", "examples, or what has no rule here")]
    return sorted(dict.fromkeys(found), key=lambda change: -change.impact)


def _openapi_changes(old: Spec, new: Spec) -> Iterator[Change]:
    for change in _redocly_diff(old, new):
        name = change.get("property", "")
        if not (EXTENSION.search(change["path"]) or name.startswith("x-")):
            place = change.get("revision") or change["base"]
            pointer = place["pointer"].removeprefix("#")
            if pointer != "/info/version":
                yield Change(_impact(change), pointer, said(change, old, new))


def _impact(change: dict[str, Any]) -> Impact:
    if change["typeName"] in WORDY or change.get("property") in WORDS:
        return Impact.PATCH
    blind = any(spot(change) for spot in BLIND_SPOTS)
    return Impact.BREAKING if blind or change["impact"] == "major" else Impact.NEW


def _redocly_diff(old: Spec, new: Spec) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("old.json", "new.json")]
        for file, spec in zip(files, (old, new), strict=True):
            file.write_text(json.dumps(spec.data), encoding="utf-8")
        options = (f"--config={CONFIG}", "--format=json", "--fail-on=none")
        run = run_redocly("diff", *map(str, files), *options)
    try:
        found: list[dict[str, Any]] = json.loads(run.stdout)["changes"]
    except (ValueError, LookupError) as error:
        raise Failure(f"redocly diff: {run.stderr.strip()[-400:]}") from error
    return found


def _without_version(spec: Spec) -> dict[str, Any]:
    info = {key: value for key, value in spec.data["info"].items() if key != "version"}
    return {**spec.data, "info": info}
