"""AKOOL: batches, buttons, tokens and webhooks, and a code of its own for a key that is no good."""

from __future__ import annotations

import string
from random import Random
from typing import Any

from ..http.answers import Answer, to_bytes
from ..http.operations import authorization
from ..http.refusals import Cause, Refusal
from ..http.requests import Request
from ..outside.pictures import picture_size, with_long_edge
from ..outside.webhooks import webhook_urls
from ..specs.lifecycle import WireState
from ..specs.places import Json, value_at
from ..specs.spec import Operation
from ..state.accounts import Account
from ..state.ids import draw_text
from ..state.tasks import Task
from ._base import Call, Vendor
from .akool_webhook import seal

_LETTERS = string.ascii_letters + string.digits


class Akool(Vendor):
    def authenticate(self, operation: Operation, request: Request) -> Account:
        # "Invalid authorization" (1101) is another answer than "Authorization empty" (1102).
        try:
            return super().authenticate(operation, request)
        except Refusal as refused:
            if _sent_key(request):
                refused.example = "invalid_authorization"
            raise

    def other(self, call: Call) -> Answer:
        if call.operation.id == "getToken":
            return self._get_token(call)
        return super().other(call)

    def _get_token(self, call: Call) -> Answer:
        """The clientSecret "equals the API key"."""
        account = self.world.accounts.find(call.body["clientSecret"])
        if account is None:
            why = "the clientSecret is not a good key"
            raise Refusal(Cause.UNAUTHORIZED, why, example="invalid_authorization")
        example = call.operation.examples(200)["documented"]
        token = draw_text(_LETTERS, len(example["token"]), self.world.rng)
        self.world.accounts.add_token(token, account)
        return Answer.json(200, {**example, "token": token})

    # Submits.

    def model(self, body: Json) -> str | None:
        """ "Left out, one is chosen by whether there are source images." """
        if body.get("model_name"):
            return str(body["model_name"])
        image_to_image = body.get("source_images") or body.get("source_image")
        name = "flux-kontext-dev" if image_to_image else "flux-krea-dev-lora"
        return f"wavespeed-ai/{name}"

    def count(self, call: Call) -> int:
        return int(call.body.get("batch_quantity", 1))

    def submit(self, call: Call) -> Answer:
        if call.operation.id == "createByButton":
            return self._press(call)
        if self.count(call) == 1:
            return super().submit(call)
        return self._submit_batch(call)

    def make_task(self, call: Call, **more: Any) -> Task:
        if call.operation.id == "createImage":  # "resolution": documented default 4k
            more.setdefault("picture", picture_size(call.body, default="4k"))
        task = super().make_task(call, **more)
        for url, states in webhook_urls(self.spec, call.operation, call.body):
            self.world.webhooks.add(task, url, self, states)
        return task

    def submitted(
        self, call: Call, task: Task, wire_state: WireState | None = None
    ) -> Json:
        answer = super().submitted(call, task, wire_state)
        data = answer["data"]
        for name, value in _particulars(task).items():
            if name in data:
                data[name] = value
        if "op_buttonMessageId" in data:
            data["op_buttonMessageId"] = draw_text(_LETTERS, 20, self.world.rng)
        return answer

    def _submit_batch(self, call: Call) -> Answer:
        """`data` is an array when `batch_quantity` is more than 1: one task for each image."""
        example = call.operation.examples(200)["queueing_batch"]
        fields = example["data"][0].keys()  # fewer than those of a single task
        items = []
        for _ in range(self.count(call)):
            data = self.submitted(call, self.make_task(call))["data"]
            items.append({name: data[name] for name in data if name in fields})
        return Answer.json(200, {**example, "data": items})

    # Buttons.

    def _press(self, call: Call) -> Answer:
        source, button = (
            self.find(call.body["_id"], call.account),
            call.body["button"],
        )
        used = source.extra.setdefault("used", [])
        if button in used:
            raise Refusal(
                Cause.INVALID, f"{button} has been used", example="already_processed"
            )
        if button not in self._buttons(source, source.wire_state):
            raise Refusal(
                Cause.INVALID, f"{button} is not offered", example="cannot_operate"
            )
        task = self._make_from(source, call)
        used.append(button)
        source.answers.clear()
        return Answer.json(200, self.submitted(call, task))

    def _make_from(self, source: Task, call: Call) -> Task:
        upscale = call.body["button"].startswith("U")
        size = with_long_edge(source.picture, 3840) if upscale else source.picture
        task = self.make_task(call, prompt=source.prompt, picture=size)
        if upscale:
            task.extra["is_upscale"] = True
            source.extra.setdefault("upscales", []).append(task)
        return task

    def _buttons(self, task: Task, wire_state: WireState) -> list[str]:
        """What an image can be asked for: nothing before it is finished, nor when upscaled."""
        if "is_upscale" in task.extra:
            return []
        example = self.snapshots.of(task, wire_state)
        used = task.extra.get("used", [])
        return [button for button in example["data"]["buttons"] if button not in used]

    # The status call.

    def status(self, task_id: str, account: Account) -> Answer:
        task = self.find(task_id, account)
        if "upscales" in task.extra:
            task.answers.clear()  # they turn up in this task's answer when they are done
        return super().status(task_id, account)

    def snapshot(self, task: Task, wire_state: WireState) -> Json:
        answer = super().snapshot(task, wire_state)
        upscales = task.extra.get("upscales", [])
        answer["data"] |= {
            "buttons": self._buttons(task, wire_state),
            "used_buttons": task.extra.get("used", []),
            "upscaled_urls": [u.result_url for u in upscales if u.state == "succeeded"],
        }
        return answer

    # Webhooks. "If you do not return a status code value of 200, we will retry"; how often and when
    # is not documented, nor how a batch is told: each image for itself (inferred).

    def webhook_content(self, task: Task, wire_state: WireState) -> Json:
        content: dict[str, Json] = {
            "_id": task.id,
            "status": wire_state,
            "type": "image",
        }
        if self.lifecycle.states[wire_state] == "succeeded":
            content["url"] = task.result_url
        return content

    def webhook_body(self, task: Task, content: Json, at: float, rng: Random) -> bytes:
        account = self.world.accounts[task.account]
        # The key is the clientSecret. Of a task made with a token it is the one that made the token.
        return to_bytes(seal(content, account.key, account.client_id, at, rng))


def _sent_key(request: Request) -> str:
    """What there is of a key, be it good or not. Beside `Authorization` nothing else counts."""
    sent = authorization(request)
    if not sent:
        return request.headers.get("x-api-key", "").strip()
    kind, _, key = sent.partition(" ")
    return key.strip() if kind.lower() == "bearer" else kind


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
