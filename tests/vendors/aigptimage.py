"""What the pages of aigptimage say, written out by hand: no table of an adapter is used."""

from __future__ import annotations

from imagetasks import (
    Artifact,
    AuthenticationError,
    ImageRequest,
    InsufficientCredits,
    InvalidRequest,
    RateLimited,
    Reason,
    ServerError,
    State,
    TaskError,
    TaskNotFound,
    VideoRequest,
)
from support.specs import operation

from ._vendor import KEY, REF, Vendor, seen, utc

# Milliseconds. "failCode" is a string, also where it looks like an HTTP status.
FAILURE = TaskError(
    "400",
    "Sorry, but the image we created may violate OpenAI's content policies.",
    Reason.CONTENT_POLICY,
)


class Aigptimage(Vendor):
    name = "aigptimage"
    submit = operation("aigptimage", "createTask")
    submit_url = "https://aigptimage.com/api/v1/jobs/createTask"
    status_url = "https://aigptimage.com/api/v1/jobs/recordInfo?taskId=task%2F1"
    auth = ("authorization", f"Bearer {KEY}")
    fields = {
        "aspect_ratio",
        "resolution",
        "quality",
        "reference_images",
        "idempotency_key",
    }
    ratio = "aspect_ratio"
    models = ["gpt-image-2-text-to-image", "gpt-image-2-image-to-image"]
    body = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "a lighthouse"}}
    request = ImageRequest(
        "a lighthouse", reference_images=["https://example.com/a.png"], resolution="2k"
    )
    said = {
        "aigptimage-createTask-request-documented": ImageRequest(
            "A cinematic portrait of a robot painter"
        ),
        "aigptimage-createTask-request-aspect_ratio": ImageRequest(
            "A clean product photo of a translucent glass speaker", aspect_ratio="1:1"
        ),
        "aigptimage-createTask-request-text_to_image_4k": ImageRequest(
            "A cinematic portrait of a robot painter",
            aspect_ratio="16:9",
            resolution="4k",
        ),
        "aigptimage-createTask-request-image_to_image_input_urls": ImageRequest(
            "Turn the photo into a watercolour",
            model="gpt-image-2-image-to-image",
            extra={"input_urls": ["https://cdn.example.com/input.png"]},
        ),
        "aigptimage-createTask-request-image_to_image_image_urls": ImageRequest(
            "Turn the photo into a watercolour",
            reference_images=["https://cdn.example.com/input.png"],
            resolution="2k",
        ),
        "aigptimage-createTask-request-text_to_video": VideoRequest(
            "A paper boat drifts down a rainy street",
            aspect_ratio="16:9",
            resolution="1080p",
            duration=5,
            extra={"generate_audio": True},
        ),
        "aigptimage-createTask-request-image_to_video": VideoRequest(
            "The boat drifts out of the frame",
            first_image="https://cdn.example.com/input.png",
            resolution="480p",
            extra={"aspect_ratio": "9:16"},  # the other name of ratio
        ),
        "aigptimage-createTask-request-reference_to_video": VideoRequest(
            "The boat of the picture, moving like the one of the clip",
            model="seedance-2.0-reference-to-video",
            extra={
                "reference_image_urls": ["https://cdn.example.com/boat.png"],
                "reference_video_urls": ["https://cdn.example.com/drift.mp4"],
            },
        ),
        "aigptimage-createTask-request-fast_text_to_video": VideoRequest(
            "A paper boat drifts down a rainy street",
            model="seedance-2.0-fast-text-to-video",
            resolution="720p",
            duration=5,
        ),
        "aigptimage-createTask-request-fast_image_to_video": VideoRequest(
            "Animate the portrait with subtle hair motion and a slow cinematic push-in",
            model="seedance-2.0-fast-image-to-video",
            first_image="https://cdn.example.com/input.png",
            resolution="720p",
            duration=5,
            extra={"nsfw_checker": False},
        ),
    }
    extras = {
        "output_format": "png",
        "input_urls": [REF],
        "image_input": ["x"],
        "reference_image_urls": [REF],
        "reference_video_urls": [REF],
        "reference_audio_urls": [REF],
        "generate_audio": True,
        "web_search": True,
        "nsfw_checker": True,
    }
    tasks = {
        # "waiting: pending or processing"
        "aigptimage-getTask-waiting": seen(
            State.PENDING,
            "waiting",
            "5064bd1a-025a-490b-b28f-6a9fa12eb88a",
            model="gpt-image-2-text-to-image",
            prompt="A cinematic portrait of a robot painter",
            created_at=utc(2026, 4, 29, 14, 58, 9, 24000),
        ),
        "aigptimage-getTask-success": seen(
            State.SUCCEEDED,
            "success",
            "task_xxx",
            model="gpt-image-2-text-to-image",
            prompt="A cat",
            created_at=utc(2026, 4, 29, 10, 52, 47, 759000),
            finished_at=utc(2026, 4, 29, 10, 53, 20),
            artifacts=(
                Artifact("https://cdn.example.com/result.png", "image", None),
            ),  # no lifetime is documented
        ),
        "aigptimage-getTask-fail": seen(
            State.FAILED,
            "fail",
            "5f6ff8ea-ae97-4bb8-af5e-752ef4e96c0d",
            model="gpt-image-2-text-to-image",
            prompt="A concert seen from the stage",
            created_at=utc(2026, 4, 29, 15, 3, 30, 433000),
            error=FAILURE,
        ),
        "aigptimage-createTask-accepted": seen(State.PENDING, None, "task_xxx"),
    }
    refusals = {
        # aigptimage: "code mirrors the HTTP status"
        "400-invalid_request": (InvalidRequest, "400", None),
        "401-authentication_failed": (AuthenticationError, "401", None),
        "402-insufficient_credits": (InsufficientCredits, "402", None),
        "404-task_not_found": (TaskNotFound, "404", None),
        "422-validation_error": (InvalidRequest, "422", None),
        "422-unsupported_model": (InvalidRequest, "422", None),
        "429-rate_limit_exceeded": (RateLimited, "429", 17),  # `retryAfter` of the body
        "500-server_error": (ServerError, "500", None),
    }
    states = (State.PENDING, State.SUCCEEDED, State.FAILED)
    pending = ["waiting"]
    not_needed = (
        "model",
        "param",
        "createTime",
        "completeTime",
        "costTime",
        "failCode",
    )
    not_found = (404, {"code": 404, "msg": "task not found"})
    unreadable = (400, {"code": 400, "msg": "invalid request", "data": None})
    never = {
        "aigptimage-getTask-422-unsupported_model": "of two bodies for 422 the fault has the first",
    }
