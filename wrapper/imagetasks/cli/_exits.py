"""Errors as the documented exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from .. import (
    AuthenticationError,
    DownloadError,
    ImageTasksError,
    InvalidRequest,
    MalformedResponse,
    NetworkError,
    PollOutage,
    ProviderError,
    ServerError,
    SubmitOutcomeUnknown,
    TaskFailed,
    UnknownState,
    WaitTimeout,
)
from ._output import print_failure


@contextmanager
def failures_as_exit_codes() -> Iterator[None]:
    """Turn errors into one line on stderr and the documented exit code."""
    try:
        yield
    except (ImageTasksError, ValueError, TypeError) as error:
        print_failure(error)
        raise typer.Exit(exit_code(error)) from error


class Codes:
    """The exit code of several tasks: that of the first failure, which holds up none of the others."""

    def __init__(self) -> None:
        self.first = 0

    def note(self, code: int) -> None:
        self.first = self.first or code

    @contextmanager
    def noted(self) -> Iterator[None]:
        try:
            yield
        except (ImageTasksError, ValueError) as error:
            print_failure(error)
            self.note(exit_code(error))


def exit_code(error: Exception) -> int:
    match error:
        case TaskFailed():
            return 1
        case WaitTimeout() | UnknownState():
            return 4
        case NetworkError() | PollOutage() | SubmitOutcomeUnknown() | DownloadError():
            return 5
        case ServerError() | MalformedResponse():
            return 5
        case InvalidRequest() | AuthenticationError() if error.status_code is None:
            return 2  # found before anything was sent
        case ProviderError():
            return 3
        case _:
            return 2
