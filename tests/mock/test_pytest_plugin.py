"""The pytest plugin, in projects of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent / "example_project"


@pytest.mark.long
def test_a_projects_own_tests_run_against_the_mock(pytester: pytest.Pytester) -> None:
    for file in EXAMPLE.glob("*.py"):
        shutil.copy(file, pytester.path)
    run = pytester.runpytest_subprocess("-q", "-W", "error")
    run.assert_outcomes(passed=3)


def test_a_projects_tests_are_under_ten_lines_each() -> None:
    text = (EXAMPLE / "test_covers.py").read_text()
    for test in text.split("\ndef ")[1:]:
        assert len(test.strip().splitlines()) < 10


@pytest.mark.long
def test_each_test_has_a_fresh_mock_and_all_share_one_server(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import httpx
        import pytest

        urls = set()

        @pytest.mark.parametrize("n", range(3))
        def test_it(imagetasks_mock, n):
            mock = imagetasks_mock
            assert not list(mock.tasks)
            assert not list(mock.requests)
            assert not list(mock.faults)
            assert not list(mock.outcomes)
            mock.faults.add("hang")
            mock.faults.clear()
            mock.faults.add("status", status=503, operation="getImage")
            mock.outcomes.add("failed")
            access = mock.access("akool")
            httpx.post(
                access.base_url + "/api/open/v4/content/image/createBySourcePrompt",
                json={"prompt": "x"},
                headers={"x-api-key": access.api_key},
            ).raise_for_status()
            (task,) = mock.tasks
            mock.clock.advance(10)
            assert task.state == "failed"
            urls.add(mock.url)
            assert len(urls) == 1
        """
    )
    pytester.runpytest_subprocess("-q", "-W", "error").assert_outcomes(passed=3)


@pytest.mark.long
def test_the_options_of_the_mock_can_be_overridden(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def imagetasks_mock_options():
            return {"speed": 0, "scenario": {"accounts": [{"key": "k", "credits": 2}]}}
        """
    )
    pytester.makepyfile(
        """
        def test_it(imagetasks_mock):
            before = imagetasks_mock.clock.now()
            assert imagetasks_mock.access("akool").api_key == "k"
            assert imagetasks_mock.accounts["k"].balance("akool") == 2
            assert imagetasks_mock.clock.now() == before
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)
