"""Each documented failure: the mock brings it about in the vendor's own words, and the library says why."""

from __future__ import annotations

from typing import Any

import pytest
from imagetasks import ImageRequest, Reason, TaskFailed
from imagetasks_mock import MockError, serve
from support.drivers import Driver
from support.specs import (
    PROVIDERS,
    Lifecycle,
    answers,
    failure_reasons,
    reason_in_spec,
    status_operation,
)
from vendors import SUBMITS

pytestmark = pytest.mark.contract

ENTRIES = [
    pytest.param(provider, n, id=f"{provider}-{entry['reason']}-{n}")
    for provider in PROVIDERS
    for n, entry in enumerate(failure_reasons(provider))
]
REQUEST = ImageRequest("a lighthouse")


def documented(provider: str) -> list[tuple[Any, str, str]]:
    """Code, words and reason of each failed task that an example shows."""
    life, found = Lifecycle(provider), []
    for operation in (status_operation(provider), SUBMITS[provider]):
        for example in answers(operation):
            state = life.shown(example)
            if state is not None and life.meanings[state] == "failed":
                code = life.read("error-code", example.document)
                words = life.read("error-message", example.document) or ""
                found.append((code, words, reason_in_spec(provider, code, words)))
    return found


def test_there_are_documented_failures() -> None:
    assert {entry["reason"] for p in PROVIDERS for entry in failure_reasons(p)} >= {
        "content-policy",
        "bad-input",
        "no-result",
        "storage",
    }


@pytest.mark.parametrize(("provider", "n"), ENTRIES)
def test_a_task_that_fails_for_a_documented_reason_says_it(
    driver: Any, provider: str, n: int
) -> None:
    entry = failure_reasons(provider)[n]
    with serve(speed=0, check=True) as mock:
        mock.outcomes.add("failed", provider=provider, reason=entry["reason"])
        client: Driver = driver({provider: mock.access(provider)})
        task = client.submit(provider, REQUEST)
        mock.clock.advance(60)
        with pytest.raises(TaskFailed) as caught:
            client.wait(task)
        assert mock.violations == []
    error = caught.value.task.error
    assert error.reason is Reason(entry["reason"].replace("-", "_"))
    assert (error.code, error.message, error.reason) in documented(provider)
    assert entry.get("code") in (None, error.code)
    assert entry.get("words", "") in error.message


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_example_of_a_failure_is_brought_about_word_for_word(
    driver: Any, provider: str
) -> None:
    """By its name, and by its code and words: those of a task that failed at its submit are a failed task's too."""
    life = Lifecycle(provider)
    names = [
        example.name
        for example in answers(status_operation(provider))
        if life.meanings.get(life.shown(example)) == "failed"  # type: ignore[arg-type]
    ]
    with serve(speed=0, check=True) as mock:
        client: Driver = driver({provider: mock.access(provider)})
        for outcome, said in [
            *((name, {}) for name in names),
            *(
                ("failed", {"code": code, "message": words or None})
                for code, words, _ in documented(provider)
            ),
        ]:
            mock.outcomes.add(outcome, provider=provider, **said)
            task = client.submit(provider, REQUEST)
            mock.clock.advance(60)
            seen = client.fetch(task).error
            assert (seen.code, seen.message, seen.reason) in documented(provider)
        assert mock.violations == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_code_brings_its_own_words(driver: Any, provider: str) -> None:
    """Not those of the example that shows a failure first."""
    coded = [(c, words, r) for c, words, r in documented(provider) if c is not None]
    with serve(speed=0, check=True) as mock:
        client: Driver = driver({provider: mock.access(provider)})
        for code, words, reason in coded:
            task = client.submit(provider, REQUEST)
            list(mock.tasks)[-1].fail(code=code)
            seen = client.fetch(task).error
            assert (seen.code, seen.message, seen.reason) == (code, words, reason)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_submit_that_fails_at_once_says_why_too(driver: Any, provider: str) -> None:
    life = Lifecycle(provider)
    failed = [
        example
        for example in answers(SUBMITS[provider])
        if life.meanings.get(life.shown(example)) == "failed"  # type: ignore[arg-type]
        and life.read("error-message", example.document)
    ]
    with serve(speed=0, check=True) as mock:
        client: Driver = driver({provider: mock.access(provider)})
        for example in failed:
            mock.outcomes.add(provider=provider, refuse=example.name)
            with pytest.raises(TaskFailed) as caught:
                client.submit(provider, REQUEST)
            words = life.read("error-message", example.document)
            task = caught.value.task
            reason = reason_in_spec(provider, None, words)
            assert (task.error.message, task.error.reason) == (words, reason)
            assert client.fetch(task).error == task.error


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            {"provider": "akool", "reason": "storage"},
            "akool documents no failure 'storage', but none at all",
        ),
        (
            {"provider": "xingchaoyiqing", "reason": "storage"},
            "xingchaoyiqing documents no failure 'storage', but content-policy, bad-input",
        ),
        ({"reason": "storage"}, "documents no failure 'storage'"),
        (
            {"provider": "gptimage2api", "reason": "storage", "code": "X"},
            "stands for code and message",
        ),
    ],
)
def test_a_reason_that_no_page_documents_is_no_outcome(
    rule: dict[str, str], words: str
) -> None:
    with serve() as mock, pytest.raises(MockError, match=words) as caught:
        mock.outcomes.add("failed", **rule)
    assert caught.value.field == "reason"


def test_a_reason_is_of_a_failure() -> None:
    with serve() as mock, pytest.raises(MockError, match="of the outcome failed"):
        mock.outcomes.add("succeeded", provider="gptimage2api", reason="storage")


def test_the_library_s_own_word_for_a_reason_will_do() -> None:
    with serve() as mock:
        rule = mock.outcomes.add(
            "failed", provider="xingchaoyiqing", reason=Reason.CONTENT_POLICY
        )
        assert rule.reason == "content_policy"
