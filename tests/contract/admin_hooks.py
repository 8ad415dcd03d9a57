"""What Schemathesis cannot know of the admin API: its tasks come from the vendors."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import requests
import schemathesis
from schemathesis import Case, HookContext

SUBMIT = "/akool/api/open/v4/content/image/createBySourcePrompt"


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """When the tasks are listed there is one, whatever a reset has done: links lead on from it."""
    if case.operation.label == "GET /wait" and isinstance(case.query, dict):
        _wait_briefly(case.query)
    if case.operation.label != "GET /tasks":
        return
    url = os.environ["MOCK_URL"]
    if not requests.get(f"{url}/_mock/tasks", timeout=10).json():
        with suppress(requests.RequestException):  # a fault may be in the way
            body, key = {"prompt": "x"}, {"x-api-key": "k"}
            requests.post(url + SUBMIT, json=body, headers=key, timeout=0.2)


def _wait_briefly(query: dict[str, Any]) -> None:
    """Nothing happens meanwhile: to wait longer for it shows no more."""
    timeout = query.get("timeout", 30)
    if isinstance(timeout, int | float) and 0 <= timeout <= 600:
        query["timeout"] = min(timeout, 0.01)
