"""What the pages of xingchaoyiqing say, written out by hand: no table of an adapter is used."""

from __future__ import annotations

from imagetasks import Artifact, ImageRequest, Reason, State, TaskError
from support.specs import operation

from ._vendor import KEY, Vendor, seen, utc

# "created: Unix timestamp, seconds": 1774836724.
ID = "image_fd35ee52-2a98-44a6-b930-29a88ce9b8fd"
KNOWN = {"model": "gpt-image-2", "created_at": utc(2026, 3, 30, 2, 12, 4)}


class Xingchaoyiqing(Vendor):
    name = "xingchaoyiqing"
    submit = operation("xingchaoyiqing", "createImage")
    submit_url = "https://zcbservice.aizfw.cn/kyyReactApiServer/v1/image2/images"
    status_url = "https://zcbservice.aizfw.cn/kyyReactApiServer/v1/result/task%2F1"
    auth = ("authorization", f"Bearer {KEY}")
    fields = {"aspect_ratio", "resolution", "size", "quality", "reference_images"}
    ratio = "ratio"
    models = ["gpt-image-2", "gpt-image-2-r"]
    body = {"model": "gpt-image-2", "prompt": "a lighthouse"}
    request = ImageRequest(
        "a lighthouse", aspect_ratio="16:9", resolution="4K", quality="high"
    )
    said = {
        "xingchaoyiqing-createImage-request-documented": ImageRequest(
            "A serene mountain lake at sunset, photorealistic",
            aspect_ratio="16:9",
            resolution="2k",
            quality="high",
        ),
        "xingchaoyiqing-createImage-request-empty_image_urls": ImageRequest(
            "A cute orange cat sitting on a windowsill looking at the scenery outside",
            aspect_ratio="16:9",
            resolution="2k",
            quality="high",
            extra={"image_urls": []},
        ),
        "xingchaoyiqing-createImage-request-exact_size": ImageRequest(
            "A serene mountain lake at sunset, photorealistic", size="1536x1024"
        ),
    }
    extras = {}
    tasks = {
        "xingchaoyiqing-getImage-queued": seen(State.QUEUED, "queued", ID, **KNOWN),
        "xingchaoyiqing-getImage-processing": seen(
            State.RUNNING, "processing", ID, **KNOWN
        ),
        "xingchaoyiqing-getImage-completed": seen(
            State.SUCCEEDED,
            "completed",
            ID,
            **KNOWN,
            # "valid for 24 hours": counted from `created`, as there is no time of completion.
            artifacts=(
                Artifact(
                    f"https://cdn.example.com/generated/{ID}.png",
                    "image",
                    utc(2026, 3, 31, 2, 12, 4),
                ),
            ),
        ),
        "xingchaoyiqing-getImage-failed": seen(
            State.FAILED,
            "failed",
            ID,
            **KNOWN,
            error=TaskError(
                None,
                "Generation failed: content policy violation",
                Reason.CONTENT_POLICY,
            ),
        ),
        "xingchaoyiqing-createImage-queued": seen(State.QUEUED, "queued", ID, **KNOWN),
        "xingchaoyiqing-createImage-processing": seen(
            State.RUNNING, "processing", ID, **KNOWN
        ),
        "xingchaoyiqing-createImage-failed": seen(
            State.FAILED,
            "failed",
            ID,
            **KNOWN,
            error=TaskError(
                None,
                "Invalid request: resolution '4k' is not supported for ratio '4:3'",
                Reason.BAD_INPUT,
            ),
        ),
    }
    refusals = {}
    states = (State.QUEUED, State.RUNNING, State.SUCCEEDED, State.FAILED)
    pending = ["queued", "processing"]
    not_needed = ("object", "created", "model", "error")
    not_found = (404, {})
    unreadable = (400, None)
    never = {
        "xingchaoyiqing-createImage-processing": "a new task is queued",
    }
