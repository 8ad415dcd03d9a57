"""
A mock of all vendors that remembers its tasks.

    with imagetasks_mock.serve(speed=0) as mock:
        client = imagetasks.Client({"akool": mock.access("akool")})
        ...
        mock.clock.advance(30)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._errors import MockError
    from ._mock import Mock, Options, main, serve

__all__ = ["Mock", "MockError", "Options", "main", "serve"]

if not TYPE_CHECKING:  # a checker that saw it would take any name for granted

    def __getattr__(name: str) -> object:
        """Loads the mock when it is first asked for: every pytest run imports this package, few start a mock."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from . import _mock

        return getattr(_mock, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
