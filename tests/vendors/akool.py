"""What the pages of akool say, written out by hand: no table of an adapter is used."""

from __future__ import annotations

from imagetasks import (
    Artifact,
    AuthenticationError,
    ImageRequest,
    InsufficientCredits,
    InvalidRequest,
    RateLimited,
    ServerError,
    State,
    TaskError,
    TaskNotFound,
)
from support.specs import operation

from ._vendor import KEY, Vendor, seen, utc

# Milliseconds: 1714032863272 and 1716859314633. No reason of a failure is documented.
ID, NEW_ID = "662a10df4197b3af58532e89", "6650a1b2c3d4e5f6a7b8c9d0"
KNOWN = {"created_at": utc(2024, 4, 25, 8, 14, 23, 272000), "credits_used": 2}
CREATED = {
    "model": "wavespeed-ai/flux-krea-dev-lora",
    "prompt": "A majestic mountain landscape at sunset with golden light",
    "created_at": utc(2024, 5, 28, 1, 21, 54, 633000),
    "credits_used": 1,
}
MEITU = {
    "people_type": [
        {"age": [15, 49], "gender": 1, "key": "man", "name": ""},
        {"age": [15, 49], "gender": 0, "key": "woman", "name": ""},
        {"age": [0, 14], "gender": 0, "key": "child", "name": ""},
        {"age": [50, 100], "gender": 0, "key": "oldwoman", "name": ""},
        {"age": [50, 100], "gender": 1, "key": "oldman", "name": ""},
    ],
    "all_params": {"exposure": 20, "saturability": 10, "remove_pouch": [30] * 5},
}
NO_CAUSE = "nothing in a mock is a cause, and no fault tells a business code"


class Akool(Vendor):
    name = "akool"
    submit = operation("akool", "createImage")
    submit_url = (
        "https://openapi.akool.com/api/open/v4/content/image/createBySourcePrompt"
    )
    status_url = "https://openapi.akool.com/api/open/v3/content/image/infobymodelid?image_model_id=task%2F1"
    auth = ("x-api-key", KEY)
    fields = {
        "aspect_ratio",
        "resolution",
        "reference_images",
        "negative_prompt",
        "webhook_url",
    }
    ratio = "scale"
    models = [
        "wavespeed-ai/flux-krea-dev-lora",
        "wavespeed-ai/flux-kontext-dev",
        "meitu/yunxiu-pro/image-to-image",
    ]
    body = {"prompt": "a lighthouse"}
    request = ImageRequest(
        "a lighthouse",
        model="wavespeed-ai/flux-krea-dev-lora",
        aspect_ratio="3:2",
        negative_prompt="blurry",
        webhook_url="https://example.com/hook",
    )
    said = {
        "akool-createImage-request-text_to_image": ImageRequest(
            "A majestic mountain landscape at sunset with golden light",
            model="wavespeed-ai/flux-krea-dev-lora",
            negative_prompt="low quality, worst quality, blurry, out of focus",
            aspect_ratio="16:9",
            resolution="4k",
            extra={"batch_quantity": 1},
        ),
        "akool-createImage-request-image_to_image": ImageRequest(
            "Transform this into a watercolor painting style",
            model="wavespeed-ai/flux-kontext-dev",
            negative_prompt="low quality, worst quality, blurry, out of focus",
            reference_images=["https://example.com/source-image.jpg"],
            aspect_ratio="1:1",
            resolution="4k",
            extra={"similar": 0.7, "batch_quantity": 1},
        ),
        "akool-createImage-request-meitu": ImageRequest(
            "",
            model="meitu/yunxiu-pro/image-to-image",
            reference_images=["https://example.com/source-image.jpg"],
            webhook_url="https://example.com/webhook",
            extra={"parameter": MEITU, "batch_quantity": 1},
        ),
        "akool-createImage-request-prompt_only": ImageRequest(
            "A majestic mountain landscape at sunset with golden light"
        ),
    }
    not_said = {
        "akool-createImage-request-batch": "a submit makes one task",
    }
    extras = {"parameter": MEITU, "batch_quantity": 1, "similar": 0.7}
    tasks = {
        "akool-getImage-queueing": seen(State.QUEUED, 1, ID, **KNOWN),
        "akool-getImage-processing": seen(State.RUNNING, 2, ID, **KNOWN),
        "akool-getImage-completed": seen(
            State.SUCCEEDED,
            3,
            ID,
            **KNOWN,
            artifacts=(
                Artifact(  # "valid for 7 days", counted from `create_time`
                    "https://***.cloudfront.net/1714032892336-e0ec9305-e217-4b79-8704-e595a822c12b-8013.png",
                    "image",
                    utc(2024, 5, 2, 8, 14, 23, 272000),
                ),
            ),
        ),
        "akool-getImage-failed": seen(
            State.FAILED, 4, ID, **KNOWN, error=TaskError(None, "")
        ),
        "akool-createImage-queueing": seen(State.QUEUED, 1, NEW_ID, **CREATED),
        # "data is an array when batch_quantity is more than 1": never asked for; the first of them, if it comes anyway.
        "akool-createImage-queueing_batch": seen(State.QUEUED, 1, NEW_ID, **CREATED),
        "akool-createImage-processing": seen(State.RUNNING, 2, NEW_ID, **CREATED),
        "akool-createImage-failed": seen(
            State.FAILED, 4, NEW_ID, **CREATED, error=TaskError(None, "")
        ),
    }
    refusals = {
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
    states = (State.QUEUED, State.RUNNING, State.SUCCEEDED, State.FAILED)
    pending = [1, 2]
    not_needed = ("create_time", "uid", "buttons", "used_buttons", "deduction_credit")
    not_found = (200, {"code": 1008})
    unreadable = (200, {"code": 1003, "msg": "Parameter error"})
    never = {
        "akool-createImage-processing": "a new task is queued",
        "akool-getImage-too_frequent": NO_CAUSE,
        "akool-getImage-no_permission": "another key's task does not exist: 1008",
        "akool-getImage-cannot_operate": NO_CAUSE,
        "akool-getImage-resource_not_found": "what does not exist is 1008",
        "akool-getImage-image_generate_error": NO_CAUSE,
        "akool-getImage-account_not_found": "a wrong key is 1101",
        "akool-getImage-account_banned": NO_CAUSE,
        "akool-getCredit-account_not_found": "a wrong key is 1101",
        "akool-getCredit-account_banned": NO_CAUSE,
        "akool-getToken-authorization_empty": "it needs no authorization; a wrong clientSecret is 1101",
        "akool-getToken-account_not_found": "a wrong clientSecret is 1101",
        "akool-getToken-account_banned": NO_CAUSE,
    }
