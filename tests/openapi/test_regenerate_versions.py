"""A spec that changed has a version that says so."""

from __future__ import annotations

import subprocess
from pathlib import Path

import check_versions
import pytest
from failure import Failure
from releases.history import NoHistory, find_base, text_at
from releases.impact import Impact
from releases.report import reports
from releases.versions import Version, written
from support.edits import GONE
from support.repositories import ENVIRONMENT, Repository, released

SEED = ("/components/schemas/Request/properties/seed", {"type": "integer"})
STATE_GONE = ("/paths/~1tasks~1{id}/get/x-task-lifecycle/states/0", GONE)
WORDS = ("/info/title", "Vendor")


def version(text: str) -> tuple[str, str]:
    return "/info/version", text


# Which version a change takes


@pytest.mark.parametrize(
    ("before", "impact", "after"),
    [
        ("1.2.3", Impact.PATCH, "1.2.4"),
        ("1.2.3", Impact.NEW, "1.3.0"),
        ("1.2.3", Impact.BREAKING, "2.0.0"),
        ("0.2.3", Impact.PATCH, "0.2.4"),
        ("0.2.3", Impact.NEW, "0.3.0"),
        ("0.2.3", Impact.BREAKING, "0.3.0"),
        ("1.9.10", Impact.NEW, "1.10.0"),
    ],
)
def test_a_version_rises_by_the_class_of_the_change(
    before: str, impact: Impact, after: str
) -> None:
    assert str(Version.parse(before).raised(impact)) == after


@pytest.mark.parametrize("text", ["1.2", "v1.2.3", "1.2.3-rc1", "01.2.3", "", "None"])
def test_what_is_no_version_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Failure, match="is no version such as"):
        Version.parse(text)


def test_versions_are_ordered_as_numbers() -> None:
    assert Version.parse("1.10.0") > Version.parse("1.9.9")


@pytest.mark.parametrize(
    "line", ["version: 1.2.3", "version: '1.2.3'", "version:   1.2.3  # why"]
)
def test_writing_a_version_moves_nothing_else(line: str) -> None:
    text = f"openapi: 3.1.0\n# version: 0\ninfo:\n  title: version\n\n  # of us\n  {line}\n  x: 1\nx-y:\n  version: 1.2.3\n"
    assert written(text, Version(2, 0, 0)) == text.replace(
        line, line.replace("1.2.3", "2.0.0"), 1
    )


def test_writing_a_version_where_there_is_none_fails() -> None:
    with pytest.raises(Failure, match="no line `version:`"):
        written(
            "openapi: 3.1.0\ninfo:\n  title: x\nx-y:\n  version: 1\n", Version(1, 0, 0)
        )


# What it is compared with


def test_the_last_release_is_the_base(tmp_path: Path) -> None:
    repository = released(tmp_path)
    repository.spec(SEED)
    repository.commit(tag="v0.2.0")
    repository.spec(WORDS)
    repository.commit(tag="not-a-release")
    assert find_base(tmp_path).words == "the release v0.2.0"


def test_of_a_branch_it_is_where_it_began(tmp_path: Path) -> None:
    repository = released(tmp_path)
    repository.git("checkout", "--quiet", "-b", "mine")
    began = repository.git("rev-parse", "HEAD")
    repository.spec(SEED)
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    repository.spec(STATE_GONE)
    repository.commit()
    repository.git("checkout", "--quiet", "mine")
    assert find_base(tmp_path, "main").commit == began


def test_before_the_first_release_it_is_the_last_commit(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.spec()
    repository.commit()
    assert "no tag v" in find_base(tmp_path).words


def test_in_a_shallow_clone_it_is_the_last_commit_and_says_why(tmp_path: Path) -> None:
    source = released(tmp_path / "source")
    source.spec(SEED)
    source.commit()
    url = f"file://{source.root}"
    command = ["git", "clone", "--quiet", "--depth=1", url, "clone"]
    subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, check=True)
    assert "shallow clone" in check_versions.check(tmp_path / "clone")
    with pytest.raises(Failure, match="fetch-depth: 0"):
        find_base(tmp_path / "clone", "origin/other")


def test_a_file_that_was_not_there_is_none(tmp_path: Path) -> None:
    released(tmp_path)
    base = find_base(tmp_path)
    assert text_at(tmp_path, base, "openapi/other.yaml") is None


def test_without_git_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    with pytest.raises(NoHistory):
        find_base(tmp_path)
    assert "not checked" in check_versions.check(tmp_path)


# The check


def test_an_unchanged_spec_keeps_its_version(tmp_path: Path) -> None:
    released(tmp_path)
    assert check_versions.check(tmp_path).startswith(
        "versions of specs: 0 of 1 changed"
    )


def test_a_comment_is_no_change(tmp_path: Path) -> None:
    file = released(tmp_path).spec()
    file.write_text(f"# a comment\n{file.read_text()}")
    check_versions.check(tmp_path)


@pytest.mark.long
@pytest.mark.node
@pytest.mark.parametrize(
    ("edit", "enough", "too_low"),
    [
        (WORDS, "1.2.4", "1.2.3"),
        (SEED, "1.3.0", "1.2.4"),
        (STATE_GONE, "2.0.0", "1.3.0"),
    ],
    ids=["words", "new", "breaking"],
)
def test_a_change_takes_a_version_of_its_class(
    tmp_path: Path, edit: tuple[str, object], enough: str, too_low: str
) -> None:
    repository = released(tmp_path)
    repository.spec(edit, version(too_low))
    with pytest.raises(Failure) as raised:
        check_versions.check(tmp_path)
    message = str(raised.value)
    assert "openapi/vendor.yaml:4: " in message
    assert f"is {too_low}, was 1.2.3, and has to be {enough}" in message
    assert "(semantic-version)" in message

    repository.spec(edit, version(enough))
    assert "1 of 1 changed since the release v0.1.0" in check_versions.check(tmp_path)


def test_a_version_does_not_fall(tmp_path: Path) -> None:
    released(tmp_path).spec(version("1.2.2"))
    with pytest.raises(Failure, match=r"is 1\.2\.2, was 1\.2\.3"):
        check_versions.check(tmp_path)


def test_a_new_spec_has_the_version_it_says(tmp_path: Path) -> None:
    released(tmp_path).spec(version("0.1.0"), provider="other")
    check_versions.check(tmp_path)


def test_a_provider_that_goes_breaks_its_callers(tmp_path: Path) -> None:
    repository = released(tmp_path)
    repository.spec(version("1.0.0"), provider="other")
    repository.commit(tag="v0.2.0")
    (tmp_path / "openapi" / "other.yaml").unlink()
    other, vendor = reports(tmp_path, tmp_path, find_base(tmp_path))
    assert (other.impact, other.proposed) == (Impact.BREAKING, None)
    assert vendor.impact is None
    check_versions.check(tmp_path)


def test_the_list_of_pages_is_no_spec(tmp_path: Path) -> None:
    repository = released(tmp_path)
    repository.write("openapi/sources.yaml", "pages: []\n")
    repository.commit(tag="v0.2.0")
    repository.write("openapi/sources.yaml", "pages: [1]\n")
    assert "0 of 1 changed" in check_versions.check(tmp_path)


@pytest.mark.parametrize(
    ("text", "why"),
    [("info: [", "expected"), ("", "no info.version"), ("info: {}", "no info.version")],
)
def test_a_release_whose_spec_cannot_be_read_is_said_to_be_one(
    tmp_path: Path, text: str, why: str
) -> None:
    repository = released(tmp_path)
    file = repository.spec()
    spec = file.read_text()
    file.write_text(text)
    repository.commit(tag="v0.2.0")
    file.write_text(spec)
    with pytest.raises(Failure, match=rf"yaml in the release v0\.2\.0: [\s\S]*{why}"):
        check_versions.check(tmp_path)


def test_a_spec_without_a_version_is_named(tmp_path: Path) -> None:
    released(tmp_path).spec(version("latest"))
    with pytest.raises(Failure, match=r"openapi/vendor\.yaml: info\.version"):
        check_versions.check(tmp_path)
