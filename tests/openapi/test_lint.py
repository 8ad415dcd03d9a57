"""The linter of the specs is able to fail: one mistake, in a copy of a good spec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lint
import pytest
import yaml
from document import lookup
from examples import Spec, spec_files
from lines import line_of
from support.edits import GONE, changed
from support.table import table

SPECS = {file.stem: Spec.load(file) for file in spec_files(lint.OPENAPI)}

STATUS = "/paths/~1v1~1result~1{id}/get"
LIFECYCLE = f"{STATUS}/x-task-lifecycle"
ANSWER = f"{STATUS}/responses/200/content/application~1json"
QUEUED, PROCESSING, COMPLETED, FAILED = (
    f"{ANSWER}/examples/{name}"
    for name in ("queued", "processing", "completed", "failed")
)
SUBMIT = "/paths/~1v1~1image2~1images/post"
REQUEST = f"{SUBMIT}/requestBody/content/application~1json"
LINK = f"{SUBMIT}/responses/200/links/getImage"
REASONS = "/x-failure-reasons"
SCHEMAS = "/components/schemas"
ENUM = f"{SCHEMAS}/ImageStatus/enum"
STATES = ["queued", "processing", "completed", "failed"]

# Of aigptimage, whose results are JSON inside a string
SUCCESS = (
    "/paths/~1api~1v1~1jobs~1recordInfo/get/responses/200/content/application~1json"
    "/examples/success/value"
)
RESULT = f"{SUCCESS}/data/resultJson"


@pytest.mark.long
@table("provider", SPECS)
def test_the_specs_have_no_findings(provider: str) -> None:
    assert list(lint.problems(SPECS[provider])) == []


def mistake(
    sentence: str, place: str, value: Any, why: str, where: str | None = None
) -> Any:
    """`where` it is found: at the place itself, if not said otherwise."""
    return pytest.param(place, value, where or place, why, id=sentence)


@pytest.mark.long
@table(
    ("place", "value", "where", "why"),
    [
        mistake(
            "a value of the wrong type",
            f"{COMPLETED}/value/created",
            "yesterday",
            f'"yesterday" is not of type "integer", says {SCHEMAS}/Image/',
        ),
        mistake(
            "a value that breaks an if/then",
            f"{FAILED}/value/error",
            None,
            f'null is not of type "string", says {SCHEMAS}/Image/allOf/1/then/',
        ),
        mistake(
            "a value in the wrong format",
            f"{COMPLETED}/value/image_url",
            "two words",
            '"two words" is not a "uri"',
        ),
        mistake(
            "a request that its own rules refuse",
            f"{REQUEST}/examples/documented/value/resolution",
            "8k",
            '"8k" is not one of "1k", "2k" or "4k"',
        ),
        mistake(
            "a parameter with a wrong example",
            f"{STATUS}/parameters/0/example",
            7,
            '7 is not of type "string"',
        ),
        mistake(
            "a schema with a wrong example",
            f"{SCHEMAS}/Quality/examples",
            ["low", "best"],
            '"best" is not one of',
            where=f"{SCHEMAS}/Quality/examples/1",
        ),
        mistake(
            "an example with a header that its response does not describe",
            f"{QUEUED}/x-headers",
            {"X-State": "queued"},
            "the response describes no such header",
            where=f"{QUEUED}/x-headers/X-State",
        ),
        mistake(
            "a state in a header that no example has",
            f"{LIFECYCLE}/at/state",
            ["header:X-State"],
            "no example of response 200 has a state there",
        ),
        mistake(
            "a place in something that is no header",
            f"{LIFECYCLE}/at/state",
            ["cookie:state"],
            "does not match",
            where=f"{LIFECYCLE}/at/state/0",
        ),
        mistake(
            "an operation that cancels, and is not there",
            f"{LIFECYCLE}/cancel",
            "cancelImage",
            "no operation has this id",
        ),
        mistake(
            "an id that is to have a form",
            f"{LIFECYCLE.rpartition('/')[0]}/parameters/0/schema/format",
            "uuid",
            "an id is opaque",
        ),
        mistake(
            "values that are no names",
            f"{SCHEMAS}/CreateImageRequest/properties/quality/enum",
            ["low", "16:9"],
            "x-enum-varnames",
            where=f"{SCHEMAS}/CreateImageRequest/properties/quality/enum/1",
        ),
        mistake(
            "a closed list that may be null",
            f"{SCHEMAS}/CreateImageRequest/properties/quality",
            {"type": ["string", "null"], "enum": ["low", None]},
            "three classes",
            where=f"{SCHEMAS}/CreateImageRequest/properties/quality/enum",
        ),
        mistake(
            "a server with a variable that it does not describe",
            "/servers/0",
            {"url": "https://api.{region}.vendor.example/v1"},
            "does not describe region",
            where="/servers/0/url",
        ),
        mistake(
            "a server that anybody can have",
            "/servers/0",
            {
                "url": "https://{name}.example/v1",
                "variables": {"name": {"default": "vendor"}},
            },
            "anybody can have a host that fits {name}",
            where="/servers/0/url",
        ),
        mistake(
            "a server that is no address",
            "/servers/0",
            {"url": "/v1"},
            "https:// and a host",
            where="/servers/0/url",
        ),
        mistake("no server", "/servers", [], "where do calls go"),
        mistake(
            "a rule for sizes of fields that are not there",
            f"{SCHEMAS}/CreateImageRequest/x-size-rules",
            {"edges": ["width", "hight"]},
            "no such property",
            where=f"{SCHEMAS}/CreateImageRequest/x-size-rules/edges/1",
        ),
        mistake(
            "something that is still to be read",
            "/info/summary",
            "TODO which models",
            "to be filled in: TODO which models",
        ),
        mistake(
            "an example without a summary",
            f"{QUEUED}/summary",
            GONE,
            "the example has no summary",
            where=QUEUED,
        ),
        mistake(
            "an example without a value",
            f"{REQUEST}/examples/documented/value",
            GONE,
            "the example has no value",
            where=f"{REQUEST}/examples/documented",
        ),
        mistake(
            "an example without a name",
            REQUEST,
            {"example": {"model": "gpt-image-2", "prompt": "A cat"}},
            "give it a name",
            where=f"{REQUEST}/example",
        ),
        mistake(
            "a media type without examples",
            f"{REQUEST}/examples",
            GONE,
            "no named examples",
            where=REQUEST,
        ),
        mistake(
            "an operation without a source",
            f"{STATUS}/x-source",
            GONE,
            "no x-source",
            where=STATUS,
        ),
        mistake(
            "a source that was read nobody knows when",
            f"{STATUS}/x-source/0/read",
            GONE,
            '"read" is a required property',
            where=f"{STATUS}/x-source/0",
        ),
        mistake(
            "a source that was read on no day of the calendar",
            f"{STATUS}/x-source/0/read",
            "2026-02-30",
            'is not a "date"',
        ),
        mistake(
            "a source with a word that does not exist",
            f"{STATUS}/x-source/0/copied",
            "elsewhere",
            "'copied' was unexpected",
            where=f"{STATUS}/x-source/0",
        ),
        mistake(
            "an extension that nobody described",
            f"{SCHEMAS}/Quality/x-documented-defalt",
            "low",
            "'x-documented-defalt' was unexpected",
            where=f"{SCHEMAS}/Quality",
        ),
        mistake(
            "an extension beside OpenAPI's own words that nobody described",
            "/info/x-price",
            {"prices": []},
            "'x-price' was unexpected",
            where="/info",
        ),
        mistake(
            "codes that do not say which one is a success",
            "/x-codes",
            {"at": "/code"},
            '"ok" is a required property',
        ),
        mistake(
            "a failure whose reason does not exist",
            f"{REASONS}/0/reason",
            "nudity",
            '"nudity" is not one of',
        ),
        mistake(
            "a failure whose reason is that nobody knows it",
            f"{REASONS}/0/reason",
            "unknown",
            '"unknown" is not one of',
        ),
        mistake(
            "a failure that is told by nothing",
            f"{REASONS}/0/words",
            GONE,
            "is a required property",
            where=f"{REASONS}/0",
        ),
        mistake(
            "a failure that no page documents",
            f"{REASONS}/0/x-source",
            GONE,
            '"x-source" is a required property',
            where=f"{REASONS}/0",
        ),
        mistake(
            "a failure that is told by a number",
            f"{REASONS}/0/code",
            400,
            '400 is not of type "string"',
        ),
        mistake(
            "a failure that no example shows",
            f"{REASONS}/0/words",
            "content policy was violated",
            "no example of a failed task",
            where=f"{REASONS}/0",
        ),
        mistake(
            "a failure that another one explains first",
            f"{REASONS}/0/words",
            "i",
            "no example of a failed task",
            where=f"{REASONS}/1",
        ),
        mistake(
            "a failure with a code where the vendor has none",
            f"{REASONS}/0/code",
            "400",
            "no example of a failed task",
            where=f"{REASONS}/0",
        ),
        mistake(
            "a webhook that tells of a state that no task has",
            f"{STATUS}/x-told-states",
            ["completed", "paused"],
            "no task has this state",
            where=f"{STATUS}/x-told-states/1",
        ),
        mistake(
            "an array of which nothing is used",
            f"{SCHEMAS}/CreateImageRequest/properties/image_urls/x-used-items",
            0,
            "0 is less than the minimum of 1",
        ),
        mistake(
            "a rule of sizes that does not exist",
            f"{SCHEMAS}/CreateImageRequest/properties/size/x-size-rules/max-edges",
            3840,
            "'max-edges' was unexpected",
            where=f"{SCHEMAS}/CreateImageRequest/properties/size/x-size-rules",
        ),
        mistake(
            "a default",
            f"{SCHEMAS}/Quality/default",
            "low",
            "say it in words",
        ),
        mistake(
            "a default deep inside a rule",
            f"{SCHEMAS}/CreateImageRequest/allOf/2/then/properties/resolution/default",
            "1k",
            "say it in words",
        ),
        mistake(
            "a documented default that its own schema forbids",
            f"{SCHEMAS}/Quality/x-documented-default",
            "ultra",
            '"ultra" is not one of',
        ),
        mistake(
            "a link to an operation without a lifecycle",
            LIFECYCLE,
            GONE,
            "a link leads here",
            where=STATUS,
        ),
        mistake(
            "a link on from a task to no operation",
            f"{ANSWER.partition('/content')[0]}/links",
            {"again": {"operationId": "createAgain", "requestBody": {}}},
            "no operation has this id",
            where=f"{ANSWER.partition('/content')[0]}/links/again/operationId",
        ),
        mistake(
            "a link to no operation",
            f"{LINK}/operationId",
            "getPicture",
            "no operation has this id",
        ),
        mistake(
            "a lifecycle with a word that does not exist",
            f"{LIFECYCLE}/poll_gap",
            {"min": 2},
            "'poll_gap' was unexpected",
            where=LIFECYCLE,
        ),
        mistake(
            "a lifecycle with a meaning that does not exist",
            f"{LIFECYCLE}/states/1/meaning",
            "busy",
            '"busy" is not one of',
        ),
        mistake(
            "a lifecycle that knows no result",
            f"{LIFECYCLE}/at/result",
            GONE,
            '"result" is a required property',
            where=f"{LIFECYCLE}/at",
        ),
        mistake(
            "a place that is no pointer",
            f"{LIFECYCLE}/at/created/0",
            "created",
            '"created" does not match',
        ),
        mistake(
            "a wrong place of the id",
            f"{LIFECYCLE}/at/id/0",
            "/task_id",
            "a task without an id",
            where=f"{QUEUED}/value",
        ),
        mistake(
            "a wrong place of the state",
            f"{LIFECYCLE}/at/state/0",
            "/state",
            "no example of response 200 has a state there",
            where=f"{LIFECYCLE}/at/state",
        ),
        mistake(
            "a wrong place of the result",
            f"{LIFECYCLE}/at/result/0",
            "/url",
            "a task that succeeded without a result",
            where=f"{COMPLETED}/value",
        ),
        mistake(
            "a wrong place of anything else",
            f"{LIFECYCLE}/at/created/0",
            "/created_at",
            "no example of a task, or of a submit, has a value there, as created",
        ),
        mistake(
            "a state without an example",
            PROCESSING,
            GONE,
            "no example of response 200 has the state 'processing'",
            where=f"{LIFECYCLE}/states/1",
        ),
        mistake(
            "a state that only the lifecycle has",
            f"{LIFECYCLE}/states/0/value",
            "waiting",
            "the schema does not list 'waiting'",
            where=f"{LIFECYCLE}/states/0",
        ),
        mistake(
            "a state that only the schema has",
            f"{SCHEMAS}/ImageStatus/enum",
            ["queued", "processing", "completed", "failed", "cancelled"],
            "the schema lists 'cancelled' as well",
            where=f"{LIFECYCLE}/states",
        ),
        mistake(
            "a state that the schema leaves open",
            f"{SCHEMAS}/ImageStatus/enum",
            GONE,
            "the schema does not list 'queued'",
            where=f"{LIFECYCLE}/states/0",
        ),
        mistake(
            "a reference to nothing",
            f"{SCHEMAS}/Image/properties/status/$ref",
            f"#{SCHEMAS}/Status",
            f"leads nowhere: #{SCHEMAS}/Status",
        ),
        mistake(
            "a reference out of the file",
            f"{SCHEMAS}/Image/properties/status/$ref",
            f"akool.yaml#{SCHEMAS}/ImageStatus",
            "leads nowhere: akool.yaml",
        ),
        mistake(
            "what is no OpenAPI",
            "/info/title",
            GONE,
            '"title" is a required property',
            where="/info",
        ),
    ],
)
def test_tells_where_and_why(place: str, value: Any, where: str, why: str) -> None:
    spec = Spec(changed(SPECS["xingchaoyiqing"].data, place, value))

    assert_found(spec, where, why)


def with_state(meaning: str) -> Spec:
    """The word `lost` stands where a state would; no task is there."""
    data = changed(SPECS["xingchaoyiqing"].data, ENUM, [*STATES, "lost"])
    lost = {"value": "lost", "meaning": meaning}
    data = changed(
        data, f"{LIFECYCLE}/states", [*lookup(data, LIFECYCLE)["states"], lost]
    )
    example = {"summary": "Invented", "value": {"id": "", "status": "lost"}}
    return Spec(changed(data, f"{ANSWER}/examples/lost", example))


def test_a_state_may_say_that_there_is_no_such_task() -> None:
    assert list(lint.problems(with_state("not-found"))) == []


def test_such_a_state_is_shown_and_listed_like_any_other() -> None:
    data = with_state("not-found").data
    unseen = Spec(changed(data, f"{ANSWER}/examples/lost", GONE))
    where = f"{LIFECYCLE}/states/{len(STATES)}"
    assert_found(unseen, where, "no example of response 200 has the state 'lost'")
    assert_found(Spec(changed(data, ENUM, STATES)), where, "does not list 'lost'")


def test_a_refusal_may_have_it_and_any_other_word_where_a_state_would_stand() -> None:
    data = with_state("not-found").data
    lost = lookup(data, f"{ANSWER}/examples/lost")
    data = changed(data, f"{ANSWER}/examples/lost", GONE)
    other = {"summary": "Invented", "value": {"id": "", "status": "queued"}}
    refusal = {
        "description": "There is no such task",
        "content": {
            "application/json": {
                "schema": {"$ref": f"#{SCHEMAS}/Image"},
                "examples": {"lost": lost, "other": other},
            }
        },
    }
    spec = Spec(changed(data, f"{STATUS}/responses/404", refusal))
    assert list(lint.problems(spec)) == []


def test_a_place_may_be_in_the_answer_to_the_submit_alone() -> None:
    data = changed(
        SPECS["xingchaoyiqing"].data, f"{LIFECYCLE}/at/status-url", ["/look_at"]
    )
    where = f"{LIFECYCLE}/at/status-url/0"
    assert_found(Spec(data), where, "no example of a task, or of a submit, has a value")
    place = f"{SUBMIT}/responses/200/content/application~1json/examples/queued/value"
    data = changed(data, f"{place}/look_at", "https://eu.example.com/1")
    assert list(lint.problems(Spec(data))) == []


@table(
    ("place", "value", "why"),
    [
        (
            "/x-rate-limits/tiers/free",
            {"recordInfo": [{"requests": 2, "seconds": 1}], "activeTasks": 1},
            "no operation has this id",
        ),
        (
            "/x-rate-limits/limits",
            {"recordInfo": [{"requests": 20, "seconds": 10}]},
            "no operation has this id",
        ),
        (
            "/x-rate-limits/limits",
            {"createTask": [{"requests": 20, "perSeconds": 10}]},
            '"seconds" is a required property',
        ),
    ],
)
def test_limits_hold_for_operations(place: str, value: Any, why: str) -> None:
    spec = Spec(changed(SPECS["aigptimage"].data, place, value))
    found = list(lint.problems(spec))
    assert [p for p, message in found if p.startswith(place) and why in message], found


@table(
    ("text", "where", "why"),
    [
        ('{"resultUrls": [7]}', RESULT, 'at /resultUrls/0: 7 is not of type "string"'),
        ('{"resultUrls": ["two words"]}', RESULT, '"two words" is not a "uri"'),
        ('["https://cdn.example.com/a.png"]', RESULT, 'is not of type "object"'),
        ('{"resultUrls": ', RESULT, "does not hold JSON"),
        ('{"resultUrls": []}', SUCCESS, "a task that succeeded without a result"),
    ],
)
def test_looks_into_json_inside_a_string(text: str, where: str, why: str) -> None:
    spec = Spec(changed(SPECS["aigptimage"].data, RESULT, text))

    assert_found(spec, where, why)


def test_an_empty_text_holds_no_json_and_may_stand_where_there_is_none_yet() -> None:
    place = RESULT.replace("examples/success", "examples/waiting")
    assert place != RESULT
    spec = Spec(changed(SPECS["aigptimage"].data, place, ""))
    assert list(lint.problems(spec)) == []


def test_tells_where_a_shared_example_stands_and_which_schema_it_breaks() -> None:
    place = "/components/examples/parameter_error/value/code"
    spec = Spec(changed(SPECS["akool"].data, place, "1003"))

    assert_found(spec, place, f"says {SCHEMAS}/BusinessCode/")


@table(
    ("content", "line", "why"),
    [
        (b"openapi: 3.1.0\n  info: {", 2, "mapping values are not allowed"),
        (b"openapi: 3.1.0\ninfo: {title: \xff}", 2, "this is not UTF-8"),
        (b"openapi: 3.1.0\ninfo: &a\n  x: *a", 0, "Circular reference"),
    ],
)
def test_says_once_which_file_is_no_yaml(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    line: int,
    why: str,
) -> None:
    file = tmp_path / "vendor.yaml"
    file.write_bytes(content)

    (finding,) = lint.check(file)

    assert finding.file.endswith("vendor.yaml")
    assert (finding.line, finding.rule) == (line, "yaml")
    assert why in finding.message
    assert lint.main([str(file)]) == 1
    assert capsys.readouterr().out == f"{finding}\n"


@pytest.mark.node
def test_prints_the_findings_of_both_linters_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = changed(SPECS["xingchaoyiqing"].data, f"{STATUS}/x-source", GONE)
    data = changed(data, f"{SUBMIT}/summary", GONE)
    file = tmp_path / "vendor.yaml"
    file.write_text(f"# {lint.EXTENSIONS_PAGE}\n{yaml.safe_dump(data)}")

    assert lint.main([str(file)]) == 1

    ours, theirs = capsys.readouterr().out.splitlines()
    lines = {
        n for n, line in enumerate(file.read_text().splitlines(), 1) if " get:" in line
    }
    assert any(f"vendor.yaml:{n}: {STATUS}: no x-source" in ours for n in lines)
    assert "(operations-name-their-sources)" in ours
    assert f": {SUBMIT}" in theirs
    assert "(operation-summary)" in theirs


def test_a_spec_without_a_link_to_the_page_of_the_extensions_is_found(
    tmp_path: Path,
) -> None:
    text = (lint.OPENAPI / "akool.yaml").read_text("utf-8")
    file = tmp_path / "akool.yaml"
    file.write_text(text.partition("\n")[2], "utf-8")
    (finding,) = lint.check(file)
    assert finding.rule == "extensions-are-linked"
    assert finding.line == 1


def assert_found(spec: Spec, where: str, why: str) -> None:
    found = list(lint.problems(spec))
    assert [message for place, message in found if place == where and why in message], (
        found
    )


@table(
    ("pointer", "line"),
    [
        ("", 1),
        ("/a", 2),
        ("/b/1", 5),
        ("/b/1/c~1d", 6),
        ("/b/7", 3),
        ("/b/1/none/deeper", 5),
        ("/1", 7),
    ],
)
def test_finds_the_line_of_a_pointer(pointer: str, line: int) -> None:
    text = "# a comment\na: 1\nb:\n- x\n- k: 0\n  c/d: 2\n1: one\n"
    assert line_of(text, pointer) == line
