"""The four vendors as tests see them: operations, addresses, fields, and a good answer of each."""

from __future__ import annotations

import copy
from typing import Any

from specs import (
    PROVIDERS,
    Lifecycle,
    answers,
    operation,
    status_operation,
)

XING, AIG, AKOOL, GPT = "xingchaoyiqing", "aigptimage", "akool", "gptimage2api"
KEY = "secret-key-0123"  # the one of the fixture `connect`
SUBMITS = {
    XING: operation(XING, "createImage"),
    AIG: operation(AIG, "createTask"),
    AKOOL: operation(AKOOL, "createImage"),
    GPT: operation(GPT, "generateImage"),
}
PLAIN = (str, int, type(None))
STATUSES = {provider: status_operation(provider) for provider in PROVIDERS}
READ = [
    example
    for operations in (STATUSES, SUBMITS)
    for of in operations.values()
    for example in answers(of)
]

GPT_ID = "tsk_01J9XA5M2R9W4QZC4PYJF3N7ND"
GPT_PROMPT = "A premium skincare bottle on warm ivory paper, embossed serif label, soft editorial side light"
GPT_URL = "https://static.bananananoai.ai/u/42/2026-04-22/abc123"
REF, REF_2 = "https://example.com/a.png", "https://example.com/b.png"
LARGE = "x" * 20_001
STATUS_URLS = {
    XING: "https://zcbservice.aizfw.cn/kyyReactApiServer/v1/result/task%2F1",
    AIG: "https://aigptimage.com/api/v1/jobs/recordInfo?taskId=task%2F1",
    AKOOL: "https://openapi.akool.com/api/open/v3/content/image/infobymodelid?image_model_id=task%2F1",
    GPT: "https://gptimage2api.org/api/ai/tasks/task%2F1",
}
EXPRESSIBLE = {
    XING: {"aspect_ratio", "resolution", "size", "quality", "reference_images"},
    AIG: {
        "aspect_ratio",
        "resolution",
        "quality",
        "reference_images",
        "idempotency_key",
    },
    AKOOL: {
        "aspect_ratio",
        "resolution",
        "reference_images",
        "negative_prompt",
        "webhook_url",
    },
    GPT: {"aspect_ratio", "reference_images"},
}


def accepted(provider: str) -> Any:
    """The vendor's answer to a submit that it takes: the first that its spec shows."""
    return copy.deepcopy(next(answers(SUBMITS[provider])).value)


def finished(provider: str) -> Any:
    """The provider's example of success, as the lifecycle knows it."""
    lifecycle = Lifecycle(provider)
    for example in answers(STATUSES[provider]):
        state = lifecycle.read("state", example.value)
        if lifecycle.meanings.get(state) == "succeeded":
            return copy.deepcopy(example.value)
    raise LookupError(provider)
