"""Pages that say things another way than one word, one whole number, or the spec's own server."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from docs_check.check import check
from docs_check.fetch import Source
from docs_check.sources import Page
from examples import Spec
from support.docs_of_specs import doc_of
from support.docs_pages import FORMATS, Doc
from support.docs_project import READ, SMALL

STATES = ["Pending", "Ready", "Request Moderated", "Content Moderated"]


def small() -> Any:
    """docs_small.yaml with states of several words, half a second, and defaults that are nothing."""
    spec = copy.deepcopy(SMALL)
    spec["info"]["description"] = "There is `https://api.eu.small.example`, too."
    told = spec["components"]["schemas"]["Task"]["properties"]
    told["phase"]["enum"] = STATES
    told["Moderation Reasons"] = {"type": "array"}
    read = spec["paths"]["/tasks/{task_id}"]["get"]
    read["x-task-lifecycle"] |= {
        "states": [{"value": state, "meaning": "failed"} for state in STATES],
        "poll-gap": {"min": 0.5},
    }
    example = read["responses"]["200"]["content"]["application/json"]["examples"]
    example["drawing"]["value"]["phase"] = "Request Moderated"
    create = spec["paths"]["/tasks"]["post"]["requestBody"]["content"]
    create["application/json"]["schema"]["properties"] |= {
        "draft": {"type": "boolean", "x-documented-default": False},
        "seed": {"type": "integer", "x-documented-default": 0},
    }
    return spec


Look = Callable[[Doc], list[str]]


@pytest.fixture(params=FORMATS)
def look(request: pytest.FixtureRequest) -> Look:
    """What a page of either operation says and the spec does not, or the reverse."""
    render, kind = FORMATS[request.param]

    def findings(doc: Doc) -> list[str]:
        operation = "createTask" if "POST" in doc.method else "readTask"
        page = Page("small", "p", "https://docs.example", READ, [operation], None)
        source = Source(render(doc), kind)  # type: ignore[arg-type]
        result = check(page, lambda: source, Spec(small()))
        assert not result.unchecked
        return [str(finding) for finding in result.findings]

    return findings


@pytest.fixture
def create() -> Doc:
    return doc_of(small(), "post", "/tasks")


@pytest.fixture
def read() -> Doc:
    return doc_of(small(), "get", "/tasks/{task_id}")


def test_a_page_that_says_the_same_gives_no_finding(look: Look, read: Doc) -> None:
    read.notes.append("It is one of Ready, Request Moderated or Content Moderated.")
    assert look(read) == []


def test_a_state_of_several_words_that_is_gone_is_found(look: Look, read: Doc) -> None:
    read.states.remove("Content Moderated")
    for row in read.rows():
        row.values = [value for value in row.values if value != "Content Moderated"]
    said = "the spec says value 'phase: Content Moderated', the page does not"
    assert look(read) == [said]


@pytest.mark.parametrize("look", ["html", "markdown"], indirect=True)
def test_a_new_state_of_several_words_is_found_in_a_table(
    look: Look, read: Doc
) -> None:
    """Copied as text, nothing parts it from the next cell."""
    read.states.append("Task not found")
    said = "the page says value 'phase: Task not found', the spec does not"
    assert look(read) == [said]


@pytest.mark.parametrize("look", ["html", "markdown"], indirect=True)
def test_a_field_s_name_of_several_words_is_one_name(look: Look, read: Doc) -> None:
    for row in read.response:
        row.name = row.name.replace("Moderation Reasons", "Reasons of Moderation")
    assert look(read) == [
        "the page says field 'Reasons of Moderation', the spec does not",
        "the spec says field 'Moderation Reasons', the page does not",
    ]


def test_a_fraction_of_a_second_is_read(look: Look, read: Doc) -> None:
    read.notes = ["Poll every 0.25 seconds."]
    assert "the page says duration '0.25 s', the spec does not" in look(read)


def test_a_default_that_is_false_or_zero_is_a_default(look: Look, create: Doc) -> None:
    assert [said for said in look(create) if "default" in said] == []
    for row in create.rows():
        row.default = {"draft": "true", "seed": "7"}.get(row.name, row.default)
    said = look(create)
    assert "the page says default 'draft: true', the spec does not" in said
    assert "the spec says default 'draft: false', the page does not" in said
    assert "the page says default 'seed: 7', the spec does not" in said
    assert "the spec says default 'seed: 0', the page does not" in said


@pytest.mark.parametrize(
    "call",
    [
        "POST /tasks",
        "POST /v2/tasks",
        "curl -X POST https://api.small.example/v2/tasks",
        "curl -X POST https://api.eu.small.example/v2/tasks",
    ],
)
def test_a_call_is_known_without_the_server_s_prefix_and_at_another_server(
    look: Look, create: Doc, call: str
) -> None:
    create.method, _, create.path = call.rpartition(" ")
    assert [said for said in look(create) if "endpoint" in said] == []
