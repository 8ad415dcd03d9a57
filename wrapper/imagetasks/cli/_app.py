"""The program, and what stands before its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from .._version import __version__
from ._output import echo

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Submit image tasks, wait for them and collect the pictures.",
    epilog="Keys: <PROVIDER>_API_KEY, e.g. AKOOL_API_KEY. Exit codes: 0 done, 1 task failed, 2 usage, "
    "3 refused by the vendor, 4 timed out (resumable), 5 network, or the vendor is down.",
)


def _print_version(is_asked_for: bool) -> None:
    if is_asked_for:
        echo(f"imagetasks {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version, and leave.",
        ),
    ] = False,
) -> None:
    """What stands before the command."""
