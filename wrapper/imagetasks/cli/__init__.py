"""The command `imagetasks`. Needs the extra `[cli]`; `mock` and `demo` need `[mock]` too."""

from __future__ import annotations

import sys


def main() -> None:
    try:
        from ._commands import app
        from ._output import write_in_any_encoding
    except ImportError as error:
        if error.name not in ("typer", "rich"):
            raise
        sys.exit("the command line needs: pip install 'imagetasks[cli]'")
    write_in_any_encoding()
    app()


__all__ = ["main"]
