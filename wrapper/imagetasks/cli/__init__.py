"""The command `imagetasks`. Needs the extra `[cli]`; `mock` and `demo` need `[mock]` too."""

from __future__ import annotations

import sys

from .._extras import require
from .._version import __version__


def main() -> None:
    if sys.argv[1:] == ["--version"]:  # needs no extra, and takes no time
        print(f"imagetasks {__version__}")
        return
    try:
        require("cli", by="imagetasks.cli")
    except ImportError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    from ._commands import app
    from ._output import write_in_any_encoding

    write_in_any_encoding()
    app()


__all__ = ["main"]
