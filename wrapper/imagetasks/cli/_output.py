"""What the commands print: results on stdout, all else on stderr."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import typer

import imagetasks


def write_in_any_encoding() -> None:
    """What the encoding of a stream cannot say is escaped: Chinese in a log of cp1252 is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def echo(text: object) -> None:
    """A line on stdout, if anybody still reads it."""
    try:
        typer.echo(text)
    except BrokenPipeError:
        from ._console import write_to_nobody

        write_to_nobody(sys.stdout)


def say(words: object, style: str = "") -> None:
    """A line on stderr."""
    from rich.text import Text

    from ._console import stderr

    stderr.print(Text(str(words), style), soft_wrap=True)


def show(task: imagetasks.Task) -> None:
    say(task)


def line(task: imagetasks.Task) -> str:
    error = f": {task.error.code or ''} {task.error.message}" if task.error else ""
    return f"{task}{error}"


def print_submitted(task: imagetasks.Task, as_json: bool) -> None:
    echo(json.dumps(described(task)) if as_json else task.to_token())


def print_failure(error: Exception) -> None:
    say(error, "red")
    if (
        isinstance(
            error,
            imagetasks.WaitTimeout
            | imagetasks.PollOutage
            | imagetasks.UnknownState
            | imagetasks.JournalError,
        )
        and error.task is not None
    ):
        say(f"Not lost; go on with: imagetasks wait {error.task.to_token()}")


def print_result(task: imagetasks.Task, paths: list[Path], as_json: bool) -> None:
    if as_json:
        echo(json.dumps({**described(task), "files": [str(path) for path in paths]}))
    else:
        for path in paths:
            echo(path)


def print_preview(
    preview: imagetasks.RequestPreview, price: float | None, count: int, as_json: bool
) -> None:
    """The first request, and the price of all pictures."""
    if as_json:
        echo(json.dumps(asdict(replace(preview, credits=price))))
        return
    echo(f"{preview.method} {preview.url}")
    for name, value in preview.headers.items():
        echo(f"{name}: {value}")
    echo(f"\n{json.dumps(preview.body, indent=2, ensure_ascii=False)}")
    words = (
        "not documented" if price is None else f"{price:g} credit{'s' * (price != 1)}"
    )
    of_all = f" for {count} pictures" if count > 1 else ""
    say(f"Not sent. Price: {words}{of_all}")


def described(task: imagetasks.Task) -> dict[str, Any]:
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
