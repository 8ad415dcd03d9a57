"""The contact sheet: a page of what is in a folder, made of its sidecars and of the history's failures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

import imagetasks

from ._app import app
from ._arguments import AsJson
from ._exits import failures_as_exit_codes
from ._history import History, Known
from ._output import echo_exactly, say
from ._views import echo_event

NAME = "index.html"
MARK = '<meta name="generator" content="imagetasks sheet">'
"""In each page of ours: any other of that name is left alone."""
NO_PROMPT = "(no prompt is known)"
NOT_SETTINGS = frozenset(
    {"version", "type", "prompt", "count", "extra", "idempotency_key", "webhook_url"}
)


@dataclass(frozen=True)
class Cell:
    """One result, or a failure."""

    provider: str
    prompt: str
    facts: tuple[str, ...]
    kind: str = "image"
    href: str = ""
    failure: str = ""


@app.command(rich_help_panel="What was made")
def sheet(
    folder: Annotated[
        Path,
        typer.Argument(
            exists=True, file_okay=False, help="A folder with pictures and sidecars."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Write DIR/index.html: pictures and videos beside prompt, vendor, settings, times and credits."""
    with failures_as_exit_codes():
        page = write_sheet(folder)
        if as_json:
            echo_event("sheet", file=str(page))
        else:
            echo_exactly(page)


def write_sheet(folder: Path) -> Path:
    """Raises ValueError where there is nothing to show, or another page."""
    cells = [*_saved(folder), *_failed(folder)]
    if not cells:
        raise ValueError(f"{folder} has no sidecars: generate writes them")
    page = folder / NAME
    part = folder / f".{NAME}.part"
    try:
        if page.exists() and MARK not in page.read_text("utf-8", "replace")[:1000]:
            raise ValueError(f"{page} is another page, it is left alone")
        part.write_text(as_html(folder.resolve().name, cells), "utf-8")
        os.replace(part, page)
    except OSError as cause:
        raise ValueError(
            f"{page} cannot be written: {cause.strerror or cause}"
        ) from cause
    return page


def as_html(title: str, cells: Iterable[Cell]) -> str:
    """Prompts are rows, vendors columns. All texts are somebody else's: every one is escaped."""
    from jinja2 import Environment, StrictUndefined

    cells = list(cells)
    vendors = sorted({cell.provider for cell in cells})
    rows: dict[str, dict[str, list[Cell]]] = {}
    for cell in cells:
        row = rows.setdefault(cell.prompt, {vendor: [] for vendor in vendors})
        row[cell.provider].append(cell)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    source = files(__name__.rpartition(".")[0]).joinpath("sheet.html.j2")
    failed = sum(bool(cell.failure) for cell in cells)
    facts = f"{len(cells) - failed} results" + (f", {failed} failed" if failed else "")
    return environment.from_string(source.read_text("utf-8")).render(
        title=title,
        facts=facts,
        vendors=vendors,
        rows=[{"prompt": prompt, "cells": row} for prompt, row in rows.items()],
    )


def _saved(folder: Path) -> Iterable[Cell]:
    for path in sorted(folder.glob("*.json")):
        try:
            made = imagetasks.read_sidecar(path)
        except imagetasks.SidecarError as error:
            say(f"left out: {error}", "yellow")
            continue
        # Its name is what a file says: only one beside it is shown.
        if made.file != path.name.removesuffix(".json"):
            say(f"left out: {path} is of another file", "yellow")
            continue
        request = made.request or {}
        yield Cell(
            provider=made.provider,
            prompt=str(request.get("prompt") or NO_PROMPT),
            facts=_facts(
                made.label,
                made.model or request.get("model"),
                *_settings(request),
                _took(made.created_at, made.finished_at or made.saved_at),
                _credits(made.credits, made.refunded),
                f"{made.saved_at.astimezone():%Y-%m-%d %H:%M}",
            ),
            kind=made.kind,
            href=quote(made.file),
        )


def _failed(folder: Path) -> Iterable[Cell]:
    """Of runs that were to save here."""
    here = str(folder.resolve())
    about: dict[Path, bool] = {}
    for known in History().tasks():
        error = known.task.error
        if error is None:
            continue
        run = known.run
        if run.path not in about:
            about[run.path] = run.about.get("out") == here
        if about[run.path]:
            why = error.message or "The vendor does not say why."
            reason = str(error.reason).replace("_", " ")
            yield _failure(known, why if reason == "unknown" else f"{why} ({reason})")


def _failure(known: Known, words: str) -> Cell:
    entry = known.entry
    return Cell(
        provider=known.task.provider,
        prompt=known.prompt or NO_PROMPT,
        facts=_facts(
            known.task.label,
            entry.cost.model,
            _credits(entry.cost.charged, entry.cost.is_refunded),
            f"{entry.sent_at.astimezone():%Y-%m-%d %H:%M}",
        ),
        failure=words,
    )


def _settings(request: Mapping[str, Any]) -> Iterable[str]:
    for name, value in request.items():
        if name not in NOT_SETTINGS and name != "model" and value not in (None, []):
            yield f"{name.replace('_', ' ')} {value}"


def _facts(*words: object) -> tuple[str, ...]:
    return tuple(str(word) for word in words if word)


def _took(began: datetime | None, ended: datetime | None) -> str:
    if began is None or ended is None:
        return ""
    return f"{max((ended - began).total_seconds(), 0):.0f} s"


def _credits(number: float | None, is_refunded: bool | None) -> str:
    if is_refunded:
        return "refunded"
    return "" if number is None else f"{number:g} credit{'s' * (number != 1)}"
