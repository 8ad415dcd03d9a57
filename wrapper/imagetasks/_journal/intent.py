"""A submit as the journal has it, and requests as text."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from enum import StrEnum

from .._errors import SubmitOutcomeUnknown
from .._request import (
    PROMPTS,
    AnyRequest,
    FollowUp,
    ImageRequest,
    Intent,
    OriginalRequest,
    VideoRequest,
)

REQUESTS: dict[str, type[AnyRequest]] = {
    kind.__name__: kind for kind in (ImageRequest, VideoRequest, FollowUp)
}


class Ending(StrEnum):
    """What became of an intent. One without any may have arrived."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SENT = "not sent"
    RESOLVED = "resolved"
    RESUBMITTED = "resubmitted"
    ABANDONED = "abandoned"


def outcome_unknown(intent: Intent) -> SubmitOutcomeUnknown:
    error = SubmitOutcomeUnknown(
        f"{intent} may have been accepted and billed: look it up at the vendor, then resolve, resubmit or abandon it",
        provider=intent.provider,
        request=intent.request,
        sent_at=intent.sent_at,
        idempotency_key=intent.idempotency_key,
        intent=intent,
    )
    error.label = intent.label
    return error


def request_to_json(request: AnyRequest, *, prompts: bool) -> str:
    """A request of any kind. Without `prompts`, whatever may hold one is left out."""
    values = {
        f.name: getattr(request, f.name)
        for f in fields(request)
        if prompts or f.name not in PROMPTS
    }
    return json.dumps({type(request).__name__: values})


def digest_of(provider: str, request: AnyRequest) -> str:
    """The same for two submits that ask for the same results, whatever their numbers and keys; prompts count."""
    if not isinstance(request, FollowUp):
        request = replace(request, idempotency_key=None)
    if isinstance(request, ImageRequest):
        request = replace(request, count=1)
    text = f"{provider} {request_to_json(request, prompts=True)}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def request_from_json(text: str) -> AnyRequest | None:
    """The request, None where something of it was left out."""
    asked = asked_from_json(text)
    return asked.request if asked.has_prompts else None


def asked_from_json(text: str) -> OriginalRequest:
    """The request, with a word in the place of a prompt that was left out."""
    ((name, values),) = json.loads(text).items()
    kind = REQUESTS[name]
    left_out = {f.name for f in fields(kind)} & PROMPTS - values.keys()
    if "prompt" in left_out:
        values["prompt"] = "-"
    return OriginalRequest(kind(**values), has_prompts=not left_out)
