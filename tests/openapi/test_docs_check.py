"""`make docs-check`, called as make calls it, on pages of the tests' own: what it says of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from docs_check.sources import Sources, disagreements
from examples import Spec, spec_files
from support.docs_pages import FORMATS, as_text
from support.docs_project import DOC, Project, changed

OPENAPI = Path(__file__).parents[2] / "openapi"


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    return Project(tmp_path, capsys)


@pytest.fixture
def recorded(project: Project) -> Project:
    """Its page was read, and looks as the spec says."""
    project.save(as_text(DOC))
    assert project.check("--record")[0] == 0
    return project


# Our own sources


def test_each_source_of_a_spec_is_in_sources_yaml() -> None:
    specs = {file.stem: Spec.load(file) for file in spec_files(OPENAPI)}
    assert list(disagreements(Sources(OPENAPI / "sources.yaml"), specs)) == []


def test_what_is_accepted_is_in_the_spec() -> None:
    specs = {file.stem: Spec.load(file) for file in spec_files(OPENAPI)}
    for page in Sources(OPENAPI / "sources.yaml").pages:
        for accepted in page.accepted:
            assert specs[page.provider].at(accepted.at) is not None


# Lines


def test_a_page_that_was_not_read_as_text_is_never_unchanged(project: Project) -> None:
    project.save(as_text(DOC))
    code, printed = project.check()
    assert code == 0
    assert "small-read: first reading" in printed
    assert "no lines to compare with: not read as text before" in printed


def test_the_same_page_is_unchanged(recorded: Project) -> None:
    assert recorded.check()[1].startswith("small-read: unchanged")


@pytest.mark.parametrize("format", ["html", "markdown", "text"])
def test_a_page_is_the_same_in_each_format(recorded: Project, format: str) -> None:
    render, _ = FORMATS[format]
    recorded.save(
        render(DOC),
        f"small-read.{ {'markdown': 'md', 'text': 'txt'}.get(format, format) }",
    )
    assert recorded.check()[1].startswith("small-read: unchanged")


@pytest.mark.parametrize(
    "noise",
    [
        "Skip to main content",
        "Last updated on December 1, 2026",
        "We use cookies. Accept all cookies to improve your experience.",
        "On this page",
        "Was this page helpful?",
        "© 2027 Small Inc. All rights reserved.",
    ],
)
def test_what_is_around_a_page_is_no_change(recorded: Project, noise: str) -> None:
    recorded.save(f"{noise}\n\n{as_text(DOC)}\n\n{noise}\n")
    assert recorded.check()[1].startswith("small-read: unchanged")


def test_dates_and_tracking_are_no_change(project: Project) -> None:
    note = "See https://docs.small.example/guide{} (as of {})."
    project.save(as_text(changed(notes=[note.format("?utm_source=a", "2026-11-21")])))
    project.check("--record")
    project.save(as_text(changed(notes=[note.format("", "2026-12-24")])))
    assert project.check()[1].startswith("small-read: unchanged")


def test_new_prose_is_cosmetic_and_shown_in_full(recorded: Project) -> None:
    sentence = "Pictures are drawn with love."
    recorded.save(as_text(changed(notes=[*DOC.notes, sentence])))
    code, printed = recorded.check()
    assert code == 0
    assert "small-read: cosmetic" in printed
    assert re.search(rf"\+ {sentence}", printed)


def test_a_line_that_vanished_is_named_by_what_it_had_matched(
    recorded: Project,
) -> None:
    recorded.save(as_text(changed(lifetime=None)))
    code, printed = recorded.check()
    assert code == 1
    lifetime = "/paths/~1tasks~1{task_id}/get/x-task-lifecycle/result-lifetime"
    assert re.search(rf"- [0-9a-f]{{8}}: had matched {re.escape(lifetime)}", printed)


def test_what_was_lost_is_still_reported_after_it_was_recorded(
    recorded: Project,
) -> None:
    recorded.save(as_text(changed(lifetime=None)))
    assert recorded.check("--record")[0] == 1
    code, printed = recorded.check()
    assert code == 1
    assert "the spec says lifetime '43200 s', the page does not" in printed


def test_recording_keeps_comments_and_writes_no_text_of_the_page(
    recorded: Project,
) -> None:
    written = recorded.sources.read_text()
    assert written.startswith("# A comment that stays\n")
    assert "endpoint" not in written.replace("/paths", "")
    assert not re.search(r"processed|background|valid for", written)
    assert len(Sources(recorded.sources).pages[0].lines or ()) > 20


# Findings


def test_a_finding_quotes_line_and_pointer(recorded: Project) -> None:
    recorded.save(
        as_text(changed(states=["queued", "drawing", "frozen", "done", "broken"]))
    )
    code, printed = recorded.check()
    assert code == 1
    assert "! the page says value 'phase: frozen', the spec does not" in printed
    assert "      page: frozenThe task is there: 2\n" in printed
    pointer = "/components/schemas/Task/properties/phase"
    place = re.search(rf"small\.yaml:(\d+) {pointer}\n", printed)
    assert place
    spec = (recorded.folder / "small.yaml").read_text().splitlines()
    assert spec[int(place[1]) - 1].strip() == "phase:"


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("curl https://api.other.example/v2/tasks/t1", "endpoint 'curl https://api.other.example/v2/tasks/t1'"),
        ("GET /tasks/t1?watch=true", "field 'watch'"),
        ("If the server says nothing of it, it defaults to done.", "default 'phase: done'"),
    ],
)  # fmt: skip
def test_what_a_sentence_says_is_read(recorded: Project, note: str, said: str) -> None:
    recorded.save(as_text(changed(notes=[*DOC.notes, note])))
    assert f"! the page says {said}, the spec does not" in recorded.check()[1]


def test_a_value_in_json_is_known_only_if_the_spec_quotes_it(
    recorded: Project,
) -> None:
    """Words like "broken" and "done" are in descriptions, too."""
    recorded.save(as_text(changed(example={**DOC.example, "phase": "finished"})))
    assert "the page says value 'phase: finished'" in recorded.check()[1]


MINTLIFY = """
## Endpoint

GET /tasks/{task_id}

<ParamField path="task_id" type="string" required>
  What it is for.
</ParamField>

<ResponseField name="glow" type="boolean" default={true}>
  Whether the picture is to glow.
</ResponseField>
"""


def test_fields_in_the_attributes_of_components_are_read(project: Project) -> None:
    project.save(MINTLIFY, "small-read.mdx")
    printed = project.check()[1]
    assert "the page says field 'glow', the spec does not" in printed
    assert "field 'task_id'" not in printed


ACCEPTED = {
    "kind": "value",
    "side": "page",
    "value": "phase: frozen",
    "at": "/components/schemas/Task/properties/phase",
    "reason": "One table lists it, the other does not",
}


def test_an_accepted_finding_is_silent(project: Project) -> None:
    project.describe("https://docs.small.example/read", accepted=[ACCEPTED])
    project.save(
        as_text(changed(states=["queued", "drawing", "frozen", "done", "broken"]))
    )
    code, printed = project.check()
    assert code == 0
    assert "1 accepted" in printed


def test_an_accepted_finding_that_no_longer_occurs_is_reported(
    project: Project,
) -> None:
    project.describe("https://docs.small.example/read", accepted=[ACCEPTED])
    project.save(as_text(DOC))
    code, printed = project.check()
    assert code == 1
    assert "accepted, but not found any more: value 'phase: frozen'" in printed
    place = re.search(r"sources\.yaml:(\d+)\n", printed)
    assert place
    line = project.sources.read_text().splitlines()[int(place[1]) - 1]
    assert line.strip() == "- kind: value"


def test_json_has_the_findings(recorded: Project) -> None:
    recorded.save(as_text(changed(errors=[*DOC.errors, "451"])))
    code, printed = recorded.check("--format", "json")
    (page,) = json.loads(printed)["pages"]
    assert (code, page["status"]) == (1, "differs")
    (finding,) = page["findings"]
    assert "451" in finding.pop("quote")
    assert finding.pop("line") == page["added"][0]["line"]
    assert finding == {
        "kind": "status code",
        "side": "page",
        "value": "451",
        "at": "/paths/~1tasks~1{task_id}/get",
    }


def test_what_json_says_of_a_finding_accepts_it(recorded: Project) -> None:
    page = as_text(changed(errors=[*DOC.errors, "451"]))
    recorded.save(page)
    (found,) = json.loads(recorded.check("--format", "json")[1])["pages"]
    (finding,) = found["findings"]
    known = {key: finding[key] for key in ("kind", "side", "value", "at")}
    recorded.describe(
        "https://docs.small.example/read", accepted=[{**known, "reason": "A teapot"}]
    )
    assert recorded.check()[0] == 0


def test_pages_that_were_not_saved_are_named(project: Project) -> None:
    project.describe_more("other", "https://docs.small.example/create")
    project.save(as_text(DOC))
    code, printed = project.check()
    assert code == 0
    assert "not saved, and so left out (1):\n  small-other" in printed
    assert json.loads(project.check("--format", "json")[1])["left_out"] == [
        "small-other"
    ]


def test_github_annotates_the_line_of_the_spec(recorded: Project) -> None:
    recorded.save(
        as_text(changed(states=["queued", "drawing", "100%", "done", "broken"]))
    )
    recorded.save(as_text(changed(lifetime=(9, "days"))))
    code, printed = recorded.check("--format", "github")
    assert code == 1
    found = re.search(r"::error file=\S*small\.yaml,line=(\d+)::.*lifetime", printed)
    assert found
    line = (recorded.folder / "small.yaml").read_text().splitlines()[int(found[1]) - 1]
    assert line.strip() == "get:"


def test_a_page_does_not_steer_the_terminal_or_the_job(recorded: Project) -> None:
    evil = "\x1b[2Jpaint it black\r::error::forged"
    recorded.save(as_text(changed(notes=[*DOC.notes, evil])))
    _, printed = recorded.check("--format", "github")
    assert "paint it black" in printed
    assert "\x1b" not in printed
    assert not re.search("^::error::forged", printed, re.MULTILINE)
