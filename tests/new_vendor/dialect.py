"""What only the fifth dialect has. Run by test_new_vendor.py, in a tree that knows this vendor."""

from __future__ import annotations

import copy
from contextlib import suppress
from pathlib import Path

import httpx
import propose
import pytest
from contract import pages, test_machine
from imagetasks import (
    ContentRefused,
    ImageRequest,
    InvalidRequest,
    PollPolicy,
    ProviderError,
    Reason,
    State,
    SubmitOutcomeUnknown,
    Task,
    TaskFailed,
    TaskNotFound,
    UnsupportedRequest,
)
from imagetasks_mock import MockError, serve
from support.drivers import Driver, Script
from support.specs import PROVIDERS, split
from support.tasks import REQUEST
from vendors import REF, REF_2, VENDORS, accepted, finished, id_of

NAME = "brushwood"
VENDOR = VENDORS[NAME]
STATE = "header:x-job-state"


def test_the_adapter_has_at_most_40_lines() -> None:
    import imagetasks.providers.brushwood as adapter

    lines = Path(adapter.__file__).read_text().splitlines()
    assert len([line for line in lines if line.strip()]) <= 40


def test_a_state_in_a_header_is_read(connect) -> None:
    """Also where the bodies before and after are the same, byte for byte."""
    painting = accepted(NAME) | {STATE: "painting"}
    still = copy.deepcopy(finished(NAME))
    answers = [painting, still | {STATE: "unheard-of"}, still]
    policy = PollPolicy(jitter=0)
    done = connect(Script(*answers), policy=policy).run(NAME, REQUEST)
    assert (done.state, done.wire_state) == (State.SUCCEEDED, "done")


def test_the_key_is_cut_out_of_that_header_too(connect) -> None:
    echo = accepted(NAME) | {STATE: "bad secret-key-0123"}
    task = connect(Script(echo)).fetch(NAME, id_of(NAME, echo))
    assert "secret-key" not in repr(task)


def test_a_number_for_an_id_goes_through_a_token_and_back_to_the_vendor(driver) -> None:
    with serve(speed=0, check=True) as mock:
        client: Driver = driver({NAME: mock.access(NAME)})
        task = client.submit(NAME, REQUEST)
        assert task.id.isdecimal()
        assert task.raw["number"] == int(task.id)
        assert client.fetch(Task.from_token(task.to_token())).id == task.id
        assert mock.violations == []


def test_the_address_that_a_submit_answers_is_the_mock_s_and_leads_to_the_task(
    driver,
) -> None:
    with serve(speed=0, check=True) as mock:
        access = mock.access(NAME)
        task = driver({NAME: access}).submit(NAME, REQUEST)
        assert task.raw["follow"] == f"{mock.base_url(NAME)}/jobs/{task.id}"
        seen = httpx.get(task.raw["follow"], headers={"Brushwood-Key": access.api_key})
    assert seen.json()["number"] == int(task.id)


def test_the_address_is_followed_to_another_server_that_is_documented(connect) -> None:
    """Until there is another one, or none."""
    first, second = (f"https://{s}.jobs.brushwood.example/7" for s in ("east", "west"))
    answers = (accepted(NAME) | {"follow": follow} for follow in (first, second, ""))
    script = Script(*answers, finished(NAME) | {"follow": None})
    done = connect(script).run(NAME, REQUEST)
    asked = [str(sent.url) for sent in script.requests[1:]]
    assert asked == [first, second, second]
    assert done.state is State.SUCCEEDED


@pytest.mark.parametrize(
    "stray",
    [
        "https://elsewhere.example/jobs/7",
        "https://jobs.brushwood.example.elsewhere.example/jobs/7",
        "http://east.jobs.brushwood.example/7",
        "https://east.jobs.brushwood.example@elsewhere.example/7",
        7,
    ],
)
def test_the_key_goes_nowhere_else_whatever_address_is_answered(connect, stray) -> None:
    script = Script(accepted(NAME) | {"follow": stray}, finished(NAME))
    client = connect(script)
    task = client.submit(NAME, REQUEST)
    client.fetch(task)
    asked = f"https://api.brushwood.example/v2/jobs/{task.id}"
    assert str(script.requests[1].url) == asked


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"size": "650x384"}, "width is 650, it must be a multiple of 32"),
        ({"size": "1024x1024"}, "size is 1024x1024: 1048576 pixels"),
        ({"model": "felt"}, "model is 'felt', not one of fine, broad"),
    ],
)
def test_what_its_page_forbids_of_sizes_and_brushes_is_not_sent(
    connect, asked, words
) -> None:
    script = Script(accepted(NAME))
    with pytest.raises(InvalidRequest, match=words):
        connect(script).submit(NAME, ImageRequest("a heron", **asked))
    assert script.sent == 0


def test_a_size_goes_to_two_fields_and_a_brush_to_the_path(driver) -> None:
    with serve(speed=0, check=True) as mock:
        client: Driver = driver({NAME: mock.access(NAME)})
        client.submit(NAME, ImageRequest("a heron", model="broad", size="640x384"))
        assert mock.requests[-1].path == "/v2/broad"
        [made] = mock.tasks
        assert made.body == {"prompt": "a heron", "width": 640, "height": 384}
        assert mock.violations == []


def test_a_job_that_is_answered_201_has_begun(driver) -> None:
    """The page of the create call has no 200."""
    with serve(speed=0, check=True) as mock:
        client: Driver = driver({NAME: mock.access(NAME)})
        assert client.submit(NAME, REQUEST).state is State.QUEUED
        assert mock.requests[-1].status == 201
        assert client.drift() == ()
        assert mock.violations == []


@pytest.mark.parametrize("status", [202, 204])
def test_a_success_that_is_not_documented_is_none(connect, status) -> None:
    body, headers = split(accepted(NAME))
    script = Script(httpx.Response(status, json=body, headers=headers))
    with pytest.raises(SubmitOutcomeUnknown, match=f"HTTP {status}"):
        connect(script).submit(NAME, REQUEST)


def test_a_job_that_is_answered_200_all_the_same_is_not_lost(connect) -> None:
    client = connect(Script(accepted(NAME)))
    assert client.submit(NAME, REQUEST).state is State.QUEUED
    (drift,) = client.drift()
    assert (drift.kind, drift.seen) == ("undocumented_status", "200")


def test_studies_go_into_a_list_of_objects(driver) -> None:
    with serve(speed=0, check=True) as mock:
        client: Driver = driver({NAME: mock.access(NAME)})
        client.submit(NAME, ImageRequest("a heron", reference_images=[REF, REF_2]))
        [made] = mock.tasks
        assert made.body["studies"] == [{"picture": REF}, {"picture": REF_2}]
        assert client.client.capabilities(NAME).image["reference_images"].at_most == 3
        assert mock.violations == []


def test_a_shape_that_may_be_null_is_still_one_of_a_list(connect) -> None:
    client: Driver = connect(Script(accepted(NAME)))
    assert client.client.capabilities(NAME).image["aspect_ratio"].values == (
        "1:1",
        "16:9",
    )
    with pytest.raises(UnsupportedRequest, match="the nearest are 16:9 and 1:1"):
        client.submit(NAME, ImageRequest("a heron", aspect_ratio="3:2"))


def test_what_is_left_is_read_where_the_spec_says_and_is_the_account_s(driver) -> None:
    scenario = {"accounts": [{"key": "k", "credits": 50}]}
    with serve(speed=0, check=True, scenario=scenario) as mock:
        assert driver({NAME: mock.access(NAME)}).balance(NAME) == 50
    with serve(speed=0, check=True) as mock:
        assert driver({NAME: mock.access(NAME)}).balance(NAME) == 100


def test_a_task_is_cancelled(driver) -> None:
    with serve(speed=0, check=True) as mock:
        client: Driver = driver({NAME: mock.access(NAME)})
        task = client.submit(NAME, REQUEST)
        assert client.cancel(task).state is State.CANCELLED
        with pytest.raises(TaskFailed) as caught:
            client.wait(task)
        assert caught.value.task.state is State.CANCELLED
        assert mock.violations == []


def test_a_task_that_has_ended_stays_as_it_is(driver) -> None:
    with serve(speed=0, check=True) as mock:
        client: Driver = driver({NAME: mock.access(NAME)})
        task = client.submit(NAME, REQUEST)
        mock.clock.advance(10)
        assert client.cancel(task).state is State.SUCCEEDED


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != NAME])
def test_elsewhere_nothing_is_documented_and_nothing_is_sent(connect, provider) -> None:
    script = Script(finished(provider))
    task = Task(provider=provider, id="1", state=State.QUEUED)
    with pytest.raises(UnsupportedRequest, match="no cancelling"):
        connect(script).cancel(task)
    assert script.sent == 0


@pytest.mark.parametrize(
    ("guess", "policy", "gap"),
    [
        (12, PollPolicy(jitter=0), 12),
        (0, PollPolicy(jitter=0), 2),  # not sooner than usual
        (None, PollPolicy(jitter=0), 2),
        (-5, PollPolicy(jitter=0), 2),
        (4000, PollPolicy(jitter=0), 30),  # a guess may be wrong
        (12, PollPolicy(jitter=0, max_gap=3), 3),  # the caller's bound holds
    ],
)
def test_the_next_look_is_when_the_vendor_guesses_that_it_is_done(
    connect, clock, guess, policy, gap
) -> None:
    waiting = accepted(NAME) | {"seconds_left": guess}
    connect(Script(waiting, finished(NAME)), policy=policy).run(NAME, REQUEST)
    assert clock.slept == [gap]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({STATE: "drying"}, ("unknown_value", "drying")),
        ({STATE: "47110815 of Ada"}, ("unknown_value", "string")),
        ({}, ("missing_field", "nothing")),
    ],
    ids=str,
)
def test_what_differs_in_that_header_is_told(connect, header, expected) -> None:
    body = {name: held for name, held in finished(NAME).items() if name != STATE}
    client = connect(Script(body | header))
    with suppress(ProviderError):
        client.fetch(NAME, "1")
    (drift,) = client.drift()
    assert (drift.operation, drift.pointer) == ("getJob", "header:X-Job-State")
    assert (drift.kind, drift.seen) == expected


def test_a_new_state_in_that_header_is_proposed_for_its_schema(connect) -> None:
    drying = finished(NAME) | {STATE: "drying"}
    client = connect(Script(drying))
    client.fetch(NAME, id_of(NAME, drying))
    spec = Path(propose.__file__).parents[1] / f"{NAME}.yaml"
    patch, notes = propose.patch_of(spec, list(client.drift()))
    added = [line for line in patch.splitlines() if line[:2] == "+ "]
    assert added == [
        "+      enum: [waiting, painting, done, spoiled, torn, cancelled, lost, drying]"
    ]
    assert "x-task-lifecycle" in notes[0]


def test_the_answer_to_a_cancel_is_looked_at_too(connect) -> None:
    answer = finished(NAME) | {"x_new": 1}
    client = connect(Script(answer))
    client.cancel(Task(provider=NAME, id=id_of(NAME, answer), state=State.QUEUED))
    (drift,) = client.drift()
    assert (drift.operation, drift.pointer) == ("cancelJob", "/x_new")


def test_the_mock_counts_down(driver) -> None:
    with serve(speed=0, duration=20, check=True) as mock:
        client: Driver = driver({NAME: mock.access(NAME)})
        task = client.submit(NAME, REQUEST)
        first = client.fetch(task).raw["seconds_left"]
        mock.clock.advance(3)
        assert client.fetch(task).raw["seconds_left"] == first - 3


def test_a_task_that_the_vendor_says_it_lost_is_not_found(driver) -> None:
    """It says so inside of a 200, where a state would stand."""
    with serve(speed=0, check=True) as mock:
        client: Driver = driver({NAME: mock.access(NAME)})
        with pytest.raises(TaskNotFound, match="brushwood: HTTP 200 lost"):
            client.fetch(NAME, "4711")
        [seen] = mock.requests
        assert mock.violations == []
    assert "there is no task" in str(seen.refused)


def test_one_that_was_submitted_a_moment_ago_is_waited_for(connect) -> None:
    begun = accepted(NAME) | {"seconds_left": None}
    lost = begun | {STATE: "lost"}
    script = Script(begun, lost, lost, finished(NAME))
    assert connect(script).run(NAME, REQUEST).state is State.SUCCEEDED


@pytest.mark.parametrize(
    ("outcome", "states"),
    [("failed", {"spoiled", "torn"}), ("spoiled", {"spoiled"}), ("torn", {"torn"})],
)
def test_each_of_the_states_that_mean_failed_is_brought_about(outcome, states) -> None:
    with serve(speed=0, check=True) as mock:
        mock.outcomes.add(outcome, provider=NAME)
        for _ in range(12):
            submit(mock)
        mock.clock.advance(10)
        assert {task.wire_state for task in mock.tasks} == states
        assert {task.state for task in mock.tasks} == {"failed"}


@pytest.mark.parametrize("prompts", [REQUEST, ImageRequest("a heron", size="640x384")])
def test_a_job_that_is_refused_for_what_it_asks_to_see_says_so(driver, prompts) -> None:
    """By the words that its page documents, also for jobs that failed."""
    with serve(speed=0, check=True) as mock:
        client: Driver = driver({NAME: mock.access(NAME)})
        mock.outcomes.add(provider=NAME, refuse="unseemly", count=1)
        with pytest.raises(ContentRefused, match="an unseemly job") as caught:
            client.submit(NAME, prompts)
        assert caught.value.status_code == 422
        mock.outcomes.add(provider=NAME, refuse="invalid", count=1)
        with pytest.raises(InvalidRequest) as other:
            client.submit(NAME, prompts)
        assert type(other.value) is InvalidRequest
        mock.outcomes.add("failed", provider=NAME, reason="content-policy")
        task = client.submit(NAME, prompts)
        mock.clock.advance(10)
        with pytest.raises(TaskFailed) as failed:
            client.wait(task)
        assert failed.value.task.error.reason is Reason.CONTENT_POLICY
        assert mock.violations == []


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("spoiled", Reason.NO_RESULT),
        ("spoiled_unseemly", Reason.CONTENT_POLICY),
        ("torn", Reason.UNKNOWN),
        ("cancelled", Reason.CANCELLED),
    ],
)
def test_each_end_says_why_as_far_as_its_page_does(driver, ending, reason) -> None:
    with serve(speed=0, check=True) as mock:
        client: Driver = driver({NAME: mock.access(NAME)})
        mock.outcomes.add(ending, provider=NAME)
        task = client.submit(NAME, REQUEST)
        mock.clock.advance(10)
        error = client.fetch(task).error
        assert error.reason is reason


def test_what_is_no_state_of_a_task_is_no_end_of_one() -> None:
    with (
        serve() as mock,
        pytest.raises(MockError, match="'lost' is not one of succeeded"),
    ):
        mock.outcomes.add("lost", provider=NAME)


def test_the_mock_tells_parts_of_seconds_where_the_vendor_does() -> None:
    with serve(speed=0, check=True) as mock:
        submit(mock)
        [task] = mock.tasks
        mock.clock.advance(10)
        key = {"Brushwood-Key": "key"}
        times = httpx.get(str(task.status_url), headers=key).json()["times"]
    assert times == {"begun": task.created, "ended": task.ends}


def submit(mock) -> None:
    url = f"{mock.base_url(NAME)}/fine"
    key = {"Brushwood-Key": "key"}
    httpx.post(url, json=VENDOR.body, headers=key).raise_for_status()


@pytest.mark.contract
def test_its_pages_too_can_be_written_down_and_held_against_the_mock(
    monkeypatch,
) -> None:
    """What `contract/pages.py` has of the others."""

    def read(answer: httpx.Response) -> pages.Snapshot:
        body = answer.json()
        outcome = body["outcome"] or {}
        urls = [picture["url"] for picture in outcome.get("pictures", ())]
        return pages.Snapshot(
            str(body["number"]),
            answer.headers["x-job-state"],
            body["times"]["begun"],
            urls[0] if urls else None,
            outcome.get("reason"),
            body["asked"]["prompt"],
        )

    def read_code(answer: httpx.Response) -> int | str:
        if answer.headers.get("x-job-state") == "lost":
            return "lost"
        return 200 if answer.is_success else answer.status_code

    vendor = pages.Vendor(
        name=NAME,
        status_path="/jobs/{}",
        read=read,
        ids=lambda body: [str(body["number"])],
        pending=("waiting", "painting"),
        ends={
            "done": "succeeded",
            "spoiled": "failed",
            "torn": "failed",
            "cancelled": "cancelled",
        },
        refusals={"key": [401], "unknown": ["lost"], "invalid": [422]},
        read_code=read_code,
        header=("Brushwood-Key", "{}"),
    )
    submit = pages.Submit(vendor, "/fine", {"width": 640, "height": 384}, 0)
    monkeypatch.setattr(test_machine, "SUBMITS", [submit])
    test_machine.run_courses(vendor, examples=10)
