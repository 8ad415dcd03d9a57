"""The fixture `imagetasks_mock`: all vendors, one server for the run, nothing remembered at a test's start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from . import Mock, Options


@pytest.fixture(scope="session")
def imagetasks_mock_options() -> Options:
    """How the mock is to run: override it in your conftest.py, with the options of `serve`."""
    return {}


@pytest.fixture(scope="session")
def _imagetasks_mock_server(imagetasks_mock_options: Options) -> Iterator[Mock]:
    from . import serve

    with serve(**imagetasks_mock_options) as mock:
        yield mock


@pytest.fixture
def imagetasks_mock(_imagetasks_mock_server: Mock) -> Mock:
    """
    A running mock: `access(provider)`, `url`, `tasks`, `requests`, `faults`, `outcomes`,
    `accounts`, and `clock.advance(seconds)` to get on.
    """
    _imagetasks_mock_server.reset()
    return _imagetasks_mock_server
