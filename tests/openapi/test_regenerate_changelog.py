"""What regenerate writes into CHANGELOG.md."""

from __future__ import annotations

from releases.changelog import entry, with_entries
from releases.impact import Change, Impact
from releases.report import Report
from releases.versions import Version
from support.repositories import CHANGELOG

NEW = Change(Impact.NEW, "", "`Request.seed` is new")
GONE = Change(Impact.BREAKING, "", "the state `queued` is gone")
WORDS = Change(Impact.PATCH, "", "description changed")


def report(*changes: Change, provider: str = "vendor") -> Report:
    was = Version(1, 2, 3)
    return Report(provider, was, was, sorted(changes, key=lambda c: -c.impact))


def test_an_entry_has_the_worst_first_and_the_words_last() -> None:
    assert entry(report(NEW, WORDS, GONE)) == (
        "- **vendor** spec 2.0.0. Breaking: the state `queued` is gone. New: `Request.seed` is new."
    )


def test_changes_of_words_are_said_in_one() -> None:
    assert entry(report(WORDS, WORDS)) == (
        "- **vendor** spec 1.2.4. Descriptions, examples or sources."
    )


def test_a_provider_that_goes_has_an_entry_too() -> None:
    gone = Change(Impact.BREAKING, "", "the provider is gone")
    assert entry(Report("vendor", Version(1, 2, 3), None, [gone])) == (
        "- **vendor** spec 1.2.3 was the last. Breaking: the provider is gone."
    )


def test_a_long_entry_is_wrapped_and_indented() -> None:
    first, *others = entry(report(*[NEW] * 9)).splitlines()
    assert first.startswith("- **vendor**")
    assert others
    assert all(line.startswith("  `") or line.startswith("  ") for line in others)
    assert all(len(line) <= 120 for line in [first, *others])


def test_it_goes_under_the_unreleased_heading() -> None:
    text = with_entries(CHANGELOG, [report(NEW)])
    assert text == CHANGELOG.replace(
        "- A better thing.\n", f"- A better thing.\n{entry(report(NEW))}\n"
    )


def test_an_entry_that_is_there_is_replaced() -> None:
    once = with_entries(CHANGELOG, [report(*[NEW] * 9)])
    assert with_entries(once, [report(GONE)]) == with_entries(CHANGELOG, [report(GONE)])


def test_entries_of_releases_stay() -> None:
    assert "- **vendor** spec 1.0.0. First." in with_entries(CHANGELOG, [report(GONE)])


def test_after_a_release_it_opens_a_heading() -> None:
    released = CHANGELOG.replace(" (unreleased)", "")
    text = with_entries(released, [report(NEW)])
    assert f"# Changelog\n\n## Unreleased\n\n{entry(report(NEW))}\n\n## 0.2.0\n" in text


def test_an_unchanged_spec_has_no_entry() -> None:
    assert with_entries(CHANGELOG, [report()]) == CHANGELOG


def test_each_provider_has_its_own() -> None:
    text = with_entries(CHANGELOG, [report(NEW), report(GONE, provider="other")])
    assert entry(report(NEW)) in text
    assert entry(report(GONE, provider="other")) in text


def test_words_with_a_backslash_come_out_as_they_are() -> None:
    change = Change(Impact.NEW, "", r"pattern ^\d+\1$")
    once = with_entries(CHANGELOG, [report(change)])
    assert r"^\d+\1$" in with_entries(once, [report(change)])
