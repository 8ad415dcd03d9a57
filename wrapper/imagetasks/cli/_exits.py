"""Errors as the documented exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

import imagetasks

from ._output import print_failure

INTERRUPTED = 130
"""As shells have it."""


class Debugging:
    """Whether `--debug` asks for tracebacks."""

    is_on = False


@contextmanager
def failures_as_exit_codes() -> Iterator[None]:
    """Turn errors into one line on stderr and the documented exit code."""
    try:
        yield
    except (imagetasks.ImageTasksError, ValueError, TypeError) as error:
        if Debugging.is_on:
            import traceback

            traceback.print_exception(error)
        print_failure(error)
        raise typer.Exit(exit_code(error)) from error
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


class ExitCodes:
    """The exit code of several tasks: that of the first failure, which holds up none of the others."""

    def __init__(self) -> None:
        self.first = 0

    def note(self, code: int) -> None:
        self.first = self.first or code

    @contextmanager
    def noted(self) -> Iterator[None]:
        try:
            yield
        except (imagetasks.ImageTasksError, ValueError) as error:
            print_failure(error)
            self.note(exit_code(error))


def exit_code(error: Exception) -> int:
    match error:
        case imagetasks.TaskFailed():
            return 1
        case imagetasks.WaitTimeout() | imagetasks.UnknownState():
            return 4
        case imagetasks.NetworkError() | imagetasks.PollOutage():
            return 5
        case imagetasks.SubmitOutcomeUnknown() | imagetasks.DownloadError():
            return 5
        case imagetasks.JournalError() if error.task is not None:
            return 5  # the vendor accepted it: nothing was refused
        case imagetasks.ServerError() | imagetasks.MalformedResponse():
            return 5
        case imagetasks.InvalidRequest() | imagetasks.AuthenticationError():
            return 2 if error.status_code is None else 3  # None: nothing was sent yet
        case imagetasks.ProviderError():
            return 3
        case _:
            return 2
