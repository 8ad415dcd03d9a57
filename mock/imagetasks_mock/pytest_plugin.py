"""The fixture `imagetasks_mock`: all vendors, one server for the run, no tasks at a test's start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import Mock, serve


@pytest.fixture(scope="session")
def _imagetasks_mock_server() -> Iterator[Mock]:
    with serve() as mock:
        yield mock


@pytest.fixture
def imagetasks_mock(_imagetasks_mock_server: Mock) -> Mock:
    """
    A running mock: `access(provider)`, `url`, `tasks`, and `clock.advance(seconds)` to get on.
    """
    _imagetasks_mock_server.reset()
    return _imagetasks_mock_server
