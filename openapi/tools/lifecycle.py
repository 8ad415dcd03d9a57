"""
Hold an `x-task-lifecycle` against its JSON Schema and the examples of its operation.

The mock trusts what it says, so whatever it says has to be shown by an example.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from document import NOWHERE, Problems, join, lookup
from examples import Example, Spec, flaws

KEYWORD = "x-task-lifecycle"
SCHEMA = json.loads(Path(__file__).with_name("lifecycle.schema.json").read_text())


HEADER = "header:"
NOT_FOUND = "not-found"


class Shown(NamedTuple):
    """An example, and the state that it tells: of a task, or that there is none."""

    example: Example
    state: Any


def read(example: Example, place: Any) -> Any:
    """What stands at a place; None for nothing."""
    if isinstance(place, str) and place.startswith(HEADER):
        return example.headers.get(place.removeprefix(HEADER))
    return _read(example.value, place)


def _read(value: Any, place: Any) -> Any:
    try:
        if isinstance(place, dict):
            return _read(json.loads(lookup(value, place["in"])), place["json"])
        return lookup(value, place)
    except NOWHERE:
        return None


def first(example: Example, places: list[Any]) -> Any:
    found = (read(example, place) for place in places)
    return next((item for item in found if item is not None), None)


def lifecycle_is_true(spec: Spec, pointer: str, operation: dict[str, Any]) -> Problems:
    here, lifecycle = join(pointer, KEYWORD), operation[KEYWORD]
    misshapen = list(flaws(SCHEMA, lifecycle, here))
    if misshapen:
        yield from misshapen
        return
    shown = list(shown_states(spec, pointer, lifecycle))
    not_found = values(lifecycle, NOT_FOUND)
    tasks = [each for each in shown if each.state not in not_found]
    if tasks:
        yield from states_are_shown(here, lifecycle, shown)
        yield from states_are_those_of_the_schema(spec, here, lifecycle, shown)
        answers = [task.example for task in tasks]
        answers += submitted(spec, operation["operationId"])
        yield from places_hold_something(here, lifecycle, answers)
        yield from tasks_have_what_they_need(lifecycle, tasks)
        if lifecycle.get("cancel", operation["operationId"]) not in {
            described.get("operationId") for _, described in spec.operations()
        }:
            yield join(here, "cancel"), "no operation has this id"
    else:
        yield join(here, "at", "state"), "no example of response 200 has a state there"


def values(lifecycle: dict[str, Any], meaning: str) -> list[Any]:
    """The states that mean this."""
    states = lifecycle["states"]
    return [state["value"] for state in states if state["meaning"] == meaning]


def shown_states(
    spec: Spec, operation: str, lifecycle: dict[str, Any]
) -> Iterator[Shown]:
    """
    An error in an envelope has no state, as there is no task. What stands in the place of one in a refusal is none
    either (`status: 404`, for one), unless it is listed as not-found.
    """
    not_found = values(lifecycle, NOT_FOUND)
    for status in spec.at(operation)["responses"]:
        for example in spec.examples(spec.follow(join(operation, "responses", status))):
            state = first(example, lifecycle["at"]["state"])
            if state in not_found or (status == "200" and state is not None):
                yield Shown(example, state)


def submitted(spec: Spec, status_operation: str) -> Iterator[Example]:
    """The answers of the operations that make tasks: a link leads from there to the one that reads them."""
    for pointer, operation in spec.operations():
        for status in operation["responses"]:
            response = spec.follow(join(pointer, "responses", status))
            links = (
                spec.follow(join(response, "links", name))
                for name in spec.at(response).get("links", {})
            )
            if any(spec.at(n).get("operationId") == status_operation for n in links):
                yield from spec.examples(response)


def options(spec: Spec, example: Example, place: str) -> list[Any]:
    """What a closed list allows at a place."""
    if not place.startswith(HEADER):
        return spec.allowed(example.schema, example.value, place)
    schema = header_schema(spec, example, place.removeprefix(HEADER))
    return list(spec.at(schema).get("enum", ())) if schema else []


def header_schema(spec: Spec, example: Example, name: str) -> str | None:
    """Where the response that an example is of describes a header."""
    response = example.schema.partition("/content/")[0]
    try:
        header = spec.follow(join(response, "headers", name))
        return spec.follow(join(header, "schema"))
    except NOWHERE:
        return None


def states_are_shown(
    here: str, lifecycle: dict[str, Any], shown: list[Shown]
) -> Problems:
    seen = [each.state for each in shown]
    for index, state in enumerate(lifecycle["states"]):
        if state["value"] not in seen:
            message = f"no example of response 200 has the state {state['value']!r}"
            yield join(here, "states", index), message


def states_are_those_of_the_schema(
    spec: Spec, here: str, lifecycle: dict[str, Any], shown: list[Shown]
) -> Problems:
    allowed = {
        option
        for example, _ in shown
        for place in lifecycle["at"]["state"]
        if read(example, place) is not None
        for option in options(spec, example, place)
    }
    listed = [state["value"] for state in lifecycle["states"]]
    for index, value in enumerate(listed):
        if value not in allowed:
            yield join(here, "states", index), f"the schema does not list {value!r}"
    for value in sorted(allowed.difference(listed), key=repr):
        yield join(here, "states"), f"the schema lists {value!r} as well"


def places_hold_something(
    here: str, lifecycle: dict[str, Any], answers: list[Example]
) -> Problems:
    for key, places in lifecycle["at"].items():
        for index, place in enumerate(places):
            if all(read(answer, place) is None for answer in answers):
                message = (
                    f"no example of a task, or of a submit, has a value there, as {key}"
                )
                yield join(here, "at", key, index), message


def tasks_have_what_they_need(
    lifecycle: dict[str, Any], tasks: list[Shown]
) -> Problems:
    at = lifecycle["at"]
    meanings = {state["value"]: state["meaning"] for state in lifecycle["states"]}
    for example, state in tasks:
        if first(example, at["id"]) is None:
            yield example.pointer, "a task without an id"
        if meanings.get(state) == "succeeded" and not first(example, at["result"]):
            yield example.pointer, "a task that succeeded without a result"
