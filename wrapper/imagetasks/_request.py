"""Requests as values: what a caller asks for, and what the journal keeps of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from os import PathLike
from types import UnionType
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar, get_args

Mode = Literal["text_to_video", "image_to_video"]
Action = Literal["upscale", "vary"]


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """
    One picture to make, or `count` of them, in fields that all providers share.

        request = ImageRequest("a lighthouse", aspect_ratio="16:9", resolution="2k")
        task = client.submit("xingchaoyiqing", request)

    A field that you leave out is not sent, so the vendor's default applies. There are two exceptions: if the vendor requires a
    `model`, the client chooses one; and each submit to aigptimage gets an `idempotency_key`. A field that the vendor's API cannot
    express raises `UnsupportedRequest`; a value that its documentation forbids raises `InvalidRequest`. Both are raised before
    anything is sent. `client.capabilities(provider)` lists the fields and values that a vendor takes.

    prompt: what to draw. An empty prompt is left out if the model needs none.
    model: the vendor's name of the model.
    aspect_ratio, resolution: such as "16:9" and "2k". The client writes them the vendor's way if the vendor has exactly that value:
        "1920:1080" for "16:9", "2K" for "2k".
    size: exact pixels, such as "1536x1024".
    quality: in the vendor's words.
    reference_images: public URLs, percent-encoded if needed.
    count: how many pictures. `submit_many` takes any number; `submit` and `run` take only 1.
    negative_prompt: what not to draw.
    seed: a whole number. A provider that documents no seed raises UnsupportedRequest; today all of them do.
    webhook_url: where the vendor reports the task (AKOOL); see `imagetasks.webhooks`.
    idempotency_key: makes a repeated submit safe, at vendors that document one.
    extra: further fields of the vendor's API, sent unchanged.
    """

    prompt: str
    model: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    size: str | None = None
    quality: str | None = None
    reference_images: Sequence[str] = ()
    count: int = 1
    negative_prompt: str | None = None
    seed: int | None = None
    webhook_url: str | None = None
    idempotency_key: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        _check_prompt(self.prompt)
        if self.seed is not None and type(self.seed) is not int:
            raise TypeError(f"seed is a whole number, not {self.seed!r}")
        if isinstance(self.reference_images, str | PathLike):
            raise TypeError("reference_images is a list of URLs, not one URL")
        if not isinstance(self.count, int) or self.count < 1:
            raise ValueError(f"count is a whole number from 1, not {self.count!r}")
        # Copies, because the caller may change its lists while the request is still in a queue or an error.
        object.__setattr__(self, "reference_images", tuple(self.reference_images))
        object.__setattr__(self, "extra", dict(self.extra))

    def to_json(self) -> str:
        """
        The request as text, to keep or to send on. It holds no API key.

        Raises:
            ValueError: `extra` holds what JSON cannot say.
        """
        return _to_json(self)

    @classmethod
    def from_json(cls, text: str) -> ImageRequest:
        """
        The request of `to_json`.

        Raises:
            ValueError: the text is something else, damaged, or from a newer version.
        """
        return _from_json(ImageRequest, text)


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """
    One video to make. Fields that `ImageRequest` has too mean the same here.

        video = VideoRequest("it drifts away", first_image="https://example.com/boat.png", duration=5)
        task = client.run("aigptimage", video, timeout=900)

    mode: "text_to_video" or "image_to_video"; with None, `first_image` decides. It is sent if the vendor has a field for it.
    duration: seconds.
    first_image: a public URL of the first picture of the video.
    """

    prompt: str
    model: str | None = None
    mode: Mode | None = None
    duration: float | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    first_image: str | None = None
    idempotency_key: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        _check_prompt(self.prompt)
        if self.mode is not None and self.mode not in get_args(Mode):
            raise ValueError(f"mode is one of {', '.join(get_args(Mode))}")
        if self.mode == "text_to_video" and self.first_image is not None:
            raise ValueError("a video from text alone has no first_image")
        object.__setattr__(self, "extra", dict(self.extra))

    def to_json(self) -> str:
        """
        The request as text, to keep or to send on. It holds no API key.

        Raises:
            ValueError: `extra` holds what JSON cannot say.
        """
        return _to_json(self)

    @classmethod
    def from_json(cls, text: str) -> VideoRequest:
        """
        The request of `to_json`.

        Raises:
            ValueError: the text is something else, damaged, or from a newer version.
        """
        return _from_json(VideoRequest, text)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """
    A new task made from a finished one, by a button of the vendor. A SubmitOutcomeUnknown of `upscale` or `vary` has it as its
    `request`.

    task_id: the finished task.
    button: the vendor's name of the button.
    webhook_url: where the vendor reports the new task.
    """

    task_id: str
    button: str
    webhook_url: str | None = None

    def to_json(self) -> str:
        """The follow-up as text, to keep or to send on. It holds no API key."""
        return _to_json(self)

    @classmethod
    def from_json(cls, text: str) -> FollowUp:
        """The follow-up of `to_json`. Raises ValueError for any other text."""
        return _from_json(FollowUp, text)


Request: TypeAlias = ImageRequest | VideoRequest
AnyRequest: TypeAlias = Request | FollowUp
R = TypeVar("R", ImageRequest, VideoRequest, FollowUp)


PROMPTS = frozenset({"prompt", "negative_prompt", "extra"})
"""Fields that hold a prompt, or may hold one: `extra` may have it under the vendor's name."""


class OriginalRequest(NamedTuple):
    """The request of a submit. If the journal left out its prompts, placeholders stand in for them."""

    request: AnyRequest
    has_prompts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """
    A submit, as the journal recorded it before it was sent. Settle it with `client.resolve`, `resubmit` or `abandon`.

        for intent in client.journal.unknown():
            print(intent.provider, intent.sent_at, intent.label)

    id: the journal's id for it.
    provider: where it was sent.
    request: its request. None if the journal leaves out prompts.
    sent_at: when it was sent, in UTC.
    idempotency_key: makes a repeated submit safe, at vendors that document one.
    label: your label from the submit.
    """

    id: str
    provider: str
    request: AnyRequest | None = field(repr=False)
    sent_at: datetime
    idempotency_key: str | None = None
    label: str | None = None

    def __str__(self) -> str:
        return f"the {self.provider} submit of {self.sent_at:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True)
class RequestPreview:
    """
    The HTTP request that a submit sends, as `client.check` returns it. The transport adds headers of its own, such as Host.

        preview = client.check("akool", ImageRequest("a lighthouse"))
        print(preview.method, preview.url, preview.body, preview.credits)

    headers: with the key masked.
    body: the JSON body, parsed. If you give no idempotency key, each submit gets a new one.
    credits: the documented price. None if no page states one, if a page states several without saying which one applies, or if the
        request leaves open what the price depends on.
    """

    provider: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: Any = field(repr=False)
    credits: float | None


JSON_VERSION = 1
JSON_TYPES: Mapping[str, type | UnionType] = {
    "reference_images": list,
    "count": int,
    "seed": int,
    "duration": int | float,
    "extra": dict,
}
"""The types of the fields that are not text."""


def request_to_values(request: AnyRequest, *, prompts: bool = True) -> dict[str, Any]:
    """The values that `to_json` writes. `prompts=False` leaves out the fields of PROMPTS."""
    names = [f.name for f in fields(request) if prompts or f.name not in PROMPTS]
    given = {name: getattr(request, name) for name in names}
    left = {name: value for name, value in given.items() if value is not None}
    return {"version": JSON_VERSION, "type": type(request).__name__, **left}


def request_from_values(values: Mapping[str, Any]) -> AnyRequest:
    """The request of `request_to_values`, which must include the prompts. Raises ValueError for anything else."""
    kinds: dict[str, type[AnyRequest]] = {
        kind.__name__: kind for kind in (ImageRequest, VideoRequest, FollowUp)
    }
    kind = kinds.get(str(values.get("type")), ImageRequest)
    return kind.from_json(json.dumps(values))


def _to_json(request: AnyRequest) -> str:
    try:
        return json.dumps(request_to_values(request), allow_nan=False)
    except TypeError as cause:
        raise ValueError(f"extra is no JSON: {cause}") from cause


def _from_json(kind: type[R], text: str) -> R:
    try:
        values = json.loads(text)
        head = values.pop("version"), values.pop("type")
        if head != (JSON_VERSION, kind.__name__):
            raise ValueError("another version, or another kind of request")
        for name, value in values.items():
            expected = JSON_TYPES.get(name, str)
            if not isinstance(value, expected) or isinstance(value, bool):
                raise TypeError("a field is not of its type")
        if not all(isinstance(url, str) for url in values.get("reference_images", ())):
            raise TypeError("a URL is not text")
        return kind(**values)
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as cause:
        raise ValueError(
            f"not a {kind.__name__} as JSON of version {JSON_VERSION}: it is damaged, of another kind, or from a newer version"
        ) from cause


def _check_prompt(prompt: object) -> None:
    if not isinstance(prompt, str):
        raise TypeError(f"prompt is text, not {type(prompt).__name__}")


def count_of(request: Request) -> int:
    """How many results are asked for."""
    return request.count if isinstance(request, ImageRequest) else 1


def check_request(request: object) -> None:
    if not isinstance(request, Request):
        raise TypeError(
            f"a request is an ImageRequest or a VideoRequest, not {type(request).__name__}"
        )
