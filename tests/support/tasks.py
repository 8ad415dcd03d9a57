"""Tasks of one vendor, as it tells of them: for tests of what all vendors share."""

from __future__ import annotations

from imagetasks import (
    ImageRequest,
    PollPolicy,
    State,
    Task,
)

XING = "xingchaoyiqing"
STEADY = PollPolicy(jitter=0)
TASK = Task(provider=XING, id="image_1", state=State.QUEUED, wire_state="queued")
REQUEST = ImageRequest("a lighthouse")


def body(status: str, id: str = "image_1") -> dict[str, object]:
    return {
        "id": id,
        "object": "image.generation",
        "created": 1774836724,
        "model": "gpt-image-2",
        "status": status,
        "image_url": f"https://cdn.example.com/{id}.png"
        if status == "completed"
        else None,
        "error": "content policy violation" if status == "failed" else None,
    }


def created(id: str = "image_1") -> dict[str, object]:
    return body("queued", id) | {"object": "image"}
