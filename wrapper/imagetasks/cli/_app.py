"""The program, and what stands before its commands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .._version import __version__
from ._output import echo, say


class Headings(TyperGroup):
    """
    Commands stand under the headings that they name, each with the first sentence of its help. Typer has that with rich
    alone, which takes longer to load for its help than all else of the command.
    """

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        rows: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                heading = getattr(command, "rich_help_panel", None) or "Commands"
                words = command.get_short_help_str(limit=500)
                rows.setdefault(heading, []).append((name, words))
        for heading, of_heading in rows.items():
            with formatter.section(heading):
                formatter.write_dl(of_heading)


app = typer.Typer(
    cls=Headings,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Submit image tasks, wait for them and collect the pictures.",
    epilog="Keys: <PROVIDER>_API_KEY, e.g. AKOOL_API_KEY. Exit codes: 0 done, 1 task failed, 2 usage, "
    "3 refused by the vendor, 4 timed out (resumable), 5 network, or the vendor is down, 130 interrupted.",
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
            help="Print the version and exit.",
        ),
    ] = False,
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file",
            help="A file with keys and addresses, one NAME=VALUE per line. The environment takes precedence. Without this option, no file is read.",
        ),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Print tracebacks of errors.")
    ] = False,
) -> None:
    """What stands before the command."""
    if env_file is not None:
        try:
            read_env_file(env_file)
        except ValueError as error:
            say(error, "red")
            raise typer.Exit(2) from error
    from ._exits import Debugging

    Debugging.is_on = debug


def read_env_file(path: Path) -> None:
    """Into the environment, where it has no such variable. Raises ValueError, which holds no value."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as cause:
        why = getattr(cause, "strerror", None) or "it is not UTF-8"
        raise ValueError(f"{path} cannot be read: {why}") from cause
    for n, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("export ").strip()
        if not text or text.startswith("#"):
            continue
        name, is_there, value = text.partition("=")
        if not is_there or not name.strip().isidentifier():
            raise ValueError(f"{path}, line {n}: a line is NAME=VALUE")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        os.environ.setdefault(name.strip(), value)
