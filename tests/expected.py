"""What every documented answer means, written out by hand from the documentation: no table of an adapter is used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from imagetasks import (
    Artifact,
    AuthenticationError,
    InsufficientCredits,
    InvalidRequest,
    ProviderError,
    RateLimited,
    ServerError,
    State,
    TaskError,
    TaskNotFound,
)
from specs import (
    Example,
)
from vendors import (
    AIG,
    AKOOL,
    GPT,
    GPT_ID,
    GPT_PROMPT,
    GPT_URL,
    READ,
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def seen(
    state: State, wire_state: str | int | None, id: str, **known: Any
) -> dict[str, Any]:
    """A task of which nothing else is known."""
    unknown = dict.fromkeys(
        (
            "error",
            "model",
            "prompt",
            "created_at",
            "finished_at",
            "credits_used",
            "refunded",
        )
    )
    return (
        {"kind": "image", "artifacts": (), **unknown}
        | {"state": state, "wire_state": wire_state, "id": id}
        | known
    )


# fmt: off
# "created: Unix timestamp, seconds": 1774836724.
XING_ID = "image_fd35ee52-2a98-44a6-b930-29a88ce9b8fd"
XING_KNOWN = {"model": "gpt-image-2", "created_at": utc(2026, 3, 30, 2, 12, 4)}

# Milliseconds. "failCode" is a string, also where it looks like an HTTP status.
AIG_FAILURE = TaskError("400", "Sorry, but the image we created may violate OpenAI's content policies.")

# Milliseconds: 1714032863272 and 1716859314633. No reason of a failure is documented.
AKOOL_ID, AKOOL_NEW = "662a10df4197b3af58532e89", "6650a1b2c3d4e5f6a7b8c9d0"
AKOOL_KNOWN = {"created_at": utc(2024, 4, 25, 8, 14, 23, 272000), "credits_used": 2}
AKOOL_CREATED = {
    "model": "wavespeed-ai/flux-krea-dev-lora",
    "prompt": "A majestic mountain landscape at sunset with golden light",
    "created_at": utc(2024, 5, 28, 1, 21, 54, 633000),
    "credits_used": 1,
}

# ISO 8601. `updatedAt` is not documented as the time of completion, `completedAt` (the quickstart's) is.
GPT_KNOWN = {
    "model": "gpt-image-2", "prompt": GPT_PROMPT, "created_at": utc(2026, 4, 22, 9),
    "credits_used": 3, "refunded": False,
}
GPT_VIDEO = GPT_KNOWN | {"kind": "video", "model": "veo3_fast", "credits_used": 9}
GPT_QUICK = {"credits_used": 3, "refunded": False}
GPT_DONE = utc(2026, 4, 22, 9, 0, 32)
NOT_STORED = TaskError("STORAGE_ERROR", "The result could not be stored")
NO_RESULT = TaskError("EMPTY_RESULT", "The provider gave no result URL")

TASKS: dict[str, dict[str, Any]] = {
    "xingchaoyiqing-getImage-queued": seen(State.QUEUED, "queued", XING_ID, **XING_KNOWN),
    "xingchaoyiqing-getImage-processing": seen(State.RUNNING, "processing", XING_ID, **XING_KNOWN),
    "xingchaoyiqing-getImage-completed": seen(
        State.SUCCEEDED, "completed", XING_ID, **XING_KNOWN,
        # "valid for 24 hours": counted from `created`, as there is no time of completion.
        artifacts=(Artifact(f"https://cdn.example.com/generated/{XING_ID}.png", "image", utc(2026, 3, 31, 2, 12, 4)),),
    ),
    "xingchaoyiqing-getImage-failed": seen(
        State.FAILED, "failed", XING_ID, **XING_KNOWN,
        error=TaskError(None, "Generation failed: content policy violation"),
    ),
    "xingchaoyiqing-createImage-queued": seen(State.QUEUED, "queued", XING_ID, **XING_KNOWN),
    "xingchaoyiqing-createImage-processing": seen(State.RUNNING, "processing", XING_ID, **XING_KNOWN),
    "xingchaoyiqing-createImage-failed": seen(
        State.FAILED, "failed", XING_ID, **XING_KNOWN,
        error=TaskError(None, "Invalid request: resolution '4k' is not supported for ratio '4:3'"),
    ),

    # "waiting: pending or processing"
    "aigptimage-getTask-waiting": seen(
        State.PENDING, "waiting", "5064bd1a-025a-490b-b28f-6a9fa12eb88a", model="gpt-image-2-text-to-image",
        prompt="A cinematic portrait of a robot painter", created_at=utc(2026, 4, 29, 14, 58, 9, 24000),
    ),
    "aigptimage-getTask-success": seen(
        State.SUCCEEDED, "success", "task_xxx", model="gpt-image-2-text-to-image", prompt="A cat",
        created_at=utc(2026, 4, 29, 10, 52, 47, 759000), finished_at=utc(2026, 4, 29, 10, 53, 20),
        artifacts=(Artifact("https://cdn.example.com/result.png", "image", None),),  # no lifetime is documented
    ),
    "aigptimage-getTask-fail": seen(
        State.FAILED, "fail", "5f6ff8ea-ae97-4bb8-af5e-752ef4e96c0d", model="gpt-image-2-text-to-image",
        prompt="A concert seen from the stage", created_at=utc(2026, 4, 29, 15, 3, 30, 433000), error=AIG_FAILURE,
    ),
    "aigptimage-createTask-accepted": seen(State.PENDING, None, "task_xxx"),

    "akool-getImage-queueing": seen(State.QUEUED, 1, AKOOL_ID, **AKOOL_KNOWN),
    "akool-getImage-processing": seen(State.RUNNING, 2, AKOOL_ID, **AKOOL_KNOWN),
    "akool-getImage-completed": seen(
        State.SUCCEEDED, 3, AKOOL_ID, **AKOOL_KNOWN,
        artifacts=(Artifact(  # "valid for 7 days", counted from `create_time`
            "https://***.cloudfront.net/1714032892336-e0ec9305-e217-4b79-8704-e595a822c12b-8013.png",
            "image", utc(2024, 5, 2, 8, 14, 23, 272000),
        ),),
    ),
    "akool-getImage-failed": seen(State.FAILED, 4, AKOOL_ID, **AKOOL_KNOWN, error=TaskError(None, "")),
    "akool-createImage-queueing": seen(State.QUEUED, 1, AKOOL_NEW, **AKOOL_CREATED),
    # "data is an array when batch_quantity is more than 1": never asked for; the first of them, if it comes anyway.
    "akool-createImage-queueing_batch": seen(State.QUEUED, 1, AKOOL_NEW, **AKOOL_CREATED),
    "akool-createImage-processing": seen(State.RUNNING, 2, AKOOL_NEW, **AKOOL_CREATED),
    "akool-createImage-failed": seen(State.FAILED, 4, AKOOL_NEW, **AKOOL_CREATED, error=TaskError(None, "")),

    # 0 pending, 1 completed, 2 failed: 1 is "in queue" at akool.
    "gptimage2api-getTask-pending": seen(State.PENDING, 0, GPT_ID, **GPT_KNOWN),
    "gptimage2api-getTask-completed": seen(
        State.SUCCEEDED, 1, GPT_ID, **GPT_KNOWN, artifacts=(Artifact(f"{GPT_URL}.jpg", "image", None),),
    ),
    "gptimage2api-getTask-failed": seen(State.FAILED, 2, GPT_ID, **GPT_KNOWN | {"refunded": True}, error=NOT_STORED),
    "gptimage2api-getTask-failed_not_yet_refunded": seen(State.FAILED, 2, GPT_ID, **GPT_KNOWN, error=NO_RESULT),
    "gptimage2api-getTask-quickstart_pending": seen(
        State.PENDING, 0, GPT_ID, **GPT_QUICK, created_at=utc(2026, 4, 22, 9),
    ),
    "gptimage2api-getTask-quickstart_completed": seen(
        State.SUCCEEDED, 1, GPT_ID, **GPT_QUICK, finished_at=GPT_DONE,
        artifacts=(Artifact(f"{GPT_URL}.jpg", "image", None),),
    ),
    "gptimage2api-getTask-quickstart_failed": seen(
        State.FAILED, 2, GPT_ID, credits_used=3, refunded=True, finished_at=GPT_DONE, error=NOT_STORED,
    ),
    "gptimage2api-getTask-video_pending": seen(State.PENDING, 0, GPT_ID, **GPT_VIDEO),
    "gptimage2api-getTask-video_completed": seen(
        State.SUCCEEDED, 1, GPT_ID, **GPT_VIDEO, artifacts=(Artifact(f"{GPT_URL}.mp4", "video", None),),
    ),
    "gptimage2api-getTask-video_failed": seen(
        State.FAILED, 2, GPT_ID, **GPT_VIDEO | {"refunded": True}, error=NO_RESULT,
    ),
    # Placeholders of the page's generator: an error and a result beside status 0 do not count.
    "gptimage2api-getTask-reference_placeholder": seen(
        State.PENDING, 0, "string", model="string", prompt="string", created_at=utc(2019, 8, 24, 14, 15, 22),
        credits_used=0, refunded=True,
    ),
    "gptimage2api-generateImage-pending": seen(State.PENDING, 0, GPT_ID, credits_used=3),
}

# Type of the error, the vendor's own code, seconds to wait.
AKOOL_REFUSALS: dict[str, tuple[type[ProviderError], str | None, float | None]] = {
    "parameter_error": (InvalidRequest, "1003", None),
    "verification_required": (InvalidRequest, "1004", None),
    "too_frequent": (RateLimited, "1005", None),
    "quota_not_enough": (InsufficientCredits, "1006", None),
    "content_not_found": (TaskNotFound, "1008", None),
    "no_permission": (InvalidRequest, "1009", None),
    "cannot_operate": (InvalidRequest, "1010", None),
    "resource_not_found": (TaskNotFound, "1014", None),
    "invalid_authorization": (AuthenticationError, "1101", None),
    "authorization_empty": (AuthenticationError, "1102", None),
    "payment_due": (InvalidRequest, "1103", None),
    "insufficient_credit": (InsufficientCredits, "1104", None),
    "image_generate_error": (ServerError, "1108", None),
    "account_not_found": (AuthenticationError, "1109", None),
    "account_banned": (AuthenticationError, "1200", None),
    "subscription_needed_1213": (InvalidRequest, "1213", None),
    "subscription_needed_1221": (InvalidRequest, "1221", None),
}
HTTP_REFUSALS: dict[str, tuple[type[ProviderError], str | None, float | None]] = {
    # aigptimage: "code mirrors the HTTP status"
    f"{AIG}-400-invalid_request": (InvalidRequest, "400", None),
    f"{AIG}-401-authentication_failed": (AuthenticationError, "401", None),
    f"{AIG}-402-insufficient_credits": (InsufficientCredits, "402", None),
    f"{AIG}-404-task_not_found": (TaskNotFound, "404", None),
    f"{AIG}-422-validation_error": (InvalidRequest, "422", None),
    f"{AIG}-422-unsupported_model": (InvalidRequest, "422", None),
    f"{AIG}-429-rate_limit_exceeded": (RateLimited, "429", 17),  # `retryAfter` of the body
    f"{AIG}-500-server_error": (ServerError, "500", None),
    # gptimage2api: "{ error: string, ...details }"
    f"{GPT}-400-invalid_request": (InvalidRequest, None, None),
    f"{GPT}-401-unauthorized": (AuthenticationError, None, None),
    f"{GPT}-402-insufficient_credits": (InsufficientCredits, None, None),
    f"{GPT}-404-task_not_found": (TaskNotFound, None, None),
    f"{GPT}-500-server_error": (ServerError, None, None),
}
# fmt: on


REFUSALS = {
    str(example): AKOOL_REFUSALS.get(example.name)
    if example.operation.provider == AKOOL
    else HTTP_REFUSALS.get(
        f"{example.operation.provider}-{example.role}-{example.name}"
    )
    for example in READ
    if str(example) not in TASKS
}


def tasks() -> list[Example]:
    return [example for example in READ if str(example) in TASKS]


def refusals() -> list[Example]:
    return [example for example in READ if REFUSALS.get(str(example))]
