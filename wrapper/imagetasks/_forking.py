"""
What a forked child does with what it has from its parent.

A client starts anew in it: locks may be held by threads that are no more there, and a connection that two processes use
gives one the answer to the other. The child's copies of the parent's sockets are replaced by /dev/null: so nothing that
the child does, closing included, reaches the parent's connection, and the vendor sees its end when the parent closes it.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_clients: weakref.WeakSet[Any] = weakref.WeakSet()
_streams: weakref.WeakSet[Any] = weakref.WeakSet()
_kept: list[object] = []
"""What the parent made, and a child must not take apart: its destructors would wait for the parent's threads."""


def start_anew_in_children(client: Any) -> None:
    """In a forked child, `client._start_anew()` is called before anything else."""
    _clients.add(client)


def belongs_to_this_process(stream: Any) -> None:
    """A connection, as httpcore's extension `network_stream` gives it. A forked child lets go of it."""
    if stream is not None:
        _streams.add(stream)


def keep_as_it_is(what: object) -> None:
    """In a child: never used again, and never taken apart."""
    _kept.append(what)


def _in_child() -> None:
    with suppress(Exception):
        _let_go_of_sockets()
    for client in list(_clients):
        client._start_anew()


def _let_go_of_sockets() -> None:
    streams = list(_streams)
    _streams.clear()
    if not streams:
        return
    nowhere = os.open(os.devnull, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    try:
        for stream in streams:
            with suppress(Exception):
                held = stream.get_extra_info("socket")
                # Negative once it is closed.
                if held is not None and held.fileno() >= 0:
                    os.dup2(nowhere, held.fileno(), inheritable=False)
            keep_as_it_is(stream)
    finally:
        os.close(nowhere)


_register: Callable[..., None] | None = getattr(os, "register_at_fork", None)
if _register is not None:  # Windows forks nothing
    _register(after_in_child=_in_child)
