"""What the commands print: results on stdout, all else on stderr."""

from __future__ import annotations

import io
import sys

import typer

import imagetasks

from ._printable import printable


def write_in_any_encoding() -> None:
    """What the encoding of a stream cannot say is escaped: Chinese in a log of cp1252 is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def echo(text: object) -> None:
    """A line for people on stdout."""
    echo_exactly(printable(str(text)))


def echo_exactly(text: object) -> None:
    """A line for programs on stdout, if anybody still reads it."""
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


def line(task: imagetasks.Task) -> str:
    error = f": {task.error.code or ''} {task.error.message}" if task.error else ""
    return f"{task}{error}"


def print_failure(error: Exception, go_on: str | None = None) -> None:
    """
    What happened, to which task, and what to do next. `go_on`: the command that goes on with what is open, where it is
    written down.
    """
    label = getattr(error, "label", None)
    say(f"{error} ({label})" if label else error, "red")
    if isinstance(error, imagetasks.SubmitOutcomeUnknown) and error.intent is not None:
        say(
            f"It may be paid for, so it is not sent again. See: imagetasks unknown {error.intent.id[:8]}"
        )
    if isinstance(error, imagetasks.DownloadError) and error.task is not None:
        command = go_on or f"imagetasks wait {error.task.to_token()}"
        say(f"Not lost; try once more: {command}")
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
        is_written = not isinstance(error, imagetasks.JournalError)
        by_token = f"imagetasks wait {error.task.to_token()}"
        command = go_on if go_on and is_written else by_token
        say(f"Not lost; go on with: {command}")


def print_request(preview: imagetasks.RequestPreview, times: int) -> None:
    import json

    echo(f"{preview.method} {preview.url}" + (f"  ({times} times)" * (times > 1)))
    for name, value in preview.headers.items():
        echo(f"{name}: {value}")
    echo(f"\n{json.dumps(preview.body, indent=2, ensure_ascii=False)}\n")
