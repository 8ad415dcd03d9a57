"""Exceptions that do not come from the code that they break off, but from the handler of a signal."""

from __future__ import annotations

import signal
from functools import partial
from traceback import walk_tb
from types import CodeType
from typing import Any


def of_a_signal(
    error: BaseException, *, since: BaseException | None
) -> BaseException | None:
    """
    What the handler of a signal raised, if that is how it came to `error`: it is for the program, and says nothing of what
    it struck. `since` was being handled before, and is none of it.
    """
    handlers = {_code(signal.getsignal(each)) for each in signal.valid_signals()}
    cause: BaseException | None = error
    while cause is not None and cause is not since:
        if any(frame.f_code in handlers for frame, _ in walk_tb(cause.__traceback__)):
            return cause
        # Python's codecs, for one, put an exception of their own around it.
        cause = cause.__cause__ or cause.__context__
    return None


def _code(handler: Any) -> CodeType | None:
    """What runs when it is called; None for what is no Python."""
    while isinstance(handler, partial):
        handler = handler.func
    for called in (handler, type(handler).__call__):
        if isinstance(code := getattr(called, "__code__", None), CodeType):
            return code
    return None
