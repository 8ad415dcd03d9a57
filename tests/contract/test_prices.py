"""
Each line of the vendors' tables of prices, written down by hand from their pages: what `check` says, what a budget has to be
ready for, and what the mock takes off an account.

The wrapper and the mock read `x-prices` each with a reader of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from imagetasks import (
    Client,
    FollowUp,
    ImageRequest,
    InvalidRequest,
    UnsupportedRequest,
    VideoRequest,
)
from imagetasks._specs.spec import Spec
from imagetasks.providers import PROVIDERS as ADAPTERS
from imagetasks.providers._mapping import RequestMapping
from imagetasks_mock import Mock, serve
from imagetasks_mock.specs.prices import Prices
from support.specs import PROVIDERS, load
from support.table import table
from vendors import AIG, AKOOL, GPT, KEY, REF, XING

Request = ImageRequest | VideoRequest
Stated = int | tuple[int, ...] | None
"""Several: the page does not say which one holds, or the request leaves it open. None: no page states any."""

CREDITS = 10**9
HOUR = 3600.0
T2I, I2I = "gpt-image-2-text-to-image", "gpt-image-2-image-to-image"
FAST_T2V, FAST_I2V = "seedance-2.0-fast-text-to-video", "seedance-2.0-fast-image-to-video"  # fmt: skip
REFERENCE = "seedance-2.0-reference-to-video"
MEITU = "meitu/yunxiu-pro/image-to-image"
PEOPLE = [
    {"age": [15, 49], "gender": 1, "key": "man", "name": ""},
    {"age": [15, 49], "gender": 0, "key": "woman", "name": ""},
    {"age": [0, 14], "gender": 0, "key": "child", "name": ""},
    {"age": [50, 100], "gender": 0, "key": "oldwoman", "name": ""},
    {"age": [50, 100], "gender": 1, "key": "oldman", "name": ""},
]
PARAMETER = {"people_type": PEOPLE, "all_params": {"exposure": 20}}


def image(**fields: Any) -> ImageRequest:
    return ImageRequest("a lighthouse", **fields)


def edit(**fields: Any) -> ImageRequest:
    return image(reference_images=[REF], **fields)


def video(**fields: Any) -> VideoRequest:
    return VideoRequest("a lighthouse", **fields)


def animate(**fields: Any) -> VideoRequest:
    return video(first_image=REF, **fields)


def gpt_image(model: str, resolution: str | None = None) -> ImageRequest:
    """No page names the field of the resolution."""
    return image(model=model, extra=named(resolution))


def clip(model: str, duration: float | None = None, resolution: str | None = None) -> VideoRequest:  # fmt: skip
    of_images = "image-to-video" in model or model in ("kling/v2-1-standard", "kling/v2-1-pro")  # fmt: skip
    make = animate if of_images else video
    return make(model=model, duration=duration, extra=named(resolution))


def named(resolution: str | None) -> dict[str, str]:
    return {} if resolution is None else {"resolution": resolution}


# fmt: off
LINES: list[tuple[str, Request, Stated]] = [
    # The index page: "Fixed credits per output, based on resolution: 1K = 3, 2K = 5, 4K = 8 credits", for both models.
    (AIG, image(resolution="1K"), 3),
    (AIG, image(resolution="2K"), 5),
    (AIG, image(resolution="4K"), 8),
    (AIG, image(), 3),  # "Default 1K"
    (AIG, image(model=T2I, quality="high"), 3),
    (AIG, edit(resolution="1K"), 3),
    (AIG, edit(resolution="2K"), 5),
    (AIG, edit(model=I2I, resolution="4K"), 8),
    (AIG, edit(), (3, 5, 8)),  # no page has its default
    # "Credits per second, based on resolution and duration: 480p = 20/s, 720p = 40/s, 1080p = 80/s".
    (AIG, video(resolution="480p", duration=5), 100),
    (AIG, video(resolution="720p", duration=5), 200),
    (AIG, video(resolution="1080p", duration=10), 800),
    (AIG, video(resolution="1080p", duration=2.5), 200),
    (AIG, video(duration=5), (100, 200, 400)),
    (AIG, video(resolution="480p", duration=0), 0),
    (AIG, video(resolution="720p"), None),  # no page says how long it is then
    (AIG, video(), None),
    # The pages of the fast models: 480p 10, 720p 20, 1080p 40 credits per second.
    (AIG, video(model=FAST_T2V, resolution="480p", duration=4), 40),
    (AIG, video(model=FAST_T2V, resolution="720p", duration=4), 80),
    (AIG, video(model=FAST_T2V, resolution="1080p", duration=4), 160),
    (AIG, animate(model=FAST_I2V, resolution="480p", duration=6), 60),
    (AIG, animate(model=FAST_I2V, resolution="720p", duration=6), 120),
    (AIG, animate(model=FAST_I2V, resolution="1080p", duration=6), 240),
    (AIG, animate(model=FAST_I2V, duration=1.1), (11, 22, 44)),
    # Their rows could not be read.
    (AIG, animate(resolution="720p", duration=5), None),
    (AIG, video(model=REFERENCE, resolution="720p", duration=5), None),
    # The page of the v4 call: "Both 1080p and 4k cost 1 credit per image", "each image deducts credits separately".
    (AKOOL, image(resolution="4k"), 1),
    (AKOOL, image(resolution="1080p"), 1),
    (AKOOL, image(), 1),
    (AKOOL, edit(resolution="1080p"), 1),
    (AKOOL, edit(model=MEITU, extra={"parameter": PARAMETER}), 1),
    (AKOOL, image(count=2), 2),
    (AKOOL, image(count=4, resolution="1080p"), 4),
    # The page of prices. Images: "Flat rate", "1K = 4, 2K = 6, 4K = 8", "2K = 12, 4K = 20".
    (GPT, image(), 3),
    (GPT, gpt_image("gpt-image-2"), 3),
    (GPT, gpt_image("gpt-image-2", "4K"), 3),
    (GPT, gpt_image("google/nano-banana"), 3),
    (GPT, gpt_image("nano-banana-2", "1K"), 4),
    (GPT, gpt_image("nano-banana-2", "2K"), 6),
    (GPT, gpt_image("nano-banana-2", "4K"), 8),
    (GPT, gpt_image("nano-banana-2"), (4, 6, 8)),
    (GPT, gpt_image("nano-banana-pro", "2K"), 12),
    (GPT, gpt_image("nano-banana-pro", "4K"), 20),
    (GPT, gpt_image("nano-banana-pro"), (12, 20)),
    (GPT, gpt_image("nano-banana-pro", "1K"), None),
    # Kling: "5s = 11, 10s = 22", "5s = 21, 10s = 42", "5s = 67, 10s = 134".
    (GPT, clip("kling/v2-1-standard", 5), 11),
    (GPT, clip("kling/v2-1-standard", 10), 22),
    (GPT, clip("kling/v2-1-standard"), (11, 22)),
    (GPT, clip("kling/v2-1-standard", 15), None),
    (GPT, clip("kling/v2-1-pro", 5), 21),
    (GPT, clip("kling/v2-1-pro", 10), 42),
    (GPT, clip("kling/v2-1-master-text-to-video", 5), 67),
    (GPT, clip("kling/v2-1-master-text-to-video", 10), 134),
    # Sora: three numbers for each resolution, "duration and resolution both affect credits".
    (GPT, clip("sora-2-text-to-video", 5, "720p"), (5, 10, 20)),
    (GPT, clip("sora-2-text-to-video", 15, "720p"), (5, 10, 20)),
    (GPT, clip("sora-2-text-to-video", 10, "1080p"), (8, 15, 30)),
    (GPT, clip("sora-2-text-to-video", 10), (5, 10, 20, 8, 15, 30)),
    (GPT, clip("sora-2-text-to-video"), (5, 10, 20, 8, 15, 30)),
    (GPT, clip("sora-2-pro-text-to-video", 5, "720p"), (16, 32, 64)),
    (GPT, clip("sora-2-pro-text-to-video", 5, "1080p"), (24, 48, 96)),
    (GPT, clip("sora-2-pro-text-to-video", 5), (16, 32, 64, 24, 48, 96)),
    (GPT, clip("sora-2-image-to-video", 10, "720p"), (5, 10, 20)),
    (GPT, clip("sora-2-image-to-video", 10, "1080p"), (8, 15, 30)),
    # Hailuo: "5s = 13, 10s = 21", "5s = 24, 10s = 48", "same pricing profile".
    (GPT, clip("hailuo/02-text-to-video-standard", 5), 13),
    (GPT, clip("hailuo/02-text-to-video-standard", 10), 21),
    (GPT, clip("hailuo/02-text-to-video-pro", 5), 24),
    (GPT, clip("hailuo/02-text-to-video-pro", 10), 48),
    (GPT, clip("hailuo/02-image-to-video-standard", 5), 13),
    (GPT, clip("hailuo/02-image-to-video-standard", 10), 21),
    (GPT, clip("hailuo/02-image-to-video-pro", 5), 24),
    (GPT, clip("hailuo/02-image-to-video-pro", 10), 48),
    # Veo: "Flat rate per 8-second clip", which is the only one it makes.
    (GPT, clip("veo3_fast", 8), 9),
    (GPT, clip("veo3_fast"), 9),
    (GPT, animate(model="veo3_fast", duration=8), 9),
    (GPT, clip("veo3", 8), 63),
    (GPT, clip("veo3_lite", 8), 5),
    # Behind the end of the copy that was read.
    (GPT, clip("wan/2-6-text-to-video", 5, "720p"), None),
    (GPT, clip("wan/2-6-image-to-video", 5), None),
    (GPT, clip("bytedance/seedance-1.5-pro", 5), None),
    # "Billed by quality", "billed by resolution": without a number.
    (XING, image(), None),
    (XING, image(quality="high", resolution="2k", aspect_ratio="16:9"), None),
    (XING, image(model="gpt-image-2-r"), None),
]
# fmt: on


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    """With accounts that have credits, which it takes by its own reading of the prices."""
    account = {"key": KEY, "credits": CREDITS}
    with serve(scenario={"accounts": [account]}, speed=0, check=True) as mock:
        yield mock
        assert mock.violations == []


@pytest.fixture(scope="module")
def client(mock: Mock) -> Iterator[Client]:
    with Client({name: mock.access(name) for name in PROVIDERS}) as client:
        yield client


def charged(mock: Mock, client: Client, provider: str, request: Request) -> int:
    """What a submit takes off the account."""
    mock.clock.advance(HOUR)  # no rate limit and no earlier task holds it back
    account = mock.accounts[KEY]
    before, spent = account.balance(provider), account.spent(provider)
    tasks = client.submit_many(provider, [request])
    assert not [error for error in tasks if isinstance(error, Exception)]
    after = account.balance(provider)
    assert before is not None
    assert after is not None
    assert before - after == account.spent(provider) - spent
    return before - after


@table(("provider", "request_", "stated"), LINES)
def test_each_documented_price_holds(mock, client, provider, request_, stated) -> None:
    several = isinstance(stated, tuple)
    possible = stated if several else () if stated is None else (stated,)
    preview = client.check(provider, request_)
    assert preview.credits == (None if several else stated)
    highest = ADAPTERS[provider].highest_price(request_, preview.body)
    assert highest == max(possible, default=None)
    # Where no page states a price the mock takes nothing, and no price of another model.
    assert charged(mock, client, provider, request_) in (possible or (0,))


def test_no_line_of_a_spec_is_left_out() -> None:
    with Client(dict.fromkeys(PROVIDERS, KEY)) as client:
        bodies = {
            provider: [client.check(name, request).body for name, request, _ in LINES if name == provider]
            for provider in PROVIDERS
        }  # fmt: skip
    for provider in PROVIDERS:
        for entry in load(provider).get("x-prices", {}).get("prices", ()):
            asked = [
                all(at(body, place) == value for place, value in entry["when"].items())
                for body in bodies[provider]
            ]
            assert any(asked), f"{provider}: {entry}"


def test_a_fraction_of_a_credit_is_no_price_but_rounded_up_in_the_highest(
    mock, client
) -> None:
    """No page says how it is rounded."""
    request = video(resolution="480p", duration=0.33)  # 20 credits a second: 6.6
    preview = client.check(AIG, request)
    assert preview.credits is None
    assert ADAPTERS[AIG].highest_price(request, preview.body) == 7
    assert charged(mock, client, AIG, request) == 7


@pytest.mark.parametrize("button", ["U1", "V4"])
def test_no_page_prices_a_follow_up(button: str) -> None:
    """ "deduction_credit: Credits deducted", 2 in its example; "1 credit per image" is of the create call."""
    request, body = FollowUp("1", button), {"_id": "1", "button": button}
    assert ADAPTERS[AKOOL].price(request, body) is None
    assert ADAPTERS[AKOOL].highest_price(request, body) is None
    with pytest.raises(UnsupportedRequest, match="documents no follow-ups"):
        ADAPTERS[GPT].highest_price(request, body)


def test_of_several_prices_a_request_always_costs_the_same_and_each_is_met(
    mock, client
) -> None:
    requests = [
        VideoRequest(f"lighthouse {n}", model="sora-2-text-to-video", extra=named("720p"))
        for n in range(30)
    ]  # fmt: skip
    first, second = (
        [charged(mock, client, GPT, request) for request in requests] for _ in range(2)
    )
    assert first == second
    assert set(first) == {5, 10, 20}


def test_a_free_task_says_so(mock, client) -> None:
    task = client.submit(GPT, clip("wan/2-6-text-to-video", 5))
    assert task.credits_used == 0
    assert client.submit(XING, image()).credits_used is None


SMALL: dict[str, Any] = {
    "paths": {
        "/jobs": {
            "post": {
                "operationId": "createJob",
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Job"}}
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Job": {
                "properties": {
                    "model": {"enum": ["short", "any"]},
                    "seconds": {"type": "number"},
                    "pictures": {"type": "integer", "x-documented-default": 2},
                },
                "allOf": [
                    {
                        "if": {"properties": {"model": {"const": "short"}}, "required": ["model"]},
                        "then": {"properties": {"seconds": {"const": 8}}},
                    }
                ],
            }
        }
    },
    "x-prices": {
        "prices": [
            {"when": {"/model": "short", "/seconds": 8}, "credits": 9},
            {"when": {"/model": "short"}, "credits": 12},
            {"when": {"/model": "any", "/seconds": 5}, "credits": 3, "per": "/pictures"},
            {"operation": "another", "when": {}, "credits": 99},
            {"when": {}, "credits": [1, 2]},
        ]
    },
}  # fmt: skip


@table(
    ("body", "stated"),
    [
        ({"model": "short", "seconds": 8}, 9),
        ({"model": "short"}, 9),  # the only value that it takes
        ({"model": "short", "seconds": 5}, 12),
        ({"model": "any", "seconds": 5, "pictures": 4}, 12),
        ({"model": "any", "seconds": 5}, 6),  # the documented default
        ({"model": "any", "seconds": 5, "pictures": True}, None),
        ({"model": "any", "seconds": 5, "pictures": "4"}, None),
        ({"model": "any", "seconds": 5, "pictures": 10**400}, None),
        ({"model": "any", "seconds": 5, "pictures": -1}, None),
        ({"model": "any", "seconds": 6}, (1, 2)),
        ({"model": "any", "seconds": None}, (6, 1, 2)),
        ({"seconds": 8}, (9, 12, 1, 2)),
        ({}, (9, 12, 6, 1, 2)),
    ],
)
def test_both_readers_take_the_first_line_that_holds_and_all_possible_ones_before_it(
    body, stated
) -> None:
    several = isinstance(stated, tuple)
    possible = stated if several else () if stated is None else (stated,)
    mapping = RequestMapping(Spec("small", SMALL), "createJob", {"model": "/model"})
    assert mapping.price(body) == (None if several else stated)
    assert mapping.highest_price(body) == max(possible, default=None)
    schema = SMALL["components"]["schemas"]["Job"]
    assert tuple(Prices(SMALL).possible("createJob", schema, body)) == possible


RESOLUTIONS = {
    XING: ["1k", "2k", "4k"],
    AIG: ["1K", "2k", "4K", "480p", "720p", "1080p"],
    AKOOL: ["1080p", "4k"],
    GPT: ["1K", "2K", "4K", "2k", "720p", "1080p"],
}
SECONDS = st.sampled_from([5, 10, 8]) | st.integers(-1, 30) | st.floats(0, 30) | st.decimals(0, 9, places=1).map(float)  # fmt: skip
NAMES = st.sampled_from(["resolution", "duration", "quality", "batch_quantity"])
ODD = st.booleans() | st.none() | st.just([5])


def any_request(provider: str) -> st.SearchStrategy[Request]:
    images, videos = (ADAPTERS[provider].models(kind) for kind in ("image", "video"))
    named = st.sampled_from(RESOLUTIONS.get(provider, ["1K"]))
    resolutions = st.none() | named if provider != GPT else st.none()
    loose = st.dictionaries(NAMES, named | SECONDS | ODD, max_size=2)
    extra = st.just({}) | loose if provider != GPT else loose
    pictures = st.builds(
        ImageRequest,
        st.just("x"),
        model=st.none() | st.sampled_from(images or ("",)),
        resolution=resolutions,
        reference_images=st.sampled_from([(), (REF,)]),
        count=st.integers(1, 4) if provider == AKOOL else st.just(1),
        extra=extra,
    )
    clips = st.builds(
        VideoRequest,
        st.just("x"),
        model=st.none() | st.sampled_from(videos or ("",)),
        duration=st.none() | SECONDS,
        resolution=resolutions,
        first_image=st.sampled_from([None, REF]),
        extra=extra,
    )
    return pictures | clips if videos else pictures


@pytest.mark.parametrize("provider", PROVIDERS)
@given(data=st.data())
def test_the_mock_takes_what_check_says_and_never_more_than_the_highest_price(
    mock, client, provider, data
) -> None:
    request = data.draw(any_request(provider))
    try:
        preview = client.check(provider, request)
    except (InvalidRequest, UnsupportedRequest):
        return
    highest = ADAPTERS[provider].highest_price(request, preview.body)
    taken = charged(mock, client, provider, request)
    event(f"a price: {preview.credits is not None}, a highest: {highest is not None}")
    if highest is None:
        assert preview.credits is None
        # Of a vendor whose pages price nothing, the mock takes what the example of its answer shows.
        assert taken == 0 or not ADAPTERS[provider].spec.prices
    else:
        assert taken <= highest
    if preview.credits is not None:
        assert taken == preview.credits == highest


def at(body: Any, place: str) -> Any:
    for name in place.split("/")[1:]:
        body = body.get(name, {})
    return body
