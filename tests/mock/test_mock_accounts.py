"""Keys and what they have: credits, tiers with rate limits, and tasks of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from imagetasks_mock import Mock, serve
from imagetasks_mock.state.accounts import Account, Settings
from imagetasks_mock.state.limits import Limits
from support import specs
from support.mocked import Vendor
from vendors import VENDORS

every_provider = pytest.mark.parametrize("provider", specs.PROVIDERS)

WITHOUT_LIMITS = [
    name
    for name in specs.PROVIDERS
    if "limits" not in specs.load(name).get("x-rate-limits", {})
]


@pytest.fixture
def run() -> Iterator[Callable[..., Mock]]:
    mocks: list[Mock] = []

    def start(*accounts: dict[str, Any], **scenario: Any) -> Mock:
        if accounts:
            scenario["accounts"] = list(accounts)
        mocks.append(serve(scenario=scenario, speed=0, check=True))
        return mocks[-1]

    yield start
    for mock in mocks:
        assert mock.violations == []
        mock.close()


# Keys.


@every_provider
def test_another_keys_task_is_not_found(run, provider):
    mock = run({"key": "mine"}, {"key": "yours"})
    with Vendor(mock, provider, key="mine") as mine, Vendor(mock, provider, key="yours") as yours:  # fmt: skip
        mine.submit()
        (task,) = mock.tasks
        refused = yours.fetch(task.id)
        status, body = VENDORS[provider].not_found
        assert refused.status_code == status
        assert body.items() <= refused.json().items()
        assert mine.fetch(task.id).is_success


@every_provider
def test_while_no_key_is_configured_all_are_one(run, provider):
    """The vendors' pages show a submit with one key and its status call with another."""
    mock = run()
    with Vendor(mock, provider, key="a") as one, Vendor(mock, provider, key="b") as other:  # fmt: skip
        one.submit()
        (task,) = mock.tasks
        assert other.meaning(task.id) != "failed"


@every_provider
def test_a_key_that_is_not_configured_is_refused(run, provider):
    mock = run({"key": "mine"})
    with Vendor(mock, provider, key="other") as other:
        answer = other.submit()
    assert answer.status_code == 401 or answer.json()["code"] == 1101
    assert not list(mock.tasks)


def test_a_token_opens_the_account_whose_secret_made_it(run):
    """The clientSecret "equals the API key": a task made by key is read by token."""
    mock = run({"key": "secret-of-24-characters!"})
    with Vendor(mock, "akool", key="secret-of-24-characters!") as vendor:
        vendor.submit()
        (task,) = mock.tasks
        told = vendor.http.post(
            "/api/open/v3/getToken",
            json={"clientId": "id", "clientSecret": "secret-of-24-characters!"},
        ).json()
        vendor.http.headers["Authorization"] = f"Bearer {told['token']}"
        assert vendor.fetch(task.id).json()["code"] == 1000


# Credits.


def test_without_a_limit_nothing_is_refused_and_the_books_are_kept(run):
    mock = run()
    with Vendor(mock, "gptimage2api") as vendor:
        for _ in range(100):
            assert vendor.submit().json()["creditsUsed"] == 3
    account = mock.accounts["mock-key"]
    assert (account.balance("gptimage2api"), account.spent("gptimage2api")) == (
        None,
        300,
    )


@pytest.mark.parametrize(
    ("provider", "body", "price"),
    [
        # "1K = 3, 2K = 5, 4K = 8 credits per output"; 1K is the default.
        ("aigptimage", {"model": "gpt-image-2-text-to-image", "input": {"prompt": "x"}}, 3),
        ("aigptimage", {"model": "gpt-image-2-text-to-image", "input": {"prompt": "x", "resolution": "4K"}}, 8),
        # "720p = 40/s"
        ("aigptimage", {"model": "seedance-2.0-text-to-video", "input": {"prompt": "x", "resolution": "720p", "duration": 5}}, 200),
        # "1 credit per image"
        ("akool", {"prompt": "x", "resolution": "1080p"}, 1),
        ("akool", {"prompt": "x", "batch_quantity": 3}, 3),
        ("gptimage2api", {"prompt": "x", "model": "gpt-image-2"}, 3),
        # No price is stated anywhere.
        ("xingchaoyiqing", {"prompt": "x", "model": "gpt-image-2"}, 0),
    ],
)  # fmt: skip
def test_a_submit_costs_the_documented_price(run, provider, body, price):
    mock = run({"credits": 1000})
    with Vendor(mock, provider) as vendor:
        assert vendor.submit(body).is_success
    account = mock.accounts["mock-key"]
    assert account.balance(provider) == 1000 - price
    assert account.spent(provider) == price


@pytest.mark.parametrize(
    ("provider", "status", "expected"),
    [
        ("aigptimage", 402, {"code": 402, "msg": "insufficient credits", "data": None}),
        # 1104: "insufficient credit"
        ("akool", 200, {"code": 1104}),
        # {"error": "Insufficient credits", "required": 12}, "nothing charged"
        ("gptimage2api", 402, {"error": "Insufficient credits", "required": 3}),
    ],
)
def test_a_spent_account_is_refused_as_documented_and_not_charged(
    run, provider, status, expected
):
    mock = run({"credits": {provider: 3}})
    account = mock.accounts["mock-key"]
    with Vendor(mock, provider) as vendor:
        accepted = 0
        while (answer := vendor.submit()).json().get("code", 200) in (200, 1000):
            accepted += 1
            if answer.status_code != 200:
                break
        left = account.balance(provider)
        again = vendor.submit()
    assert again.status_code == answer.status_code == status
    assert expected.items() <= again.json().items()
    assert account.balance(provider) == left == 0
    made = [task for task in mock.tasks if task.provider == provider]
    assert sum(task.credits for task in made) == 3
    assert accepted >= 1


def test_a_batch_is_paid_whole_or_not_at_all(run):
    mock = run({"credits": {"akool": 2}})
    with Vendor(mock, "akool") as vendor:
        refused = vendor.submit({"prompt": "x", "batch_quantity": 3}).json()
        assert refused["code"] == 1104
        assert not list(mock.tasks)
        assert (
            vendor.submit({"prompt": "x", "batch_quantity": 2}).json()["code"] == 1000
        )
    assert mock.accounts["mock-key"].balance("akool") == 0


def test_gptimage2api_refunds_a_failed_task(run):
    """ "Refunded when the task ends in 2, amount = creditsUsed"."""
    mock = run({"credits": 3}, outcomes=[{"prompt": "doomed", "outcome": "failed"}])
    account = mock.accounts["mock-key"]
    with Vendor(mock, "gptimage2api") as vendor:
        vendor.submit_prompt("doomed")
        assert account.balance("gptimage2api") == 0
        assert vendor.submit().status_code == 402
        mock.clock.advance(10)
        assert account.balance("gptimage2api") == 3
        assert vendor.submit().is_success
    assert account.spent("gptimage2api") == 3


@pytest.mark.parametrize("provider", ["aigptimage", "akool"])
def test_where_no_page_speaks_of_refunds_nothing_comes_back(run, provider):
    mock = run({"credits": 100}, outcomes=[{"outcome": "failed"}])
    account = mock.accounts["mock-key"]
    with Vendor(mock, provider) as vendor:
        vendor.submit()
    left = account.balance(provider)
    mock.clock.advance(10)
    assert account.balance(provider) == left < 100


def test_akool_tells_the_balance(run):
    mock = run({"credits": 7})
    with Vendor(mock, "akool") as vendor:
        vendor.submit()
        told = vendor.http.get("/api/open/v3/faceswap/quota/info").json()
    assert told == {"code": 1000, "msg": "OK", "data": {"credit": 6}}


def test_credits_can_be_given_while_it_runs(run):
    mock = run({"credits": 0})
    with Vendor(mock, "akool") as vendor:
        assert vendor.submit().json()["code"] == 1104
        mock.accounts["mock-key"].give("akool", 1)
        assert vendor.submit().json()["code"] == 1000


def test_a_repeated_x_request_id_is_billed_once(run):
    mock = run({"credits": 3})
    with Vendor(mock, "aigptimage") as vendor:
        first = vendor.submit(X_Request_ID="order-1")
        assert vendor.submit(X_Request_ID="order-1").content == first.content
        assert vendor.submit(X_Request_ID="order-2").status_code == 402
    assert len(list(mock.tasks)) == 1


def test_a_submit_that_was_refused_can_be_repeated_with_its_x_request_id(run):
    mock = run({"credits": 0})
    with Vendor(mock, "aigptimage") as vendor:
        assert vendor.submit(X_Request_ID="order-1").status_code == 402
        mock.accounts["mock-key"].give("aigptimage", 3)
        assert vendor.submit(X_Request_ID="order-1").is_success


# Rate limits of aigptimage, on the virtual clock.


def test_a_tier_limits_calls_per_second(run):
    """Basic: createTask 5 per second. The body is the rate limits page's."""
    mock = run({"tier": "basic"})
    with Vendor(mock, "aigptimage") as vendor:
        answers = [vendor.submit() for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert answers[-1].json() == {
            "code": 429,
            "msg": "rate limit exceeded",
            "data": {"retryAfter": 1, "limit": 5, "tier": "basic", "windowSeconds": 1},
        }
        assert len(list(mock.tasks)) == 5  # "refused calls never enter the queue"
        mock.clock.advance(10)
        assert vendor.submit().is_success


def test_a_tier_limits_calls_per_minute(run):
    """Free: recordInfo 60 per minute."""
    mock = run({"tier": "free"})
    with Vendor(mock, "aigptimage") as vendor:
        vendor.submit()
        (task,) = mock.tasks
        for _ in range(60):
            assert vendor.fetch(task.id).is_success
            mock.clock.advance(0.75)
        refused = vendor.fetch(task.id)
        assert refused.status_code == 429
        data = refused.json()["data"]
        assert (data["limit"], data["windowSeconds"]) == (60, 60)
        # What it says is enough, and no less is.
        mock.clock.advance(data["retryAfter"] - 1)
        assert vendor.fetch(task.id).status_code == 429
        mock.clock.advance(1)
        assert vendor.fetch(task.id).is_success


def test_a_tier_limits_active_tasks(run):
    """Free: one. The answer at this cap is not documented; the same 429 is inferred."""
    mock = run({"tier": "free"})
    with Vendor(mock, "aigptimage") as vendor:
        vendor.submit()
        mock.clock.advance(1.5)
        refused = vendor.submit()
        assert refused.status_code == 429
        data = refused.json()["data"]
        assert (data["limit"], data["tier"]) == (1, "free")
        mock.clock.advance(data["retryAfter"])
        assert vendor.submit().is_success


def test_one_keys_calls_do_not_count_for_another(run):
    mock = run({"key": "a", "tier": "free"}, {"key": "b", "tier": "free"})
    with Vendor(mock, "aigptimage", key="a") as a, Vendor(mock, "aigptimage", key="b") as b:  # fmt: skip
        assert a.submit().is_success
        assert a.submit().status_code == 429
        assert b.submit().is_success


@pytest.mark.parametrize("provider", WITHOUT_LIMITS)
def test_without_a_tier_nothing_is_limited(run, provider):
    """Unless a page has limits for all keys."""
    mock = run()
    with Vendor(mock, provider) as vendor:
        assert all(vendor.submit().is_success for _ in range(300))


def test_keys_without_a_tier_have_limits_where_a_page_states_them_for_all():
    """In a window of any length; calls that are refused do not count."""
    limits = Limits("vendor", {"x-rate-limits": {
        "limits": {"createJob": [{"requests": 20, "seconds": 10}], "activeTasks": 1},
        "tiers": {"paid": {}},
    }})  # fmt: skip
    plain, paid = (Account(Settings("key", tier=tier), []) for tier in (None, "paid"))
    assert [limits.count(plain, "createJob", n * 0.25) for n in range(20)] == [None] * 20  # fmt: skip
    for now in (5.0, 9.5):
        exceeded = limits.count(plain, "createJob", now)
        assert exceeded
        assert str(exceeded) == "without a tier: 20 in 10 s"
        assert exceeded.retry_after == (5 if now == 5 else 1)
    assert limits.count(plain, "createJob", 10.0) is None
    assert limits.count(plain, "getJob", 10.0) is None
    assert limits.count(paid, "createJob", 5.0) is None
    assert limits.admit(plain, 1, 10.0) is None
    assert limits.admit(paid, 9, 10.0) is None


def test_a_reset_gives_every_account_what_it_had(run):
    mock = run({"credits": 5, "tier": "free"})
    with Vendor(mock, "aigptimage") as vendor:
        vendor.submit()
        assert vendor.submit().status_code == 429
        mock.reset()
        assert mock.accounts["mock-key"].balance("aigptimage") == 5
        assert vendor.submit().is_success


def test_no_key_is_in_a_repr(run):
    mock = run({"key": "very-secret"})
    with Vendor(mock, "akool", key="very-secret") as vendor:
        vendor.submit()
    (task,) = mock.tasks
    assert "very-secret" not in repr(task) + repr(list(mock.accounts))
