"""The command `verify`: one real task, held against what the vendor's pages say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

import imagetasks

from ._app import app
from ._arguments import AllowHost, AsJson, Journal, MinGap, Timeout
from ._commands import connected
from ._exits import exit_code
from ._output import echo, print_failure, say
from ._views import echo_event


@app.command(rich_help_panel="Vendors, and this machine")
def verify(
    provider: Annotated[str, typer.Argument(help="One of `imagetasks providers`.")],
    max_credits: Annotated[
        float,
        typer.Option(
            help="The most that the picture may cost. A dearer request is not sent."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder for the picture. Default: it is deleted."
        ),
    ] = None,
    timeout: Timeout = 600,
    min_gap: MinGap = None,
    journal: Journal = None,
    allow_host: AllowHost = None,
    as_json: AsJson = False,
) -> None:
    """
    Make one real picture, the cheapest, and compare the vendor with its pages. It costs credits.

    Exits with 1 if answers or price differ from the documentation.
    """
    with connected(min_gap, journal, allow_host) as client:
        report = client.verify(
            provider, max_credits=max_credits, folder=out, timeout=timeout
        )
    if as_json:
        echo_event("verification", **json.loads(report.to_json()))
    else:
        for line in _in_words(report):
            echo(line)
        _print_drift(report)
    if report.error is not None:
        print_failure(report.error)
        raise typer.Exit(exit_code(report.error))
    if not report.is_as_documented:
        say(f"{provider}: not as documented", "red")
        raise typer.Exit(1)
    say(f"{provider}: as documented")


def _in_words(report: imagetasks.Verification) -> Iterator[str]:
    yield f"task    {report.task or 'none'}"
    for seen in report.states:
        told = "" if seen.wire_state is None else f" ({seen.wire_state})"
        yield f"state   {seen.state.name}{told} after {seen.after:.1f} s"
    for file in report.files:
        kept = file.path or "not kept"
        yield f"file    {kept}, {file.size} bytes, SHA-256 {file.sha256}"
    yield f"price   {_credits(report.documented)} documented, {_credits(report.charged)} charged"
    yield f"drift   {len(report.drift) or 'none'}"


def _credits(number: float | None) -> str:
    return "none" if number is None else f"{number:g} credit{'s' * (number != 1)}"


def _print_drift(report: imagetasks.Verification) -> None:
    if report.drift:
        from ._console import for_rows
        from ._drift import drift_table

        for_rows().print(drift_table(report.drift))
