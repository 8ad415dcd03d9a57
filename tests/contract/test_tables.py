"""
What the tables of an adapter say, and what `x-task-lifecycle`, `x-codes` and `x-failure-reasons` say of the same vendor: two
who read the same pages.

The wrapper never reads these extensions, from which the mock and the tests have all that they know of a task.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import imagetasks
import pytest
from imagetasks import (
    AuthenticationError,
    ContentRefused,
    InsufficientCredits,
    InvalidRequest,
    RateLimited,
    Reason,
    ServerError,
    State,
    TaskNotFound,
)
from imagetasks._http.answer import Answer
from imagetasks.providers import PROVIDERS as ADAPTERS
from imagetasks.providers import (
    Codes,
    FailureReason,
    Operation,
    Outcome,
    Provider,
    Submit,
)
from imagetasks.providers._places import reader
from support.specs import (
    PROVIDERS,
    answers,
    failure_reasons,
    load,
    operation,
    resolve,
    status_operation,
)

pytestmark = pytest.mark.contract

ELSEWHERE = {"request"}
"""What only the mock has a use for."""
ERRORS: dict[Any, str] = {
    InvalidRequest: "invalid-request",
    ContentRefused: "content-refused",
    AuthenticationError: "authentication",
    InsufficientCredits: "insufficient-credits",
    TaskNotFound: "not-found",
    RateLimited: "rate-limited",
    ServerError: "server-error",
    Outcome.UNKNOWN: "outcome-unknown",
}


def said_by_spec(provider: str) -> dict[str, Any]:
    status = status_operation(provider)
    life = copy.deepcopy(status.described["x-task-lifecycle"])
    gap = life.get("poll-gap", {})
    return {
        "status": status.id,
        "cancel": life.get("cancel"),
        "states": {state["value"]: state["meaning"] for state in life["states"]},
        "times": life["time-unit"],
        "gap": (gap.get("min"), gap.get("max")),
        "refresh": life.get("upstream-refresh"),
        "lifetime": life.get("result-lifetime"),
        "at": {
            what.replace("-", "_"): list(map(in_a_table, places))
            for what, places in life["at"].items()
            if what not in ELSEWHERE
        },
    }


def in_a_table(place: Any) -> str:
    """A place of the spec, as adapters write it."""
    if isinstance(place, str):
        return place.replace("header:", "header ")
    return f"{place['in']} json {place['json']}"


def said_by(adapter: Provider) -> dict[str, Any]:
    at = {what: list(places) for what, places in adapter.at.places.items()}
    # The spec does not tell results of videos from those of pictures.
    at["result"] += at.pop("video", [])
    return {
        "status": adapter.status.id,
        "cancel": adapter.cancels and adapter.cancels.id,
        "states": {
            wire: meaning.value if isinstance(meaning, State) else "not-found"
            for wire, meaning in adapter.states.items()
            if isinstance(meaning, State) or meaning is TaskNotFound
        },
        "times": adapter.times,
        "gap": tuple(adapter.poll_gap),
        "refresh": adapter.refresh,
        "lifetime": adapter.lifetime,
        "at": at,
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_tables_of_an_adapter_say_what_the_spec_says(provider: str) -> None:
    assert said_by(ADAPTERS[provider]) == said_by_spec(provider)


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ("states", {"waiting": State.RUNNING, "success": State.SUCCEEDED, "fail": State.FAILED}),
        ("states", {"waiting": State.PENDING, "success": State.SUCCEEDED}),
        ("times", "seconds"),
        ("poll_gap", (2, None)),
        ("refresh", 30),
        ("lifetime", 60),
    ],
)  # fmt: skip
def test_a_table_that_says_otherwise_is_found(
    monkeypatch: pytest.MonkeyPatch, table: str, wrong: Any
) -> None:
    adapter = ADAPTERS["aigptimage"]
    monkeypatch.setattr(adapter, table, wrong)
    assert said_by(adapter) != said_by_spec(adapter.name)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_place_that_is_missing_or_elsewhere_is_found(
    monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    adapter = ADAPTERS[provider]
    at = adapter.at
    for what in at.places:
        for wrong in ((), "/elsewhere"):
            if what in ("result", "video") and not wrong:
                wrong = "/nowhere"
            monkeypatch.setattr(adapter, "at", replace(at, **{what: wrong}))
            assert said_by(adapter) != said_by_spec(provider), (what, wrong)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_field_of_a_request_goes_where_the_spec_has_one(provider: str) -> None:
    for submit in submits_of(ADAPTERS[provider]):
        for name, place in submit.fields.items():
            assert is_described(operation(provider, submit.id), place), (name, place)


@pytest.mark.parametrize(
    "place",
    ["/breadth", "/prompt/text", "/width x /breadth", "header X-Request", "path model"],
)
def test_a_field_that_goes_nowhere_is_found(place: str) -> None:
    assert not is_described(operation("akool", "createImage"), place)


def submits_of(adapter: Provider) -> list[Submit]:
    found = [each for each in vars(type(adapter)).values() if isinstance(each, Submit)]
    assert found
    return found


def is_described(op: Any, place: str) -> bool:
    kind, _, name = place.partition(" ")
    if kind in ("path", "header"):
        parameters = [resolve(op.provider, p) for p in op.described.get("parameters", ())]  # fmt: skip
        return (kind, name) in [(p["in"], p["name"]) for p in parameters]
    content = op.described["requestBody"]["content"]["application/json"]
    return all(
        list(schemas_at(op.provider, content["schema"], part.split("/")[1:]))
        for part in place.split(" x ")
    )


def schemas_at(provider: str, schema: Any, steps: list[str]) -> Iterator[Any]:
    """What a schema has at a place, in any of its alternatives and rules."""
    schema = resolve(provider, schema)
    inner = [schema[word] for word in ("then", "else") if word in schema]
    for word in ("allOf", "anyOf", "oneOf"):
        inner += schema.get(word, ())
    for each in inner:
        if isinstance(each, dict):
            yield from schemas_at(provider, each, steps)
    if not steps:
        yield schema
    elif steps[0] in ("0", "*") and "items" in schema:
        yield from schemas_at(provider, schema["items"], steps[1:])
    elif steps[0] in schema.get("properties", {}):
        yield from schemas_at(provider, schema["properties"][steps[0]], steps[1:])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_where_a_submit_s_answer_has_what_is_shown_by_an_example(provider: str) -> None:
    """Of places that are its own: those of the status call stand in the spec."""
    adapter = ADAPTERS[provider]
    for submit in submits_of(adapter):
        if submit.at is None:
            continue
        shown = [e.value for e in answers(operation(provider, submit.id))]
        for what, places in submit.at.places.items():
            if adapter.at.places.get(what) == places:
                continue
            read = reader(places)
            found = [read(value, Answer(200, {}, b"")) for value in shown]
            assert any(value is not None for value in found), (submit.id, what)


def codes_of_spec(provider: str) -> Any:
    described = load(provider).get("x-codes")
    if described is None:
        return None
    here, there = {}, {}
    for entry in described.get("meanings", ()):
        for id in entry.get("operations", ()):
            there[id, entry["code"]] = entry["error"]
        if "operations" not in entry:
            here[entry["code"]] = entry["error"]
    return {
        "at": described["at"],
        "ok": described["ok"],
        "of-http": described.get("of-http", False),
        "retry-after": described.get("retry-after", ""),
        "meanings": here,
        "by operation": there,
    }


def codes_of(adapter: Provider) -> Any:
    if adapter.codes is None:
        return None
    operations = [e for e in vars(type(adapter)).values() if isinstance(e, Operation)]
    return {
        "at": adapter.codes.at,
        "ok": adapter.codes.ok,
        "of-http": adapter.codes.of_http,
        "retry-after": adapter.codes.retry_after,
        "meanings": {c: ERRORS[m] for c, m in adapter.codes.meanings.items()},
        "by operation": {
            (each.id, code): ERRORS[meaning]
            for each in operations
            for code, meaning in each.codes.items()
        },
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_codes_of_an_adapter_mean_what_the_spec_says(provider: str) -> None:
    assert codes_of(ADAPTERS[provider]) == codes_of_spec(provider)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_code_that_a_schema_lists_means_something(provider: str) -> None:
    described = load(provider).get("x-codes", {})
    meant = {entry["code"] for entry in described.get("meanings", ())}
    for name, schema in load(provider)["components"]["schemas"].items():
        if name.endswith("Code") and meant:
            assert set(schema["enum"]) == meant | {described["ok"]}, name


AKOOL = ADAPTERS["akool"].codes
assert AKOOL


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        replace(AKOOL, at="/status"),
        replace(AKOOL, ok=200),
        replace(AKOOL, of_http=True),
        replace(AKOOL, retry_after="/data/wait"),
        replace(AKOOL, meanings={**AKOOL.meanings, 1014: InvalidRequest}),
        replace(AKOOL, meanings={**AKOOL.meanings, 1999: InvalidRequest}),
    ],
)
def test_a_code_that_means_something_else_is_found(
    monkeypatch: pytest.MonkeyPatch, wrong: Codes | None
) -> None:
    adapter = ADAPTERS["akool"]
    monkeypatch.setattr(adapter, "codes", wrong)
    assert codes_of(adapter) != codes_of_spec("akool")


def reasons_of(adapter: Provider) -> list[dict[str, str]]:
    return [
        {
            key: value
            for key, value in (
                ("reason", each.reason.replace("_", "-")),
                ("code", each.code),
                ("words", each.words),
            )
            if value is not None
        }
        for each in adapter.reasons
    ]


def reasons_of_spec(provider: str) -> list[dict[str, str]]:
    return [
        {key: entry[key] for key in entry if key != "x-source"}
        for entry in failure_reasons(provider)
    ]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_failures_of_an_adapter_mean_what_the_spec_says(provider: str) -> None:
    """In the same order: the first that fits counts."""
    assert reasons_of(ADAPTERS[provider]) == reasons_of_spec(provider)


NO_RESULT, STORAGE = ADAPTERS["gptimage2api"].reasons


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        (STORAGE, NO_RESULT),
        (NO_RESULT, replace(STORAGE, reason=Reason.TIMEOUT)),
        (NO_RESULT, replace(STORAGE, code="STORE_ERROR")),
        (NO_RESULT, replace(STORAGE, words="stored")),
        (NO_RESULT, STORAGE, FailureReason(Reason.TIMEOUT, code="TIMEOUT")),
    ],
)
def test_a_failure_that_means_something_else_is_found(
    monkeypatch: pytest.MonkeyPatch, wrong: tuple[FailureReason, ...]
) -> None:
    adapter = ADAPTERS["gptimage2api"]
    monkeypatch.setattr(adapter, "reasons", wrong)
    assert reasons_of(adapter) != reasons_of_spec("gptimage2api")


@pytest.mark.parametrize(
    "keyword", ["x-task-lifecycle", "x-codes", "x-failure-reasons"]
)
def test_the_wrapper_does_not_read_what_its_tables_say(keyword: str) -> None:
    """Else a mistake in it would be one of both, and no test could tell."""
    package = Path(imagetasks.__file__).parent
    readers = [p for p in package.rglob("*.py") if keyword in p.read_text()]
    assert readers == []
