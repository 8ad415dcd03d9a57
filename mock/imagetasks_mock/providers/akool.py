"""
AKOOL: business codes in place of HTTP statuses, batches, buttons and tokens.

The codes are picked by the names of the spec's examples, which say what the table of codes says.
"""

from __future__ import annotations

import string
from typing import Any

from .._answers import Answer, result_url
from .._ids import draw_text
from .._lifecycle import Wire
from .._pictures import with_long_edge
from .._places import Json, value_at
from .._provider import Provider
from .._refusals import Cause, Refusal
from .._requests import Request
from .._specs import Operation
from .._tasks import Task

_EXAMPLES = {
    Cause.UNAUTHORIZED: "authorization_empty",
    Cause.UNREADABLE: "parameter_error",
    Cause.PARAMETER: "parameter_error",
    Cause.INVALID: "parameter_error",
    Cause.NOT_FOUND: "content_not_found",
}
_LETTERS = string.ascii_letters + string.digits


class Akool(Provider):
    def authenticate(self, operation: Operation, request: Request) -> str:
        # "Invalid authorization" (1101) is another answer than "Authorization empty" (1102).
        try:
            return super().authenticate(operation, request)
        except Refusal as refused:
            if _sent_key(request):
                refused.example = "invalid_authorization"
            raise

    def refuse(
        self, operation: Operation, request: Request, refused: Refusal
    ) -> Answer:
        refused.example = refused.example or _EXAMPLES[refused.cause]
        return super().refuse(operation, request, refused)

    def other(self, operation: Operation, body: Json) -> Answer:
        if operation.id != "getToken":
            return super().other(operation, body)
        if not self.world.opens(body["clientSecret"]):  # "equals the API key"
            why = "the clientSecret is not a good key"
            raise Refusal(Cause.UNAUTHORIZED, why, example="invalid_authorization")
        example = operation.examples(200)["documented"]
        token = draw_text(_LETTERS, len(example["token"]), self.world.rng)
        self.world.tokens.add(token)
        return Answer.json(200, {**example, "token": token})

    # Submits.

    def submit(self, operation: Operation, request: Request, body: Json) -> Answer:
        if operation.id == "createByButton":
            return self._press(operation, request, body)
        if body.get("batch_quantity", 1) == 1:
            return super().submit(operation, request, body)
        return self._submit_batch(operation, request, body)

    def make_task(
        self, operation: Operation, request: Request, body: Json, **more: Any
    ) -> Task:
        # "Per image, 1080p and 4k"; documented default 4k. The other calls state no price.
        prices = operation.raw.get("x-prices", {}).get("prices", {})
        if prices:
            more.setdefault("credits", prices[body.get("resolution", "4k")])
        more.setdefault("model", _model(body))
        return super().make_task(operation, request, body, **more)

    def submitted(self, operation: Operation, task: Task) -> Json:
        answer = super().submitted(operation, task)
        data = answer["data"]
        for name, value in _particulars(task).items():
            if name in data:
                data[name] = value
        if "op_buttonMessageId" in data:
            data["op_buttonMessageId"] = draw_text(_LETTERS, 20, self.world.rng)
        return answer

    def _submit_batch(
        self, operation: Operation, request: Request, body: Json
    ) -> Answer:
        """`data` is an array when `batch_quantity` is more than 1: one task for each image."""
        example = operation.examples(200)["queueing_batch"]
        fields = example["data"][0].keys()  # fewer than those of a single task
        items = []
        for _ in range(int(body["batch_quantity"])):
            task = self.make_task(operation, request, body)
            data = self.submitted(operation, task)["data"]
            items.append({name: data[name] for name in data if name in fields})
        return Answer.json(200, {**example, "data": items})

    # Buttons.

    def _press(self, operation: Operation, request: Request, body: Json) -> Answer:
        source, button = self._find(body["_id"]), body["button"]
        used = source.extra.setdefault("used", [])
        if button in used:
            raise Refusal(
                Cause.INVALID, f"{button} has been used", example="already_processed"
            )
        if button not in self._buttons(source, source.wire_state):
            raise Refusal(
                Cause.INVALID, f"{button} is not offered", example="cannot_operate"
            )
        task = self._make_from(source, operation, request, body)
        used.append(button)
        source.answers.clear()
        return Answer.json(200, self.submitted(operation, task))

    def _make_from(
        self, source: Task, operation: Operation, request: Request, body: Json
    ) -> Task:
        upscale = body["button"].startswith("U")
        size = with_long_edge(source.picture, 3840) if upscale else source.picture
        task = self.make_task(
            operation, request, body, prompt=source.prompt, picture=size
        )
        if upscale:
            task.extra["is_upscale"] = True
            source.extra.setdefault("upscales", []).append(task)
        return task

    def _find(self, task_id: str) -> Task:
        task = self.world.tasks.find(self.name, task_id)
        if task is None:
            raise Refusal(Cause.NOT_FOUND, f"there is no task {task_id!r}")
        return task

    def _buttons(self, task: Task, wire: Wire) -> list[str]:
        """What an image can be asked for: nothing before it is finished, nor when upscaled."""
        if "is_upscale" in task.extra:
            return []
        example = self.snapshots.of(task, wire)
        used = task.extra.get("used", [])
        return [button for button in example["data"]["buttons"] if button not in used]

    # The status call.

    def status(self, task_id: str) -> Answer:
        task = self._find(task_id)
        if "upscales" in task.extra:
            task.answers.clear()  # they turn up in this task's answer when they are done
        return super().status(task_id)

    def snapshot(self, task: Task, wire: Wire) -> Json:
        answer = super().snapshot(task, wire)
        upscales = task.extra.get("upscales", [])
        answer["data"] |= {
            "buttons": self._buttons(task, wire),
            "used_buttons": task.extra.get("used", []),
            "upscaled_urls": [
                result_url(u) for u in upscales if u.state == "succeeded"
            ],
        }
        return answer


def _sent_key(request: Request) -> str:
    """What there is of a key, be it good or not. Beside `Authorization` nothing else counts."""
    sent = request.headers.get("authorization")
    if sent is None:
        return request.headers.get("x-api-key", "").strip()
    kind, _, key = sent.partition(" ")
    return key.strip() if kind.lower() == "bearer" else kind


def _model(body: Json) -> str:
    """ "Left out, one is chosen by whether there are source images." """
    if body.get("model_name"):
        return str(body["model_name"])
    image_to_image = body.get("source_images") or body.get("source_image")
    name = "flux-kontext-dev" if image_to_image else "flux-krea-dev-lora"
    return f"wavespeed-ai/{name}"


def _particulars(task: Task) -> dict[str, Json]:
    """What the answers of the create calls tell beside the documented places."""
    body, model = task.body, task.model or ""
    sources = [value_at(body, "/source_images/0"), body.get("source_image")]
    source = next((url for url in sources if isinstance(url, str)), "")
    return {
        "prompt": task.prompt or "",
        "origin_prompt": task.prompt or "",
        "source_image": source,
        "model_name": model,
        "provider": model.partition("/")[0],
        "sub_type": 40002 if source else 40001,
        "file_name": f"ImageGenerator_{int(task.created * 1000)}.png",
        "image_content_model_id": body.get("_id"),
        "op_button": body.get("button"),
    }
