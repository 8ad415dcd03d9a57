"""Where an answer has what: places, as text in the tables of an adapter, and as functions that read them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import reduce
from typing import Any

from .._http.answer import Answer
from .._specs.schema import Json

Places = str | tuple[str, ...]
"""
One place or several, of which the first that holds something counts: a JSON pointer, `header NAME`, or
`/data/param json /input/prompt` for one inside of a text that holds JSON. null is nothing.
"""
Read = Callable[[Json, Answer], Any]
"""What stands at a place of a document, and of the answer that it came in; None for nothing."""

_HEADER = "header "
_IN_TEXT = " json "


@dataclass(frozen=True, kw_only=True)
class At:
    """
    Where an answer has a task's fields. `result`: a URL, or an array of them; `video`: the same, of a video, where it
    stands elsewhere. `seconds_left` and `status_url`: the vendor's guess, and the address to ask at.
    """

    id: Places
    state: Places = ()
    result: Places = ()
    video: Places = ()
    kind: Places = ()
    model: Places = ()
    prompt: Places = ()
    created: Places = ()
    finished: Places = ()
    error_code: Places = ()
    error_message: Places = ()
    credits: Places = ()
    refunded: Places = ()
    seconds_left: Places = ()
    status_url: Places = ()

    @property
    def places(self) -> Mapping[str, tuple[str, ...]]:
        """By field; without those that no answer has."""
        found = {each.name: _all(getattr(self, each.name)) for each in fields(self)}
        return {name: places for name, places in found.items() if places}

    @property
    def state_pointers(self) -> frozenset[str]:
        """Where the answers have a task's state: pointers, and `header:` with a name."""
        states = (place.replace(_HEADER, "header:") for place in _all(self.state))
        return frozenset(states)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers in which answers tell of a task."""
        every = (place for places in self.places.values() for place in places)
        return tuple(
            place.removeprefix(_HEADER) for place in every if place.startswith(_HEADER)
        )


def reader(places: Places) -> Read:
    """What reads the first of the places that holds something."""
    reads = [_reader(place) for place in _all(places)]
    if not reads:
        return _nothing
    return reads[0] if len(reads) == 1 else _first(*reads)


def _first(read: Read, *others: Read) -> Read:
    def read_first(document: Json, answer: Answer) -> Json:
        found = read(document, answer)
        for other in others:
            if found is not None and found != "" and found != []:
                break
            found = other(document, answer)
        return found

    return read_first


def _nothing(document: Json, answer: Answer) -> None:
    return None


def _all(places: Places) -> tuple[str, ...]:
    return (places,) if isinstance(places, str) else places


def _reader(place: str) -> Read:
    if place.startswith(_HEADER):
        name = place.removeprefix(_HEADER)
        return lambda document, answer: answer.headers.get(name)
    outer, _, inner = place.partition(_IN_TEXT)
    if inner:
        return _in_text(pointer_reader(outer), pointer_reader(inner))
    read = pointer_reader(outer)
    return lambda document, answer: read(document)


def pointer_reader(pointer: str) -> Callable[[Json], Any]:
    """What stands at a JSON pointer, None for nothing; of no pointer, never anything."""
    steps = pointer_steps(pointer)
    match steps:  # most pointers are short, and a poll reads most of them
        case ():
            return lambda document: None
        case (name,):
            return lambda document: _child(document, name)
        case (above, name):
            return lambda document: _child(_child(document, above), name)
        case _:
            return lambda document: reduce(_child, steps, document)


def _in_text(outer: Callable[[Json], Any], inner: Callable[[Json], Any]) -> Read:
    def read(document: Json, answer: Answer) -> Json:
        text = outer(document)
        try:
            return inner(json.loads(text)) if isinstance(text, str) else None
        except (ValueError, RecursionError):  # it holds no JSON
            return None

    return read


def pointer_steps(pointer: str) -> tuple[str, ...]:
    steps = pointer.split("/")[1:]
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


def _child(node: Json, step: str) -> Json:
    if isinstance(node, dict):
        return node.get(step)
    if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
        return node[int(step)]
    return None
