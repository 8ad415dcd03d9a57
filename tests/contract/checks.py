"""What Schemathesis cannot know of these vendors: refusals inside HTTP 200."""

from __future__ import annotations

import os

import schemathesis
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import CheckContext
from schemathesis.core.parameters import ParameterLocation

REFUSALS = {
    # xingchaoyiqing: "only populated when status is failed" is said of the create call's `error`.
    "xingchaoyiqing": lambda body: body["status"] == "failed" and bool(body["error"]),
    # akool: "Interface returns business status code (1000:success)".
    "akool": lambda body: body["code"] != 1000,
}


@schemathesis.check
def refusals_are_in_the_body(ctx: CheckContext, response: Response, case: Case) -> None:
    """A request that breaks the spec is refused, where the vendor does that inside of a 200."""
    is_refusal = REFUSALS.get(case.operation.schema.raw_schema["info"]["title"])
    if is_refusal is None or response.status_code != 200 or case.meta is None:
        return
    body = case.meta.components.get(ParameterLocation.BODY)
    is_broken = body is not None and body.mode is GenerationMode.NEGATIVE
    if is_broken and not is_refusal(response.json()):
        raise AssertionError("a body that breaks the spec was accepted")


@schemathesis.check
def akool_refuses_wrong_keys(ctx: CheckContext, response: Response, case: Case) -> None:
    """1101 "invalid authorization", 1102 "authorization empty"; and Bearer discards x-api-key."""
    if (
        case.operation.schema.raw_schema["info"]["title"] != "akool"
        or response.status_code != 200
    ):
        return
    key = os.environ["MOCK_KEY"]
    headers = {name.lower(): value for name, value in response.request.headers.items()}
    bearer = headers.get("authorization")
    is_right = bearer == f"Bearer {key}" if bearer else headers.get("x-api-key") == key
    needs_key = case.operation.definition.raw.get("security") != []
    if needs_key and not is_right and response.json()["code"] not in (1101, 1102):
        raise AssertionError("a wrong key was accepted")
