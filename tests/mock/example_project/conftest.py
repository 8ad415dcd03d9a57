import pytest
from imagetasks import Client, PollPolicy


@pytest.fixture(scope="session")
def imagetasks_mock_options():
    return {"duration": 0.2}


@pytest.fixture
def client(imagetasks_mock):
    access = {"akool": imagetasks_mock.access("akool")}
    with Client(access, policy=PollPolicy(min_gap=0.05)) as client:
        yield client
