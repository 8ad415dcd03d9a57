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
    try:
        from ._output import write_in_any_encoding

        write_in_any_encoding()
        program()()
    except KeyboardInterrupt:  # while it starts; commands say more
        sys.exit(130)


def program() -> typer.Typer:
    """With all its commands."""
    from . import (  # each adds its own
        _commands,  # noqa: F401
        _cost,  # noqa: F401
        _doctor,  # noqa: F401
        _generate,  # noqa: F401
        _history_commands,  # noqa: F401
        _mock,  # noqa: F401
        _unknown_commands,  # noqa: F401
        _verify,  # noqa: F401
    )
    from ._app import app

    return app


__all__ = ["main"]
