"""The linter of the specs, where it looks at prices: one mistake, in a copy of a good spec."""

from __future__ import annotations

from typing import Any

import lint
import prices
import pytest
from examples import Spec
from support.edits import GONE, changed
from support.table import table

AIGPTIMAGE, GPTIMAGE2API = (
    Spec.load(lint.OPENAPI / f"{name}.yaml").data
    for name in ("aigptimage", "gptimage2api")
)


def mistake(
    sentence: str, place: str, value: Any, why: str, where: str | None = None
) -> Any:
    """`where` it is found: at the place itself, if not said otherwise."""
    return pytest.param(place, value, where or place, why, id=sentence)


FIRST = "/x-prices/prices/0"
VIDEO = {"/model": "seedance-2.0-text-to-video"}


@table(
    ("place", "value", "where", "why"),
    [
        mistake("of no operation", f"{FIRST}/operation", "createImage", "no operation with a request has this id"),
        mistake("of one without a request", f"{FIRST}/operation", "getTask", "no operation with a request has this id"),
        mistake("a text", f"{FIRST}/credits", "3", 'is not of types'),
        mistake("a fraction", f"{FIRST}/credits", 2.5, 'is not of types'),
        mistake("below zero", f"{FIRST}/credits", -1, "less than the minimum"),
        mistake("a list of one", f"{FIRST}/credits", [5], "has less than 2 items"),
        mistake("the same price twice", f"{FIRST}/credits", [5, 5], "non-unique"),
        mistake("none", f"{FIRST}/credits", GONE, '"credits" is a required property', where=FIRST),
        mistake("a word that nobody reads", f"{FIRST}/credits-by-duration", [5, 10], "was unexpected", where=FIRST),
        mistake("a field that is no pointer", f"{FIRST}/when", {"model": "x"}, "does not match"),
        mistake("a field that is left out", f"{FIRST}/when/~1model", None, "is not of types"),
        mistake("a field inside of a text", f"{FIRST}/when/~1model~1name", "x", "no request has the field /model/name"),
        mistake("seconds that are no pointer", f"{FIRST}/per", "duration", "does not match"),
        mistake("no prices at all", "/x-prices/prices", [], "has less than 1 item"),
        mistake("a model that is misspelt", f"{FIRST}/when", {"/model": "gpt-image-3"}, "is none of the values", where=f"{FIRST}/when/~1model"),
        mistake("a field that is misspelt", f"{FIRST}/when/~1input~1resoluton", "1K", "no request has the field /input/resoluton"),
        mistake("a resolution that the model does not have", f"{FIRST}/when", VIDEO | {"/input/resolution": "4K"}, '"4K" is none of the values', where=f"{FIRST}/when/~1input~1resolution"),
        mistake("seconds that are misspelt", f"{FIRST}/per", "/input/seconds", "no request has the field /input/seconds"),
        mistake("the same request twice", "/x-prices/prices/1/when/~1input~1resolution", "1K", "never reached: entry 0 holds before it", where="/x-prices/prices/1"),
        mistake("behind one that asks for less", f"{FIRST}/when", {"/model": "gpt-image-2-text-to-image"}, "never reached: entry 0", where="/x-prices/prices/1"),
        mistake("an inferred field that a request has", "/x-prices/inferred", ["/input/resolution"], "the request has this field", where=f"{FIRST}/when/~1input~1resolution"),
        mistake("an inferred field that no price asks for", "/x-prices/inferred", ["/input/fps"], "no price asks for it", where="/x-prices/inferred/0"),
    ],
)  # fmt: skip
def test_prices_are_of_requests(place: str, value: Any, where: str, why: str) -> None:
    spec = Spec(changed(AIGPTIMAGE, place, value))

    assert_found(spec, where, why)


def test_a_field_that_no_page_names_has_to_be_said_to_be_inferred() -> None:
    data = changed(GPTIMAGE2API, "/x-prices/inferred", GONE)

    assert_found(Spec(data), "/x-prices/prices/2/when/~1resolution", "nor is it")


def test_the_linter_asks_for_prices() -> None:
    data = changed(AIGPTIMAGE, f"{FIRST}/operation", "getTask")
    assert f"{FIRST}/operation" in [place for place, _ in lint.problems(Spec(data))]


def assert_found(spec: Spec, where: str, why: str) -> None:
    found = list(prices.prices_are_of_requests(spec))
    assert [message for place, message in found if place == where and why in message], (
        found
    )
