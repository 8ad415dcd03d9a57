"""The command `imagetasks`. Needs the extra `[cli]`; `mock` and `demo` need `[mock]` too."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .._extras import require
from .._version import __version__

if TYPE_CHECKING:
    import typer


def main() -> None:
    if sys.argv[1:] == ["--version"]:  # needs no extra, and takes no time
        print(f"imagetasks {__version__}")
        return
    try:
        require("cli", by="imagetasks.cli")
    except ImportError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    from ._output import write_in_any_encoding

    write_in_any_encoding()
    program()()


def program() -> typer.Typer:
    """With all its commands."""
    from . import _commands, _cost, _mock, _verify  # noqa: F401  # each adds its own
    from ._app import app

    return app


__all__ = ["main"]
