"""What the pages of gptimage2api say, written out by hand: no table of an adapter is used."""

from __future__ import annotations

from imagetasks import (
    Artifact,
    AuthenticationError,
    ImageRequest,
    InsufficientCredits,
    InvalidRequest,
    Reason,
    ServerError,
    State,
    TaskError,
    TaskNotFound,
    VideoRequest,
)
from support.specs import operation

from ._vendor import KEY, Vendor, seen, utc

ID = "tsk_01J9XA5M2R9W4QZC4PYJF3N7ND"
PROMPT = "A premium skincare bottle on warm ivory paper, embossed serif label, soft editorial side light"
URL = "https://static.bananananoai.ai/u/42/2026-04-22/abc123"

# ISO 8601. `updatedAt` is not documented as the time of completion, `completedAt` (the quickstart's) is.
KNOWN = {
    "model": "gpt-image-2",
    "prompt": PROMPT,
    "created_at": utc(2026, 4, 22, 9),
    "credits_used": 3,
    "refunded": False,
}
VIDEO = KNOWN | {"kind": "video", "model": "veo3_fast", "credits_used": 9}
QUICK = {"credits_used": 3, "refunded": False}
DONE = utc(2026, 4, 22, 9, 0, 32)
# "we could not persist the upstream output", "reported success but returned no output URL"
NOT_STORED = TaskError(
    "STORAGE_ERROR", "The result could not be stored", Reason.STORAGE
)
NO_RESULT = TaskError(
    "EMPTY_RESULT", "The provider gave no result URL", Reason.NO_RESULT
)


class Gptimage2api(Vendor):
    name = "gptimage2api"
    submit = operation("gptimage2api", "generateImage")
    submit_url = "https://gptimage2api.org/api/ai/image/generate"
    status_url = "https://gptimage2api.org/api/ai/tasks/task%2F1"
    auth = ("authorization", f"Bearer {KEY}")
    fields = {"aspect_ratio", "reference_images"}
    ratio = "aspectRatio"
    models = ["gpt-image-2", "nano-banana-2", "nano-banana-pro", "google/nano-banana"]
    body = {"model": "gpt-image-2", "prompt": "a lighthouse"}
    request = ImageRequest("a lighthouse", aspect_ratio="4:5")
    said = {
        "gptimage2api-generateImage-request-documented": ImageRequest(
            PROMPT, aspect_ratio="4:5"
        ),
        "gptimage2api-generateImage-request-auth_sample": ImageRequest("..."),
        "gptimage2api-generateImage-request-image_to_image": ImageRequest(
            PROMPT, model="nano-banana-2", reference_images=[f"{URL}.jpg"]
        ),
        "gptimage2api-generateVideo-request-text_to_video": VideoRequest(
            PROMPT, model="veo3_fast", mode="text_to_video", duration=8
        ),
        "gptimage2api-generateVideo-request-image_to_video": VideoRequest(
            PROMPT,
            model="wan/2-6-image-to-video",
            first_image=f"{URL}.jpg",
            duration=5,
        ),
    }
    extras = {"providerInput": {"seed": 7}}
    tasks = {
        # 0 pending, 1 completed, 2 failed: 1 is "in queue" at akool.
        "gptimage2api-getTask-pending": seen(State.PENDING, 0, ID, **KNOWN),
        "gptimage2api-getTask-completed": seen(
            State.SUCCEEDED,
            1,
            ID,
            **KNOWN,
            artifacts=(Artifact(f"{URL}.jpg", "image", None),),
        ),
        "gptimage2api-getTask-failed": seen(
            State.FAILED, 2, ID, **KNOWN | {"refunded": True}, error=NOT_STORED
        ),
        "gptimage2api-getTask-failed_not_yet_refunded": seen(
            State.FAILED, 2, ID, **KNOWN, error=NO_RESULT
        ),
        "gptimage2api-getTask-quickstart_pending": seen(
            State.PENDING,
            0,
            ID,
            **QUICK,
            created_at=utc(2026, 4, 22, 9),
        ),
        "gptimage2api-getTask-quickstart_completed": seen(
            State.SUCCEEDED,
            1,
            ID,
            **QUICK,
            finished_at=DONE,
            artifacts=(Artifact(f"{URL}.jpg", "image", None),),
        ),
        "gptimage2api-getTask-quickstart_failed": seen(
            State.FAILED,
            2,
            ID,
            credits_used=3,
            refunded=True,
            finished_at=DONE,
            error=NOT_STORED,
        ),
        "gptimage2api-getTask-video_pending": seen(State.PENDING, 0, ID, **VIDEO),
        "gptimage2api-getTask-video_completed": seen(
            State.SUCCEEDED,
            1,
            ID,
            **VIDEO,
            artifacts=(Artifact(f"{URL}.mp4", "video", None),),
        ),
        "gptimage2api-getTask-video_failed": seen(
            State.FAILED,
            2,
            ID,
            **VIDEO | {"refunded": True},
            error=NO_RESULT,
        ),
        # Placeholders of the page's generator: an error and a result beside status 0 do not count.
        "gptimage2api-getTask-reference_placeholder": seen(
            State.PENDING,
            0,
            "string",
            model="string",
            prompt="string",
            created_at=utc(2019, 8, 24, 14, 15, 22),
            credits_used=0,
            refunded=True,
        ),
        "gptimage2api-generateImage-pending": seen(
            State.PENDING, 0, ID, credits_used=3
        ),
    }
    refusals = {
        # gptimage2api: "{ error: string, ...details }"
        "400-invalid_request": (InvalidRequest, None, None),
        "401-unauthorized": (AuthenticationError, None, None),
        "402-insufficient_credits": (InsufficientCredits, None, None),
        "404-task_not_found": (TaskNotFound, None, None),
        "500-server_error": (ServerError, None, None),
    }
    states = (State.PENDING, State.SUCCEEDED, State.FAILED)
    pending = [0]
    not_needed = ("type", "model", "prompt", "creditsUsed", "createdAt", "updatedAt")
    not_found = (404, {"error": "Task not found"})
    unreadable = (400, None)
