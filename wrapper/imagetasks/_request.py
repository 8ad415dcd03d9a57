"""What is asked for: requests as values, before they are sent and after."""

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
    One picture to make, or `count` of them, in words that every provider shares.

        request = ImageRequest("a lighthouse", aspect_ratio="16:9", resolution="2k")
        task = client.submit("xingchaoyiqing", request)

    What you leave out is not sent, so the vendor's own default applies. There are two exceptions: a `model` is chosen where the
    vendor asks for one, and aigptimage gets an `idempotency_key` in each call. A field that the vendor's API cannot express raises
    `UnsupportedRequest`; what its documentation forbids raises `InvalidRequest`. Both are raised before anything is sent.
    `client.capabilities(provider)` says which fields and values a vendor takes.

    prompt: what to draw. An empty prompt is left out where a model needs none.
    model: the vendor's own name of it.
    aspect_ratio, resolution: such as "16:9" and "2k". They are written the vendor's way where it has exactly that: "1920:1080" for
        "16:9", "2K" for "2k".
    size: exact pixels, such as "1536x1024".
    quality: the vendor's own word.
    reference_images: public URLs, percent-encoded where they have to be.
    count: how many pictures. `submit_many` takes any number, `submit` and `run` take one.
    negative_prompt: what not to draw.
    seed: a whole number. It is never dropped: a vendor that documents none refuses it, as all do today.
    webhook_url: where the vendor reports the task (AKOOL); see `imagetasks.webhooks`.
    idempotency_key: what makes a repeated submit safe, at vendors that document one.
    extra: fields of the vendor's own, sent as they are.
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
        # Copies: a request lives on in errors and queues while its maker goes on with the lists.
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
    One video to make. What `ImageRequest` says of its fields holds here too.

        video = VideoRequest("it drifts away", first_image="https://example.com/boat.png", duration=5)
        task = client.run("aigptimage", video, timeout=900)

    mode: "text_to_video" or "image_to_video". None follows from `first_image`. It is sent where the vendor has a field for it.
    duration: seconds.
    first_image: a public URL of the picture that the video begins with.
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
    A new task made from a finished one, by a button of the vendor's. It is the `request` of a SubmitOutcomeUnknown when nobody can
    tell what became of `upscale` or `vary`.

    task_id: the finished task.
    button: the vendor's name of the button.
    webhook_url: where the vendor reports the new task.
    """

    task_id: str
    button: str
    webhook_url: str | None = None

    def to_json(self) -> str:
        """It as text, to keep or to send on; no API key is in it."""
        return _to_json(self)

    @classmethod
    def from_json(cls, text: str) -> FollowUp:
        """The follow-up of `to_json`. Raises ValueError for anything else."""
        return _from_json(FollowUp, text)


Request: TypeAlias = ImageRequest | VideoRequest
AnyRequest: TypeAlias = Request | FollowUp
R = TypeVar("R", ImageRequest, VideoRequest, FollowUp)


PROMPTS = frozenset({"prompt", "negative_prompt", "extra"})
"""Fields that hold a prompt, or may: the vendor's own names for it are in `extra`."""


class OriginalRequest(NamedTuple):
    """What a submit asked for. Where a journal left out its prompts, something else stands for them."""

    request: AnyRequest
    has_prompts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """
    A submit, as the journal wrote it down before it was sent. Settle it with `client.resolve`, `resubmit` or `abandon`.

        for intent in client.journal.unknown():
            print(intent.provider, intent.sent_at, intent.label)

    id: the journal's own.
    provider: where it was sent.
    request: what it asked for. None where the journal leaves out prompts.
    sent_at: when, in UTC.
    idempotency_key: what makes a repetition safe, at vendors that document one.
    label: what you gave to the submit.
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
    body: the JSON body, parsed. An idempotency key that you do not give is another one in each submit.
    credits: the documented price. None where no page states one, where a page states several and not when which one applies, and
        where the request leaves open what the price depends on.
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
"""Of what is no text."""


def request_to_values(request: AnyRequest, *, prompts: bool = True) -> dict[str, Any]:
    """What `to_json` writes; without `prompts`, but the fields that hold one, or may."""
    names = [f.name for f in fields(request) if prompts or f.name not in PROMPTS]
    given = {name: getattr(request, name) for name in names}
    left = {name: value for name, value in given.items() if value is not None}
    return {"version": JSON_VERSION, "type": type(request).__name__, **left}


def request_from_values(values: Mapping[str, Any]) -> AnyRequest:
    """The request of `request_to_values`, with its prompts. Raises ValueError for anything else."""
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
