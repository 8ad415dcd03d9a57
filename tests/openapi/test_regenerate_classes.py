"""Which class a change of a spec has for callers: row by row."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from examples import Spec
from releases.diff import changes
from releases.extensions import extension_changes
from releases.impact import Change, Impact
from support.edits import DATA, GONE, changed
from support.table import table

PATCH, NEW, BREAKING = Impact.PATCH, Impact.NEW, Impact.BREAKING

SUBMIT = "/paths/~1tasks/post"
READ = "/paths/~1tasks~1{id}/get"
LIFECYCLE = f"{READ}/x-task-lifecycle"
SCHEMAS = "/components/schemas"
ASKED = f"{SCHEMAS}/Request/properties"
TOLD = f"{SCHEMAS}/Task/properties"
PARAMETER = {"in": "query", "schema": {"type": "string"}}

Row = tuple[str, str, Any, Impact, str]

# What changed, where, to what, its class, and words that name it.
# fmt: off
ROWS: list[Row] = [
    # Operations
    ("an operation goes", READ, GONE, BREAKING, "readTask"),
    ("an operation comes", f"{SUBMIT[:-5]}/get", {"operationId": "listTasks", "responses": {"200": {"description": "All"}}}, NEW, "listTasks"),
    ("a path goes", "/paths/~1tasks", GONE, BREAKING, "/tasks"),
    ("an operation gets another id", f"{READ}/operationId", "getTask", BREAKING, "getTask"),
    ("a documented answer goes", f"{SUBMIT}/responses/402", GONE, BREAKING, "402"),
    ("a documented answer comes", f"{SUBMIT}/responses/429", {"description": "Slow down"}, NEW, "429"),
    ("the body becomes optional", f"{SUBMIT}/requestBody/required", False, NEW, "required"),
    # Parameters
    ("a required parameter comes", f"{READ}/parameters/1", {**PARAMETER, "name": "at", "required": True}, BREAKING, "at"),
    ("an optional parameter comes", f"{READ}/parameters/1", {**PARAMETER, "name": "at"}, NEW, "gains at"),
    ("a parameter becomes required", f"{SUBMIT}/parameters/0/required", True, BREAKING, "X-Request-ID"),
    ("a parameter goes", f"{SUBMIT}/parameters/0", GONE, BREAKING, "X-Request-ID"),
    # What is asked
    ("an optional field of a request goes", f"{ASKED}/count", GONE, BREAKING, "`Request.count` is gone"),
    ("an optional field of a request comes", f"{ASKED}/seed", {"type": "integer"}, NEW, "`Request.seed` is new"),
    ("a field of a request becomes required", f"{SCHEMAS}/Request/required", ["prompt", "count"], BREAKING, "required gains count"),
    ("a field of a request becomes optional", f"{SCHEMAS}/Request/required", GONE, NEW, "required"),
    ("an enum of a request loses a value", f"{SCHEMAS}/Quality/enum", ["low"], BREAKING, "enum loses high"),
    ("an enum of a request gains a value", f"{SCHEMAS}/Quality/enum", ["low", "high", "ultra"], NEW, "enum gains ultra"),
    ("a type of a request changes", f"{ASKED}/count/type", "string", BREAKING, "integer -> string"),
    ("a type of a request widens", f"{ASKED}/count/type", ["integer", "null"], NEW, "type"),
    ("an upper limit of a request falls", f"{ASKED}/count/maximum", 2, BREAKING, "maximum 4 -> 2"),
    ("an upper limit of a request rises", f"{ASKED}/count/maximum", 8, NEW, "maximum 4 -> 8"),
    ("a lower limit of a request rises", f"{ASKED}/count/minimum", 2, BREAKING, "minimum 1 -> 2"),
    ("a length of a request is limited", f"{ASKED}/size/maxLength", 9, BREAKING, "maxLength"),
    ("a length of a request is no longer limited", f"{ASKED}/prompt/maxLength", GONE, NEW, "maxLength"),
    ("a rule between fields comes", f"{SCHEMAS}/Request/allOf/1", {"required": ["size"]}, BREAKING, "`Request` gains"),
    ("a rule between fields goes", f"{SCHEMAS}/Request/allOf/0", GONE, NEW, "`Request`"),
    ("what a rule says of a field goes", f"{SCHEMAS}/Request/allOf/0/then/properties/count", GONE, NEW, "`Request.count`"),
    ("a rule between fields tightens", f"{SCHEMAS}/Request/allOf/0/then/properties/count/maximum", 1, BREAKING, "maximum 2 -> 1"),
    # What is told
    ("a field of an answer goes", f"{TOLD}/credits", GONE, BREAKING, "`Task.credits` is gone"),
    ("a field of an answer comes", f"{TOLD}/seed", {"type": "integer"}, NEW, "`Task.seed` is new"),
    ("a field of an answer is no longer sure", f"{SCHEMAS}/Task/required", ["id"], BREAKING, "required loses status"),
    ("a field of an answer is sure", f"{SCHEMAS}/Task/required", ["id", "status", "url"], NEW, "required gains url"),
    ("a header of an answer goes", f"{READ}/responses/200/headers/x-request-id", GONE, BREAKING, "x-request-id is gone"),
    ("an enum of an answer loses a value", f"{TOLD}/kind/enum", ["image"], BREAKING, "enum loses video"),
    ("an enum of an answer gains a value", f"{TOLD}/kind/enum", ["image", "video", "sound"], BREAKING, "enum gains sound"),
    ("a type of an answer changes", f"{TOLD}/credits/type", "string", BREAKING, "integer -> string"),
    ("a type of an answer narrows", f"{TOLD}/url/type", "string", NEW, "type"),
    ("a limit of an answer rises", f"{TOLD}/url/maxLength", 4000, BREAKING, "2000 -> 4000"),
    ("a limit of an answer falls", f"{TOLD}/url/maxLength", 1000, NEW, "2000 -> 1000"),
    # Access
    ("a way to authenticate goes", "/security/1", GONE, BREAKING, "security"),
    ("a way to authenticate comes", "/security/2", {"bearer": [], "key": []}, NEW, "security"),
    ("the key goes into another header", "/components/securitySchemes/key/name", "authorization", BREAKING, "x-api-key -> authorization"),
    ("another server", "/servers/0/url", "https://api.vendor.example", BREAKING, "https://api.vendor.example"),
    # Names in the generated clients
    ("a schema goes by another name", f"{SCHEMAS}/Other", {"type": "string"}, NEW, "`Other` is new"),
    # Words
    ("a description", f"{ASKED}/prompt/description", "What to paint", PATCH, "description What to draw -> What to paint"),
    ("a default in words", f"{SCHEMAS}/Quality/description", "Documented default `high`", PATCH, "description"),
    ("a summary", f"{READ}/summary", "Look", PATCH, "summary"),
    ("a title", "/info/title", "Vendor", PATCH, "title"),
    ("an example comes", f"{SUBMIT}/requestBody/content/application~1json/examples/more", {"summary": "More", "value": {"prompt": "A dog"}}, PATCH, "more"),
]
# fmt: on

# What Redocly does not look at.
# fmt: off
EXTENSIONS: list[Row] = [
    # States
    ("a state goes", f"{LIFECYCLE}/states/1", GONE, BREAKING, 'the state "running" is gone'),
    ("a state comes", f"{LIFECYCLE}/states/3", {"value": "gone", "meaning": "failed"}, BREAKING, 'the state "gone" is new'),
    ("a state is renamed", f"{LIFECYCLE}/states/0/value", "waiting", BREAKING, 'the state "waiting" is new'),
    ("a state becomes terminal", f"{LIFECYCLE}/states/1/meaning", "failed", BREAKING, 'the state "running" means failed, no longer running'),
    ("a state becomes a number", f"{LIFECYCLE}/states/0/value", 1, BREAKING, "the state 1 is new"),
    ("states come in another order", f"{LIFECYCLE}/states", DATA["paths"]["/tasks/{id}"]["get"]["x-task-lifecycle"]["states"][::-1], PATCH, "another order"),
    ("the state is in another place", f"{LIFECYCLE}/at/state", ["/data/status"], BREAKING, "the place of state"),
    ("the result is in another place", f"{LIFECYCLE}/at/result", ["/urls"], BREAKING, "the place of result"),
    ("the id is in another place", f"{LIFECYCLE}/at/id", ["/taskId", "/id"], BREAKING, "the place of id"),
    ("a second place for the result", f"{LIFECYCLE}/at/result", ["/url", "/video"], NEW, "the place of result"),
    ("a place for the error", f"{LIFECYCLE}/at/error-message", ["/error"], NEW, "the place of error-message"),
    ("times in another unit", f"{LIFECYCLE}/time-unit", "milliseconds", BREAKING, "time-unit seconds -> milliseconds"),
    ("results live shorter", f"{LIFECYCLE}/result-lifetime", 3600, BREAKING, "result-lifetime 86400 -> 3600"),
    ("results live longer", f"{LIFECYCLE}/result-lifetime", 90000, NEW, "result-lifetime 86400 -> 90000"),
    ("how long results live is not said", f"{LIFECYCLE}/result-lifetime", GONE, BREAKING, "result-lifetime"),
    ("another gap between polls", f"{LIFECYCLE}/poll-gap/min", 5, NEW, "poll-gap min 2 -> 5"),
    ("something of a lifecycle that is not known here", f"{LIFECYCLE}/cancel", "cancelTask", NEW, "cancel"),
    ("no lifecycle any more", LIFECYCLE, GONE, BREAKING, "x-task-lifecycle"),
    # The others
    ("submits are no longer deduplicated", f"{SUBMIT}/parameters/0/x-idempotency-key", GONE, BREAKING, "x-idempotency-key"),
    ("another default", f"{SCHEMAS}/Quality/x-documented-default", "high", BREAKING, "low -> high"),
    ("a default that was not documented", f"{ASKED}/count/x-documented-default", 1, NEW, "x-documented-default is now 1"),
    ("a tighter rule of sizes", f"{ASKED}/size/x-size-rules/max-edge", 1024, BREAKING, "max-edge 3840 -> 1024"),
    ("a wider rule of sizes", f"{ASKED}/size/x-size-rules/min-pixels", 4096, NEW, "min-pixels 655360 -> 4096"),
    ("another rule of sizes", f"{ASKED}/size/x-size-rules/max-aspect", 3, BREAKING, "max-aspect"),
    ("another multiple", f"{ASKED}/size/x-size-rules/edge-multiple-of", 8, BREAKING, "edge-multiple-of 16 -> 8"),
    ("what is used becomes less", f"{ASKED}/size/x-used-items", 1, BREAKING, "x-used-items is now 1"),
    ("a failure means something else", "/x-failure-reasons/0/reason", "timeout", BREAKING, "the failure FULL means timeout, no longer storage"),
    ("another code of a failure", "/x-failure-reasons/0/code", "STORE", BREAKING, "the failure FULL is gone (it meant storage)"),
    ("a failure that was not explained", "/x-failure-reasons/1", {"reason": "timeout", "code": "LATE", "x-source": []}, NEW, "the failure LATE is new (it means timeout)"),
    ("one that is looked for before", "/x-failure-reasons", [{"reason": "timeout", "words": "f"}, DATA["x-failure-reasons"][0]], NEW, "the failure f is new"),
    ("no failure is explained any more", "/x-failure-reasons", GONE, BREAKING, "the failure FULL is gone"),
    ("a page of a failure is read again", "/x-failure-reasons/0/x-source/0/read", "2026-12-01", PATCH, "the sources of x-failure-reasons"),
    ("another price", "/x-prices/prices/0/credits", 2, NEW, "x-prices"),
    ("another rate", "/x-rate-limits/tiers/free/submitTask/0/requests", 1, NEW, "x-rate-limits"),
    ("a member goes by another name", f"{SCHEMAS}/Quality/x-enum-varnames", ["LOW", "BEST"], BREAKING, "loses HIGH and gains BEST"),
    ("a page is read again", f"{SUBMIT}/x-source/0/read", "2026-12-01", PATCH, "x-source"),
]
# fmt: on


def compare(new: dict[str, Any]) -> list[Change]:
    return changes(as_spec(DATA), as_spec(new))


def as_spec(data: dict[str, Any]) -> Spec:
    return Spec(json.loads(json.dumps(data, default=str)))


@pytest.fixture(scope="module")
def found() -> dict[str, list[Change]]:
    """By row; Redocly takes half a second for each."""
    with ThreadPoolExecutor(4) as pool:
        edited = [changed(DATA, pointer, value) for _, pointer, value, *_ in ROWS]
        return dict(
            zip((row[0] for row in ROWS), pool.map(compare, edited), strict=True)
        )


@pytest.mark.node
@pytest.mark.long
@table("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_change_has_its_class_and_words(
    row: Row, found: dict[str, list[Change]]
) -> None:
    what, _, _, impact, words = row
    assert_is(found[what], impact, words)


@table("row", EXTENSIONS, ids=[row[0] for row in EXTENSIONS])
def test_a_change_of_an_extension_has_its_class_and_words(row: Row) -> None:
    _, pointer, value, impact, words = row
    new = as_spec(changed(DATA, pointer, value))
    assert_is(list(extension_changes(as_spec(DATA), new)), impact, words)


def assert_is(found: list[Change], impact: Impact, words: str) -> None:
    assert max(change.impact for change in found) is impact, found
    assert any(words in change.words for change in found), found


@pytest.mark.node
@pytest.mark.long
def test_a_whole_operation_that_goes_is_one_change() -> None:
    assert len(compare(changed(DATA, READ, GONE))) == 1


@pytest.mark.node
@pytest.mark.long
def test_a_parameter_of_a_path_that_is_renamed_breaks_who_names_it() -> None:
    text = json.dumps(DATA, default=str).replace("/tasks/{id}", "/tasks/{task}")
    new = json.loads(text.replace('"name": "id"', '"name": "task"'))
    worst = compare(new)[0]
    assert worst.impact is BREAKING
    assert "parameter task: name id -> task" in worst.words


@pytest.mark.node
@pytest.mark.long
def test_a_schema_that_is_renamed_breaks_who_imports_its_class() -> None:
    text = json.dumps(DATA, default=str)
    new = json.loads(text.replace("schemas/Task", "schemas/Job"))
    new["components"]["schemas"]["Job"] = new["components"]["schemas"].pop("Task")
    assert compare(new)[0].impact is BREAKING


def test_the_version_alone_is_no_change() -> None:
    assert compare(changed(DATA, "/info/version", "2.0.0")) == []


@pytest.mark.node
@pytest.mark.long
def test_the_worst_comes_first() -> None:
    new = changed(DATA, f"{ASKED}/prompt/description", "What to paint")
    new = changed(new, f"{ASKED}/seed", {"type": "integer"})
    new = changed(new, f"{LIFECYCLE}/states/1", GONE)
    assert [change.impact for change in compare(new)] == [BREAKING, NEW, PATCH]


@pytest.mark.node
@pytest.mark.long
def test_what_no_rule_looks_at_is_a_patch_all_the_same() -> None:
    least = f"{SUBMIT}/requestBody/content/application~1json/examples/least"
    (change,) = compare(changed(DATA, f"{least}/value/prompt", "A dog"))
    assert change == (PATCH, "", "examples, or what has no rule here")
