"""Scenarios: how long tasks take and how they end, from a file or from Python, and mistakes in them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imagetasks_mock
import pytest
from imagetasks_mock import Mock, MockError, serve
from support import specs
from support.mocked import Vendor

every_provider = pytest.mark.parametrize("provider", specs.PROVIDERS)


@pytest.fixture
def run() -> Iterator[Callable[..., Mock]]:
    """A mock of a scenario, whose clock stands still, that must keep to the spec."""
    mocks: list[Mock] = []

    def start(scenario: Any = None, **options: Any) -> Mock:
        mocks.append(serve(scenario=scenario, speed=0, check=True, **options))
        return mocks[-1]

    yield start
    for mock in mocks:
        assert mock.violations == []
        mock.close()


def durations(mock: Mock, provider: str, body: Any = None, n: int = 60) -> list[float]:
    with Vendor(mock, provider) as vendor:
        for _ in range(n):
            vendor.submit(body)
    return [task.duration for task in mock.tasks if task.provider == provider][-n:]


# How long tasks take.


def test_a_duration_can_be_stated_for_a_vendor_and_for_a_model(run):
    """The first that fits holds: a model of a vendor, then the vendor, then all others."""
    video = {"model": "seedance-2.0-text-to-video", "input": {"prompt": "x"}}
    mock = run(
        {
            "duration": 2,
            "durations": [
                {"provider": "aigptimage", "model": video["model"], "median": 90},
                {"provider": "aigptimage", "median": 30},
            ],
        }
    )
    assert statistics.median(durations(mock, "aigptimage", video)) == pytest.approx(
        90, rel=0.1
    )
    assert statistics.median(durations(mock, "aigptimage")) == pytest.approx(
        30, rel=0.1
    )
    assert statistics.median(durations(mock, "akool")) == pytest.approx(2, rel=0.1)


def test_durations_follow_the_stated_log_normal_distribution(run):
    mock = run({"durations": [{"median": 40, "p95": 80}]})
    drawn = sorted(durations(mock, "akool", n=600))
    assert statistics.median(drawn) == pytest.approx(40, rel=0.08)
    assert drawn[570] == pytest.approx(80, rel=0.15)
    # Cut at two standard deviations: (80 / 40) ** (2 / 1.645) times the median.
    assert drawn[-1] <= 40 * 2 ** (2 / 1.645) + 0.001
    assert drawn[0] >= 40 / 2 ** (2 / 1.645) - 0.001


def test_what_is_asked_of_one_vendor_does_not_change_anothers_times(run):
    alone, beside = run(seed=3), run(seed=3)
    durations(beside, "gptimage2api", n=5)
    assert durations(alone, "akool") == durations(beside, "akool")


def test_another_seed_gives_another_run(run):
    assert durations(run(seed=1), "akool") != durations(run(seed=2), "akool")


# How they end.


@pytest.mark.parametrize(
    ("provider", "outcome", "expected"),
    [
        # "EMPTY_RESULT (provider success but no URL), STORAGE_ERROR (could not store)"
        ("gptimage2api", {"outcome": "failed", "code": "EMPTY_RESULT"}, {"error-code": "EMPTY_RESULT"}),
        ("gptimage2api", {"outcome": "failed", "code": "STORAGE_ERROR"}, {"error-code": "STORAGE_ERROR"}),
        ("gptimage2api", {"outcome": "failed_not_yet_refunded"}, {"error-code": "EMPTY_RESULT", "refunded": False}),
        ("gptimage2api", {"outcome": "quickstart_failed"}, {"error-code": "STORAGE_ERROR", "refunded": True}),
        # The pages' own examples of a failure.
        ("xingchaoyiqing", {"outcome": "failed"}, {"error-message": "Generation failed: content policy violation"}),
        ("aigptimage", {"outcome": "fail"}, {"error-code": "400"}),
        ("aigptimage", {"outcome": "failed", "message": "no", "code": "7"}, {"error-code": "7", "error-message": "no"}),
        ("akool", {"outcome": "failed"}, {"state": 4}),
    ],
)  # fmt: skip
def test_a_rule_by_prompt_decides_how_a_task_ends(run, provider, outcome, expected):
    mock = run({"outcomes": [{"provider": provider, "prompt": "^fail:", **outcome}]})
    with Vendor(mock, provider) as vendor:
        doomed = vendor.finish("fail: a lighthouse")
        spared = vendor.finish("a lighthouse")
    assert vendor.life.meaning(doomed) == "failed"
    assert vendor.life.meaning(spared) == "succeeded"
    assert {what: vendor.life.read(what, doomed) for what in expected} == expected


def test_a_rule_can_strike_by_chance_and_only_so_often(run):
    rules = [{"outcome": "failed", "probability": 0.25}]
    mock = run({"outcomes": rules, "seed": 5})
    with Vendor(mock, "akool") as vendor:
        for _ in range(200):
            vendor.submit()
    mock.clock.advance(10)
    failed = [task.state for task in mock.tasks].count("failed")
    assert 30 <= failed <= 70
    mock = run({"outcomes": [{"outcome": "failed", "count": 2}]})
    with Vendor(mock, "akool") as vendor:
        for _ in range(5):
            vendor.submit()
    mock.clock.advance(10)
    assert [task.state for task in mock.tasks].count("failed") == 2


def test_one_seed_gives_the_same_failures(run):
    def states() -> list[str]:
        mock = run({"outcomes": [{"outcome": "failed", "probability": 0.5}]}, seed=9)
        with Vendor(mock, "gptimage2api") as vendor:
            for _ in range(30):
                vendor.submit()
        mock.clock.advance(10)
        return [task.state for task in mock.tasks]

    first = states()
    assert first == states()
    assert set(first) == {"failed", "succeeded"}


@pytest.mark.parametrize(
    ("provider", "refuse", "status", "expected"),
    [
        # "Create failed": a normal body with status failed and an error.
        ("xingchaoyiqing", "failed", 200, {"status": "failed"}),
        ("aigptimage", "insufficient_credits", 402, {"code": 402}),
        ("aigptimage", "unsupported_model", 422, {"msg": "model is not supported"}),
        # 1108: "image generate error, try again later"
        ("akool", "image_generate_error", 200, {"code": 1108}),
        ("akool", "account_banned", 200, {"code": 1200}),
        ("gptimage2api", "insufficient_credits", 402, {"error": "Insufficient credits"}),
    ],
)  # fmt: skip
def test_a_create_can_fail_at_once(run, provider, refuse, status, expected):
    rule = {"provider": provider, "prompt": "now", "refuse": refuse}
    mock = run({"outcomes": [rule]})
    with Vendor(mock, provider) as vendor:
        refused = vendor.submit_prompt("fail now")
        assert refused.status_code == status
        assert expected.items() <= refused.json().items()
        assert all(task.state == "failed" for task in mock.tasks)
        assert vendor.life.meaning(vendor.finish("spare me")) == "succeeded"


def test_outcomes_can_be_added_while_it_runs(run):
    mock = run()
    with Vendor(mock, "akool") as vendor:
        mock.outcomes.add("failed", prompt="doomed", count=1)
        assert vendor.life.meaning(vendor.finish("doomed")) == "failed"
        assert vendor.life.meaning(vendor.finish("doomed")) == "succeeded"
    with pytest.raises(MockError, match="outcome 'broken': a name from one vendor's"):
        mock.outcomes.add("broken")
    with pytest.raises(MockError, match="no outcome 'cancelled'"):
        mock.outcomes.add("cancelled", provider="akool")


# Time.


@every_provider
def test_with_a_tick_time_passes_by_asking(run, provider):
    """What stock tools need, which never touch the clock: a task ends after so many requests."""
    mock = run(tick=0.5, duration=2)
    with Vendor(mock, provider) as vendor:
        task_id = vendor.submit_prompt("x").json()
        (task,) = mock.tasks
        seen = [vendor.meaning(task.id) for _ in range(6)]
    assert task_id
    assert seen[0] != "succeeded"
    assert seen[-1] == "succeeded"


def test_gptimage2api_looks_upstream_every_30_seconds_only(run):
    """ "At most once every 30 s"; "inside the window the cached state is returned"."""
    mock = run({"upstream_refresh": True}, duration=5)
    with Vendor(mock, "gptimage2api") as vendor:
        vendor.submit()
        (task,) = mock.tasks
        mock.clock.advance(29)
        assert task.state == "succeeded"
        assert vendor.meaning(task.id) == "pending"
        mock.clock.advance(1)
        done = vendor.fetch(task.id)
        assert vendor.life.meaning(done.json()) == "succeeded"
        mock.clock.advance(100)
        assert vendor.fetch(task.id).content == done.content


def test_a_look_upstream_happens_when_somebody_asks(run):
    mock = run({"upstream_refresh": True}, duration=50)
    with Vendor(mock, "gptimage2api") as vendor:
        vendor.submit()
        (task,) = mock.tasks
        mock.clock.advance(45)
        assert vendor.meaning(task.id) == "pending"  # looked, and found it running
        mock.clock.advance(29)
        assert vendor.meaning(task.id) == "pending"  # ended meanwhile, nobody looked
        mock.clock.advance(1)
        answer = vendor.fetch(task.id).json()
    assert vendor.life.meaning(answer) == "succeeded"


def test_gptimage2api_can_answer_in_the_quickstarts_spelling(run):
    """Two pages, two spellings: taskId, imageUrls, creditsRefunded; id, outputImageUrls, creditRefunded."""
    mock = run({"examples": {"gptimage2api": "quickstart"}})
    with Vendor(mock, "gptimage2api") as vendor:
        vendor.submit()
        (task,) = mock.tasks
        pending = vendor.fetch(task.id).json()
        mock.clock.advance(10)
        done = vendor.fetch(task.id).json()
    assert pending.keys() >= {"id", "creditRefunded", "completedAt"}
    assert pending["completedAt"] is None
    assert done.keys() >= {"id", "outputImageUrls", "completedAt"}
    assert done["id"] == task.id
    assert not done.keys() & {"taskId", "imageUrls", "updatedAt"}


# Files.


def test_a_scenario_file_says_all_of_it(tmp_path, run):
    file = tmp_path / "busy.yaml"
    file.write_text(
        """
        seed: 4
        durations:
          - {provider: akool, median: 100}
        outcomes:
          - provider: akool
            prompt: '^fail:'
            outcome: failed
        accounts:
          - {key: team-a, credits: {gptimage2api: 3}, tier: free}
        faults:
          - {kind: status, provider: xingchaoyiqing, status: 503, count: 1}
        """
    )
    mock = run(file)
    assert mock.access("akool").api_key == "team-a"
    assert mock.accounts["team-a"].balance("gptimage2api") == 3
    assert [fault.status for fault in mock.faults] == [503]
    for _ in range(2):  # a reset brings the scenario back
        with Vendor(mock, "akool", key="team-a") as vendor:
            assert vendor.submit_prompt("fail: x").json()["code"] == 1000
            (task,) = mock.tasks
            assert task.duration > 60
            mock.clock.advance(200)
            assert task.state == "failed"
        mock.reset()


def test_options_beside_a_scenario_win(run):
    mock = run({"seed": 1, "duration": 50}, seed=2, duration=1)
    assert max(durations(mock, "akool")) < 2


@pytest.mark.parametrize("name", ["realistic", "rough"])
def test_the_scenarios_that_come_with_it_are_good(run, name):
    mock = run(name, duration=1)
    assert mock.url


def test_on_a_realistic_day_a_picture_takes_half_a_minute(run):
    drawn = durations(run("realistic"), "aigptimage")
    assert statistics.median(drawn) == pytest.approx(32, rel=0.2)


MISTAKES = {
    "sed: 1": "line 1: sed: is not a known field",
    "speed: fast": "line 1: speed: is not of type number",
    "seed: 1\nspeed: -1": "line 2: speed: ",
    "seed: 1\nseed: 2": "line 2: seed: is there twice",
    "- 1": "line 1: the body is not of type object",
    "seed: [": "line 1",
    "speed: .inf": "line 1: speed: is not of type number",
    "outcomes:\n  - prompt: a\n    outcome: broken": "line 3: outcomes[0].outcome: outcome 'broken': a name from one",
    "outcomes:\n  - {prompt: '('}": "line 2: outcomes[0].prompt: prompt is not a regular expression",
    "outcomes:\n- provider: akool\n\n  probability: 2": "line 4: outcomes[0].probability: ",
    "outcomes:\n- provider: acool": "line 2: outcomes[0].provider: provider 'acool' is not one of ",
    "outcomes:\n- provider: akool\n  refuse: gone": "line 3: outcomes[0].refuse: refuse 'gone' is not one of ",
    "outcomes:\n- {}\n- provider: akool\n  model: gpt-9": "line 4: outcomes[1].model: 'gpt-9' is in no spec of akool",
    "durations:\n- provider: akool": "line 2: durations[0].median: is required",
    "durations:\n- median: 9\n  p95: 3": "line 3: durations[0].p95: is below the median",
    "accounts:\n- key: a\n  tier: gold": "line 3: accounts[0].tier: 'gold' is not one of basic, enterprise, free, ",
    "accounts:\n- credits: {acool: 3}": "line 2: accounts[0].credits.acool: 'acool' is not one of ",
    "accounts:\n- credits: many": "line 2: accounts[0].credits: has none of the documented shapes",
    "examples:\n  gptimage2api: slow": "line 2: examples.gptimage2api: no example starts with 'slow'",
    "faults:\n- {kind: status, provider: akool}\n- {kind: sloth}": "line 3: faults[1]",
    "faults:\n- {kind: status, operation: createMovie}": "line 2: faults[0]",
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_in_a_file_is_told_with_line_and_field(tmp_path, text):
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    with pytest.raises(MockError) as caught:
        serve(scenario=file)
    assert str(caught.value).startswith(f"{file}")
    assert MISTAKES[text] in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"a: &x [*x]", b"{" * 3000, b"seed: 2020-01-01", b"? {a: b}\n: 1"],
    ids=["not-utf-8", "recursive", "deep", "date", "key-that-is-no-text"],
)
def test_a_file_that_is_no_scenario_is_a_clear_error(tmp_path: Path, content: bytes):
    file = tmp_path / "scenario.yaml"
    file.write_bytes(content)
    with pytest.raises(MockError, match=r"scenario\.yaml"):
        serve(scenario=file)


def test_a_file_that_is_not_there_names_the_scenarios_there_are():
    with pytest.raises(MockError, match=r"No such file.*one of realistic, rough"):
        serve(scenario="no-such-file.yaml")


def test_a_mistake_in_python_is_told_with_its_field():
    with pytest.raises(MockError, match=r"^scenario: outcomes\[0\].count: "):
        serve(scenario={"outcomes": [{"count": 0}]})


def test_an_option_that_does_not_exist_is_a_type_error():
    with pytest.raises(TypeError, match="sed"):
        imagetasks_mock.serve(sed=1)  # type: ignore[call-arg]
