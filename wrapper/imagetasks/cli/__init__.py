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
        _check_extra()
        from ._output import write_in_any_encoding

        write_in_any_encoding()
        run = program()
    except KeyboardInterrupt:  # while it starts; each command has its own words
        sys.exit(130)
    run()


def _check_extra() -> None:
    try:
        require("cli", by="imagetasks.cli")
    except ImportError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def program() -> typer.Typer:
    """With all its commands."""
    # Each adds its own; help lists them in this order.
    from . import _generate  # noqa: F401

    # isort: split
    from . import _commands, _history_commands  # noqa: F401

    # isort: split
    from . import _cost, _doctor, _mock, _sheet, _unknown_commands, _verify  # noqa: F401

    # isort: split
    from . import _durable  # noqa: F401
    from ._app import app

    return app


__all__ = ["main"]
