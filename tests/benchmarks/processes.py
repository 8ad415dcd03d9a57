"""The vendor is a process on one core, each client a new process on the other."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from .machine import pin

SPAWN = multiprocessing.get_context("spawn")


@contextmanager
def served(serve: Callable[..., None], *arguments: object) -> Iterator[str]:
    """The address of a vendor: of what `serve` says that it listens on."""
    receiver, sender = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(
        target=_on_first_core, args=(serve, sender, *arguments), daemon=True
    )
    process.start()
    sender.close()
    try:
        yield f"http://127.0.0.1:{receiver.recv()}"
    finally:
        process.terminate()
        process.join()


def result_of(work: Callable[..., Any], *arguments: object) -> Any:
    """Raises EOFError where the process fails; it has printed why."""
    receiver, sender = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=_on_second_core, args=(sender, work, *arguments))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    finally:
        process.join()


def _on_first_core(
    serve: Callable[..., None], started: Connection, *arguments: object
) -> None:
    pin(0)
    serve(started, *arguments)


def _on_second_core(
    result: Connection, work: Callable[..., Any], *arguments: object
) -> None:
    pin(1)
    result.send(work(*arguments))
