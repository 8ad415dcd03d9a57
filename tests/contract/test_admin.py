"""The admin API is what its openapi.yaml says: by lint, by example, and by Schemathesis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import imagetasks_mock
import lint
import pytest
import yaml
from contract.fuzz import schemathesis
from document import join
from examples import Spec
from imagetasks_clients import PROVIDERS
from imagetasks_mock import Mock, serve
from imagetasks_mock.http.effects import KINDS
from imagetasks_mock.http.fault import Fault

FILE = Path(imagetasks_mock.__file__).parent / "server" / "openapi.yaml"
SPEC = Spec.load(FILE)
PATHS: dict[str, Any] = SPEC.data["paths"]
SCHEMAS: dict[str, Any] = SPEC.data["components"]["schemas"]
SUBMIT = "/akool/api/open/v4/content/image/createBySourcePrompt"


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with serve(speed=0) as mock:
        yield mock


def submit(mock: Mock) -> str:
    body, key = {"prompt": "x"}, {"x-api-key": "k"}
    answer = httpx.post(mock.url + SUBMIT, json=body, headers=key)
    task_id: str = answer.json()["data"]["_id"]
    return task_id


# The file.


@pytest.mark.parametrize(
    "rule",
    [
        lint.references_lead_somewhere,
        lint.is_valid_openapi,
        lint.examples_fit_their_schemas,
        lint.media_types_have_named_examples,
        lint.schemas_have_no_default,
    ],
    ids=lambda rule: rule.__name__,
)
def test_it_keeps_to_the_rules_of_the_vendors_specs(rule):
    assert list(rule(SPEC)) == []


@pytest.mark.node
def test_redocly_has_nothing_to_say():
    assert list(lint.redocly([FILE])) == []


@pytest.mark.parametrize(
    ("listed", "known"),
    [
        (SCHEMAS["FaultKind"]["enum"], KINDS),
        (re.findall(r"- `(\w+)`", SCHEMAS["FaultKind"]["description"]), KINDS),
        (SCHEMAS["Fault"]["properties"], [field.name for field in fields(Fault)]),
        ({"id", *SCHEMAS["NewFault"]["properties"]}, [f.name for f in fields(Fault)]),
    ],
)
def test_what_it_lists_is_what_there_is(listed, known):
    assert set(listed) == set(known)


# What is behind it.


def test_the_mock_serves_it_with_the_vendors_that_it_has(mock):
    answer = httpx.get(f"{mock.url}/_mock/openapi.yaml")
    assert answer.headers["content-type"] == "application/yaml"
    served = yaml.safe_load(answer.text)
    assert served["components"]["schemas"]["Provider"]["enum"] == list(PROVIDERS)
    served["components"]["schemas"]["Provider"] = SCHEMAS["Provider"]
    assert served == SPEC.data


def test_each_path_has_the_methods_that_it_says_and_no_others(mock):
    for path, item in PATHS.items():
        described = {method.upper() for method in item} - {"PARAMETERS"}
        answer = httpx.options(f"{mock.url}/_mock{path}")
        allowed = set(answer.headers["allow"].split(", "))
        assert allowed - {"HEAD"} == described
        assert ("HEAD" in allowed) is ("GET" in described)
    words = httpx.get(f"{mock.url}/_mock/nowhere").json()["error"]
    listed = ", ".join(path.removeprefix("/") for path in PATHS)
    assert words == f"there are {listed} under /_mock/"


def requests_of_the_examples() -> Iterator[Any]:
    for path, item in PATHS.items():
        content = item.get("post", {}).get("requestBody", {}).get("content", {})
        examples = content.get("application/json", {}).get("examples", {})
        for name, example in examples.items():
            yield pytest.param(path, example["value"], id=f"{path}-{name}")


@pytest.mark.parametrize(("path", "body"), list(requests_of_the_examples()))
def test_each_request_that_it_shows_is_done(mock, path, body):
    task_id = submit(mock)
    (account,) = httpx.get(f"{mock.url}/_mock/accounts").json()
    path = path.format(id=account["key"] if "accounts" in path else task_id)
    assert httpx.post(f"{mock.url}/_mock{path}", json=body).status_code == 200
    mock.reset()


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        (name, (schema["minimum"], schema["maximum"]))
        for name, schema in SCHEMAS["NewFault"]["properties"].items()
        if "minimum" in schema
    ],
)
def test_a_faults_numbers_have_the_bounds_that_it_says(mock, name, bounds):
    least, most = bounds
    for value, status in [(least, 200), (most, 200), (least - 1, 400), (most + 1, 400)]:
        told = {"kind": "status", name: value}
        answer = httpx.post(f"{mock.url}/_mock/faults", json=told)
        assert answer.status_code == status
    mock.reset()


def test_no_answer_holds_a_field_that_it_does_not_describe(mock):
    submit(mock)
    where = {"kind": "status", "provider": "akool", "operation": "getImage"}
    how = {"task": "1", "count": 1, "retry_after_date": 1}
    mock.faults.add(**where, **how)
    mock.faults.add("status", retry_after="1")
    for path in ("/tasks", "/requests", "/faults", "/clock", "/accounts", "/health"):
        answer = httpx.get(f"{mock.url}/_mock{path}").json()
        for one in answer if isinstance(answer, list) else [answer]:
            assert one.keys() <= properties(path).keys()
    mock.reset()


def properties(path: str) -> dict[str, Any]:
    """Of the object that a GET answers, or of each in its list."""
    answer = SPEC.follow(join("", "paths", path, "get", "responses", "200"))
    schema = SPEC.follow(f"{answer}/content/application~1json/schema")
    if "items" in SPEC.at(schema):
        schema = SPEC.follow(f"{schema}/items")
    found: dict[str, Any] = SPEC.at(schema)["properties"]
    return found


# Everything else that one may send.


@pytest.mark.contract
@pytest.mark.long
def test_schemathesis_finds_no_fault_with_it(tmp_path):
    with serve(speed=0, check=True) as mock:
        url, hooks = f"{mock.url}/_mock", "admin_hooks.py"
        file = tmp_path / "openapi.yaml"
        file.write_bytes(httpx.get(f"{url}/openapi.yaml").content)
        env = {"MOCK_URL": mock.url, "MOCK_KEY": "k"}
        report = schemathesis(file, url, hooks, "--max-examples", "400", **env)
        mock.reset()
        assert submit(mock)  # whatever was done to it, it works
        assert mock.violations == []
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert re.search(rf"✅ +{phase}", report), report
    assert re.search(r"(\d{3,}) generated, \1 passed", report), report
    # Tasks were ended, and faults removed, by the ids that were listed.
    assert re.search(r"API Links: +[1-9]\d* covered", report), report
