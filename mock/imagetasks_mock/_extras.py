"""What the extra `[mock]` brings, and what to say where it is not there."""

from __future__ import annotations

from importlib.util import find_spec

MODULES = ("cryptography", "harfile", "PIL", "uvicorn", "yaml")


def require_extra() -> None:
    """
    Raise ImportError, naming the extra, unless all of it can be imported. At the start: else a picture, a webhook or a
    scenario would fail later, inside of the server.
    """
    for module in MODULES:
        if find_spec(module) is None:
            raise ImportError(
                f"imagetasks_mock needs {module}, which is not installed: pip install 'imagetasks[mock]'",
                name=module,
            )
