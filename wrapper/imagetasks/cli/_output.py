"""What the commands print: results on stdout, all else on stderr."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from .. import (
    JournalError,
    PollOutage,
    RequestPreview,
    Task,
    UnknownState,
    WaitTimeout,
)

stdout = Console(highlight=False)
stderr = Console(stderr=True, highlight=False)


def show(task: Task) -> None:
    stderr.print(escape(str(task)), soft_wrap=True)


def line(task: Task) -> str:
    error = f": {task.error.code or ''} {task.error.message}" if task.error else ""
    return f"{task}{error}"


def print_submitted(task: Task, as_json: bool) -> None:
    typer.echo(json.dumps(described(task)) if as_json else task.to_token())


def print_failure(error: Exception) -> None:
    stderr.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
    if (
        isinstance(error, WaitTimeout | PollOutage | UnknownState | JournalError)
        and error.task is not None
    ):
        stderr.print(
            f"Not lost; go on with: imagetasks wait {error.task.to_token()}",
            soft_wrap=True,
        )


def print_result(task: Task, paths: list[Path], as_json: bool) -> None:
    if as_json:
        typer.echo(
            json.dumps({**described(task), "files": [str(path) for path in paths]})
        )
    else:
        for path in paths:
            typer.echo(path)


def print_preview(preview: RequestPreview, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(preview)))
        return
    typer.echo(f"{preview.method} {preview.url}")
    for name, value in preview.headers.items():
        typer.echo(f"{name}: {value}")
    typer.echo(f"\n{json.dumps(preview.body, indent=2, ensure_ascii=False)}")
    known = preview.credits
    price = (
        "not documented" if known is None else f"{known:g} credit{'s' * (known != 1)}"
    )
    stderr.print(f"Not sent. Price: {price}", soft_wrap=True)


def described(task: Task) -> dict[str, Any]:
    return {
        "provider": task.provider,
        "id": task.id,
        "state": task.state,
        "wire_state": task.wire_state,
        "urls": [artifact.url for artifact in task.artifacts],
        "error": task.error
        and {"code": task.error.code, "message": task.error.message},
        "token": task.to_token(),
    }
