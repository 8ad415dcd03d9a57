"""What pages say of failures: each code and phrase of `x-failure-reasons` stands on the page that it was read from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from support.docs_pages import as_text
from support.docs_project import DOC, READ, Project, changed

URL = "https://docs.small.example/read"
REASONS = [
    {"reason": "storage", "code": "STORE_FULL"},
    {"reason": "content-policy", "words": "may violate the model's rules"},
]
SAYS_BOTH = [
    "STORE_FULL means that the picture could not be kept.",
    'It ends with "Your prompt May violate the model\N{RIGHT SINGLE QUOTATION MARK}s rules."',
]


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    project = Project(tmp_path, capsys)
    explain(project, REASONS)
    return project


def explain(project: Project, reasons: list[dict[str, Any]], url: str = URL) -> None:
    source = [{"url": url, "read": READ}]
    file = project.folder / "small.yaml"
    spec = yaml.safe_load(file.read_text())
    spec["x-failure-reasons"] = [each | {"x-source": source} for each in reasons]
    file.write_text(yaml.safe_dump(spec, sort_keys=False))
    pages = yaml.safe_load(project.sources.read_text())
    pages["small"]["read"]["feeds"] = ["readTask", "x-failure-reasons"]
    project.sources.write_text(yaml.safe_dump(pages, sort_keys=False))


def test_a_page_that_says_all_of_them_is_as_the_spec_says(project: Project) -> None:
    project.save(as_text(changed(notes=[*DOC.notes, *SAYS_BOTH])))
    assert project.check("--record")[0] == 0
    recorded = yaml.safe_load(project.sources.read_text())
    matched = recorded["small"]["read"]["matched"]
    assert {p for p in matched if p.startswith("/x-failure")} == {
        "/x-failure-reasons/0/code",
        "/x-failure-reasons/1/words",
    }
    assert project.check()[1].startswith("small-read: unchanged")


@pytest.mark.parametrize(
    ("notes", "lost"),
    [
        (SAYS_BOTH[:1], 'failure "may violate the model\'s rules"'),
        (SAYS_BOTH[1:], "failure 'STORE_FULL'"),
        (
            [SAYS_BOTH[0].replace("FULL", "ERROR"), SAYS_BOTH[1]],
            "failure 'STORE_FULL'",
        ),
        (
            [SAYS_BOTH[0], SAYS_BOTH[1].replace("violate", "break")],
            'failure "may violate the model\'s rules"',
        ),
    ],
)
@pytest.mark.parametrize("is_recorded", [False, True])
def test_one_that_the_page_does_not_say_is_found(
    project: Project, notes: list[str], lost: str, is_recorded: bool
) -> None:
    """At the first reading, and when the page has changed."""
    if is_recorded:
        project.save(as_text(changed(notes=[*DOC.notes, *SAYS_BOTH])))
        assert project.check("--record")[0] == 0
    project.save(as_text(changed(notes=[*DOC.notes, *notes])))
    code, printed = project.check()
    assert code == 1
    assert f"the spec says {lost}, the page does not" in " ".join(printed.split())


def test_a_page_answers_for_its_own_failures_only(project: Project) -> None:
    explain(project, REASONS, url="https://docs.small.example/errors")
    pages = yaml.safe_load(project.sources.read_text())
    pages["small"]["read"]["feeds"] = ["readTask"]
    pages["small"]["errors"] = {
        "url": "https://docs.small.example/errors",
        "read": READ,
        "feeds": ["x-failure-reasons"],
        "lines": None,
    }
    project.sources.write_text(yaml.safe_dump(pages, sort_keys=False))
    project.save(as_text(DOC))
    printed = project.check()[1]
    assert "failure" not in printed.partition("small-errors")[0]


def test_the_page_of_a_failure_has_to_be_in_sources_yaml(project: Project) -> None:
    explain(project, REASONS, url="https://docs.small.example/errors")
    project.save(as_text(DOC))
    code, printed = project.check()
    assert code == 2
    assert "https://docs.small.example/errors is missing" in printed
