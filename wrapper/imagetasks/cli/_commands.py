"""The commands about tasks that are known, and about vendors: each a thin shell over the client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import imagetasks

from .._results.folder import check_folder
from .._results.items import NAME, check_name
from ..providers._keys import access_from_env, check_access
from ._app import app
from ._arguments import (
    Address,
    Addresses,
    AllowHost,
    AsJson,
    MinGap,
    Name,
    Out,
    SideCar,
    Timeout,
    tasks_of,
)
from ._described import described
from ._exits import ExitCodes, failures_as_exit_codes
from ._output import echo, line, say
from ._run import Saving
from ._running import Piece, Settings, carry_out
from ._silence import report_silence
from ._views import echo_event, view_for

if TYPE_CHECKING:
    from ._running import Work


@app.command()
def wait(
    address: Addresses,
    timeout: Timeout = 600,
    min_gap: MinGap = None,
    out: Out = Path(),
    name: Name = NAME,
    sidecar: SideCar = True,
    allow_host: AllowHost = None,
    as_json: AsJson = False,
) -> None:
    """Wait for tasks, and save the pictures of each as it ends. The first failure decides the exit code."""
    with failures_as_exit_codes():
        tasks = tasks_of(address)
        check_name(name)
        check_access(access_from_env())
        check_folder(out)
        saving = Saving(out, name, sidecar)
        pieces = [
            Piece(
                _waiting_for([each.task for each in tasks if each.journal == journal]),
                saving,
                Settings(timeout, min_gap, allow_host or (), journal),
            )
            for journal in dict.fromkeys(each.journal for each in tasks)
        ]
        code = carry_out(pieces, view_for(as_json=as_json, total=len(tasks)))
    raise typer.Exit(code)


def _waiting_for(tasks: list[imagetasks.Task]) -> Work:
    return lambda run, client: run.wait(client, tasks)


@app.command()
def status(address: Addresses, as_json: AsJson = False) -> None:
    """Fetch each task once. The first task that failed, or cannot be fetched, decides the exit code."""
    with connected() as client:
        codes = ExitCodes()
        for asked in tasks_of(address):
            with codes.noted():
                with report_silence(asked.task.provider):
                    task = client.fetch(asked.task)
                if as_json:
                    echo_event("status", **described(task))
                else:
                    echo(line(task))
                if task.state in (imagetasks.State.FAILED, imagetasks.State.CANCELLED):
                    codes.note(1)
        raise typer.Exit(codes.first)


@app.command()
def download(
    address: Address,
    out: Out = Path(),
    name: Name = NAME,
    sidecar: SideCar = True,
    allow_host: AllowHost = None,
    as_json: AsJson = False,
) -> None:
    """Download the pictures of a finished task."""
    with failures_as_exit_codes():
        (asked,) = tasks_of(address, at_most=1)
        check_folder(out)
    with connected(journal=asked.journal, allow_hosts=allow_host) as client:
        with report_silence(asked.task.provider):
            task = client.fetch(asked.task)
        if task.state in (imagetasks.State.FAILED, imagetasks.State.CANCELLED):
            raise imagetasks.TaskFailed(line(task), task=task)
        if not task.state.is_terminal:
            raise imagetasks.WaitTimeout(
                f"{task}, there is nothing to download yet", task=task
            )
        files = client.download(task, out, name=name, sidecar=sidecar)
        view_for(as_json=as_json).saved(task, files)


@app.command(rich_help_panel="Vendors, and this machine")
def balance(
    provider: Annotated[str, typer.Argument(help="One of `imagetasks providers`.")],
    as_json: AsJson = False,
) -> None:
    """Print the credits that are left, if the vendor documents a balance."""
    with connected() as client:
        with report_silence(provider):
            credits = client.balance(provider)
        if as_json:
            echo_event("balance", provider=provider, credits=credits)
        else:
            echo(credits)


@app.command(rich_help_panel="Vendors, and this machine")
def providers(
    capabilities: Annotated[
        bool,
        typer.Option(
            "--capabilities",
            help="Print where each field of a request goes, and its values; documented defaults are bold. Without a terminal, it prints Markdown.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the providers and what their pages document."""
    from . import _tables
    from ._console import stdout

    with failures_as_exit_codes():
        if as_json:
            for each in _tables.described_providers():
                echo_event("provider", **each)
        elif not capabilities:
            stdout.print(_tables.providers_table())
        elif stdout.is_terminal:
            stdout.print(*_tables.capabilities_tables(), sep="\n")
        else:
            echo(_tables.capabilities_markdown())


@app.command(rich_help_panel="Vendors, and this machine")
def drift(
    report: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="A file with lines of `Drift.to_json`, or recorded traffic as HAR (*.har).",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Print where vendors' answers differ from the specs. Exits with 1 if any do."""
    from ._console import for_rows
    from ._drift import drift_table, read_drift

    try:
        found = read_drift(report)
    except (ValueError, OSError) as error:
        say(error, "red")
        raise typer.Exit(2) from error
    if as_json:
        for each in found:
            echo_event("drift", **json.loads(each.to_json()))
        raise typer.Exit(1 if found else 0)
    if not found:
        echo("no drift")
        return
    for_rows().print(drift_table(found))
    raise typer.Exit(1)


@contextmanager
def connected(
    min_gap: float | None = None,
    journal: Path | None = None,
    allow_hosts: list[str] | None = None,
) -> Iterator[imagetasks.Client]:
    """A client for the keys of the environment; its errors become exit codes."""
    with (
        failures_as_exit_codes(),
        imagetasks.Client.from_env(
            policy=imagetasks.PollPolicy(min_gap=min_gap),
            journal=journal,
            allow_hosts=allow_hosts or (),
        ) as client,
    ):
        yield client
