"""
What Prism makes of the specs, and what we make of Prism: two readers that share the specs and nothing else.

As a mock it answers with the example that it is asked for: each must decode in the generated client, be read by the
wrapper to the state that the spec says, and be an answer that our own mock gives too, in the same shape. As a proxy it
watches the wrapper and our mock talk to each other.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from contract.prism import RUNNING, mocks, proxies
from contract.reach import NEVER, REACHED, makes_tasks, reach, shape
from imagetasks import (
    Access,
    Client,
    ImageRequest,
    PollPolicy,
    ProviderError,
    State,
    TaskFailed,
    TaskNotFound,
)
from imagetasks_mock import MockError, serve
from support.broken_server import answer, broken_server
from support.specs import (
    PROVIDERS,
    Example,
    Lifecycle,
    answers,
    arguments,
    key_header,
    operation,
    operations,
    requests,
    status_operation,
)
from vendors import VENDORS

pytestmark = [pytest.mark.contract, pytest.mark.node]

KEY = "secret-key-0123"
POOR = "secret-key-of-an-account-without-credits"
SLOW = "secret-key-of-the-free-tier"
EXAMPLES = list(answers())


@pytest.fixture(scope="session")
def prisms() -> Iterator[dict[str, str]]:
    if RUNNING in os.environ:
        yield json.loads(os.environ[RUNNING])
        return
    with mocks(PROVIDERS) as urls:
        yield urls


def preferring(example: Example) -> dict[str, str]:
    return {"Prefer": f"code={example.role}, example={example.name}"}


# ---- The generated clients -------------------------------------------------------------------------------------------


def served(prisms: dict[str, str], example: Example) -> Any:
    """Prism's answer, asked for by the generated client."""
    op = example.operation
    package = importlib.import_module(f"imagetasks_clients.{op.provider}")
    client = package.AuthenticatedClient(
        prisms[op.provider],
        token=KEY,
        headers=preferring(example),
        verify_ssl=False,  # there is no TLS, and certificates take a while to load
    )
    with client:
        return op.module.sync_detailed(client=client, **arguments(op))


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_generated_client_reads_what_prism_serves(prisms, example) -> None:
    answered = served(prisms, example)
    assert answered.status_code == int(example.role)
    assert answered.parsed.to_dict() == example.value
    assert "sl-violations" not in answered.headers


@pytest.mark.parametrize(
    "example", [e for op in operations() for e in requests(op)], ids=str
)
def test_prism_accepts_every_documented_request(prisms, example) -> None:
    """Another validator than ours: a request it minds is answered 4xx, with the reason in a header."""
    op = example.operation
    package = importlib.import_module(f"imagetasks_clients.{op.provider}")
    answered = httpx.request(
        op.method,
        prisms[op.provider] + op.address,
        json=example.value,
        headers={package.AUTH_HEADER: f"{package.AUTH_PREFIX} {KEY}".strip()},
        verify=False,
    )
    assert answered.is_success, answered.text
    assert "sl-violations" not in answered.headers


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        ("xingchaoyiqing", {"model": "gpt-image-2", "prompt": "x", "resolution": "4k", "ratio": "4:3"}),
        ("xingchaoyiqing", {"model": "gpt-image-2-r", "prompt": "x", "resolution": "2k"}),
        ("aigptimage", {"model": "gpt-image-2-image-to-image", "input": {"prompt": "x"}}),
        ("akool", {"prompt": "x", "scale": "Original"}),
        ("gptimage2api", {"model": "gpt-image-2", "prompt": "x", "aspectRatio": "2:1"}),
    ],
)  # fmt: skip
def test_prism_refuses_what_the_rules_forbid(prisms, provider, body) -> None:
    """The rules between fields are JSON Schema, not words: a stranger applies them."""
    op = next(o for o in operations(provider) if any(requests(o)))
    headers = {"Authorization": f"Bearer {KEY}"}
    url = prisms[provider] + op.address
    answered = httpx.post(url, json=body, headers=headers, verify=False)
    assert answered.status_code in (400, 422)


def test_malformed_json_is_answered(prisms) -> None:
    """It is the pinned Prism: 5.16 never answers this."""
    answered = httpx.post(
        f"{prisms['aigptimage']}/api/v1/jobs/createTask",
        content=b"{",
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        timeout=20,
        verify=False,
    )
    assert 400 <= answered.status_code < 500


# ---- The wrapper -----------------------------------------------------------------------------------------------------


class Headed(httpx.BaseTransport):
    """Adds headers to each request."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers
        self._transport = httpx.HTTPTransport(verify=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers.update(self._headers)
        return self._transport.handle_request(request)

    def close(self) -> None:
        self._transport.close()


@pytest.mark.parametrize(
    "example",
    [
        example
        for name in PROVIDERS
        for example in answers(status_operation(name))
        if not example.headers  # Prism makes headers up
    ],
    ids=str,
)
def test_the_wrapper_reads_what_prism_serves(prisms, example) -> None:
    """The right Task, by `x-task-lifecycle`; or, where the answer tells no state, an error."""
    provider, lifecycle = (
        example.operation.provider,
        Lifecycle(example.operation.provider),
    )
    access = {provider: Access(KEY, prisms[provider])}
    with Client(access, transport=Headed(preferring(example))) as client:
        if lifecycle.shown(example) is None:
            with pytest.raises(ProviderError) as refused:
                client.fetch(provider, "task_1")
            assert refused.value.status_code == int(example.role)
            if lifecycle.denies(example):
                assert isinstance(refused.value, TaskNotFound)
            return
        task = client.fetch(provider, str(lifecycle.read("id", example.value)))
    assert task.state == lifecycle.meaning(example.value)
    assert task.wire_state == lifecycle.read("state", example.document)
    assert task.id == str(lifecycle.read("id", example.value))
    assert task.raw == example.value
    urls = lifecycle.urls(example.value) if task.state is State.SUCCEEDED else []
    assert [artifact.url for artifact in task.artifacts] == urls


# ---- Our mock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REACHED)
def test_the_mock_answers_in_the_shape_that_prism_serves(prisms, name) -> None:
    """Where the spec's example has null, so has the mock: there is no exception."""
    (answered, _), shown = reach(name), served(prisms, REACHED[name])
    assert answered.status_code == shown.status_code
    assert answered.headers["content-type"] == "application/json"
    assert shape(answered.json()) == shape(json.loads(shown.content))


def test_what_the_mock_never_answers_is_told_with_the_reason() -> None:
    """
    No rule brings it about at a submit, no fault elsewhere: they have the first body of an error. What is not in the
    list, the test above has seen.
    """
    examples = {str(example): example for example in EXAMPLES}
    with serve() as mock:
        for example in map(examples.__getitem__, NEVER):
            op, role = example.operation, example.role
            if makes_tasks(op):
                with pytest.raises(MockError):
                    mock.outcomes.add(provider=op.provider, refuse=example.name)
            assert example.is_success or example != next(
                other for other in answers(op) if other.role == role
            )


# ---- The wrapper and our mock, with Prism in between -----------------------------------------------------------------


class Recorder(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Keeps the answers that came by, for threads and for loops."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not hasattr(self, "_sync"):
            self._sync = httpx.HTTPTransport(verify=False)
        return self._keep(self._sync.handle_request(request), request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not hasattr(self, "_async"):
            self._async = httpx.AsyncHTTPTransport(verify=False)
        return self._keep(await self._async.handle_async_request(request), request)

    def close(self) -> None:
        if hasattr(self, "_sync"):
            self._sync.close()

    async def aclose(self) -> None:
        if hasattr(self, "_async"):
            await self._async.aclose()

    def _keep(self, answer: httpx.Response, request: httpx.Request) -> httpx.Response:
        answer.request = request
        self.answers.append(answer)
        return answer

    @property
    def violations(self) -> list[str]:
        return [
            f"{a.request.method} {a.request.url}: {a.headers['sl-violations']}"
            for a in self.answers
            if "sl-violations" in a.headers
        ]


class MockTime:
    """The clock of the mock, for a client: sleeping moves it."""

    def __init__(self, mock: Any) -> None:
        self._clock = mock.clock

    def __call__(self) -> float:
        now: float = self._clock.time()
        return now

    def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)

    async def asleep(self, seconds: float) -> None:
        self._clock.advance(seconds)


@pytest.fixture(scope="session")
def mock() -> Iterator[Any]:
    accounts = [
        {"key": KEY},
        {"key": POOR, "credits": 0},
        {"key": SLOW, "tier": "free"},
    ]
    with serve(
        speed=0,
        duration=30,
        fail="doomed",
        check=True,
        scenario={"accounts": accounts},
    ) as running:
        yield running
        assert running.violations == []


@pytest.fixture(scope="session")
def watched(mock) -> Iterator[dict[str, str]]:
    """A proxy in front of each vendor of the mock, and one in front of a vendor that lies."""
    upstreams = {name: (name, mock.access(name).base_url) for name in PROVIDERS}
    lie = answer({"id": 7}, headers="Content-Type: application/json\r\n")
    with broken_server(lie) as liar:
        upstreams["liar"] = ("xingchaoyiqing", liar.url)
        with proxies(upstreams) as urls:
            yield urls


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def client(driver, watched, mock, recorder) -> Any:
    access = {name: Access(KEY, watched[name]) for name in PROVIDERS}
    return driver(
        access,
        transport=recorder,
        clock=MockTime(mock),
        policy=PollPolicy(min_gap=2, max_gap=2, jitter=0),
    )


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_task_runs_to_its_end_and_prism_minds_nothing(
    client, recorder, provider
) -> None:
    """Submit, every documented state in its order, success: no `sl-violations` on any answer."""
    seen: list[State] = []
    done = client.run(
        provider,
        VENDORS[provider].request,
        timeout=600,
        on_update=lambda task: seen.append(task.state),
    )
    meanings = Lifecycle(provider).meanings.values()
    assert seen == [state for state in meanings if state not in ("failed", "cancelled")]
    assert done.state is State.SUCCEEDED
    assert done.artifacts
    assert len(recorder.answers) > len(seen)
    assert recorder.violations == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_task_fails_and_prism_minds_nothing(client, recorder, provider) -> None:
    with pytest.raises(TaskFailed) as caught:
        client.run(provider, ImageRequest("a doomed lighthouse"), timeout=600)
    assert caught.value.task.state is State.FAILED
    assert recorder.violations == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_documented_refusal_is_one_for_prism_too(client, recorder, provider) -> None:
    with pytest.raises(TaskNotFound):
        client.fetch(provider, "no-such-task")
    assert len(recorder.answers) == 1
    assert recorder.violations == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_prism_does_watch_the_requests(watched, provider) -> None:
    """What the tests above rely on: a request that breaks the spec is marked."""
    op = next(o for o in operations(provider) if any(requests(o)))
    answered = httpx.post(
        watched[provider] + op.address,
        json={"model": 7, "model_name": 7},
        headers={"Authorization": f"Bearer {KEY}"},
        verify=False,
    )
    assert '"location":["request"' in answered.headers["sl-violations"]


def test_prism_does_watch_the_answers(watched) -> None:
    answered = httpx.get(
        f"{watched['liar']}/v1/result/image_1",
        headers={"Authorization": f"Bearer {KEY}"},
        verify=False,
    )
    assert '"location":["response"' in answered.headers["sl-violations"]


# ---- Our mock alone, with Prism in front -----------------------------------------------------------------------------


@pytest.fixture
def call(watched, recorder) -> Iterator[Callable[..., Any]]:
    """Calls an operation of a vendor's through Prism, and gives the JSON of the answer."""
    with httpx.Client(transport=recorder) as http:

        def through(
            provider: str,
            id: str,
            body: Any = None,
            /,
            key: str = KEY,
            mark: str | None = None,
            **parameters: str,
        ) -> Any:
            op = operation(provider, id)
            path = op.path.format(**parameters)
            return http.request(
                op.method,
                watched[provider] + path,
                params=parameters if path == op.path else None,
                headers=key_header(provider, key)
                | ({"X-Request-ID": mark} if mark else {}),
                json=body,
            ).json()

        yield through
    assert recorder.answers
    assert recorder.violations == []


@pytest.mark.parametrize("prompt", ["a lighthouse", "a doomed lighthouse"])
def test_prism_minds_nothing_about_a_video_of_gptimage2api(mock, call, prompt) -> None:
    body = {"model": "veo3_fast", "prompt": prompt, "duration": 8}
    id = call("gptimage2api", "generateVideo", body)["taskId"]
    pending = call("gptimage2api", "getTask", id=id)
    assert (pending["type"], pending["status"]) == ("video", 0)
    mock.clock.advance(60)
    status = 2 if "doomed" in prompt else 1
    assert call("gptimage2api", "getTask", id=id)["status"] == status


def test_prism_minds_nothing_about_a_video_of_aigptimage(mock, call) -> None:
    inside = {"prompt": "a lighthouse", "resolution": "480p", "duration": 5}
    body = {"model": "seedance-2.0-text-to-video", "input": inside}
    id = call("aigptimage", "createTask", body)["data"]["taskId"]
    mock.clock.advance(60)
    data = call("aigptimage", "getTask", taskId=id)["data"]
    assert data["resultJson"].endswith('.mp4"]}')


def test_prism_minds_nothing_about_a_batch_and_its_buttons(mock, call) -> None:
    body = {"prompt": "a lighthouse", "batch_quantity": 3}
    ids = [one["_id"] for one in call("akool", "createImage", body)["data"]]
    for seconds in (0, 20, 30):
        mock.clock.advance(seconds)
        for id in ids:
            call("akool", "getImage", image_model_id=id)
    for button in ("U1", "V2", "U1"):
        pressed = call("akool", "createByButton", {"_id": ids[0], "button": button})
    assert pressed["code"] == 1011
    early = {"_id": call("akool", "createImageV3", {"prompt": "x"})["data"]["_id"]}
    assert call("akool", "createByButton", early | {"button": "U1"})["code"] == 1010
    mock.clock.advance(60)
    source = call("akool", "getImage", image_model_id=ids[0])["data"]
    assert len(source["upscaled_urls"]) == 1


def test_prism_minds_nothing_about_akools_tokens_and_balance(call) -> None:
    pair = {"clientId": "client", "clientSecret": KEY}
    token = call("akool", "getToken", pair)["token"]
    assert call("akool", "getCredit", key=token)["code"] == 1000
    assert call("akool", "getCredit", key="wrong")["code"] == 1101


@pytest.mark.parametrize(
    ("provider", "told"),
    [("aigptimage", 402), ("akool", 1104), ("gptimage2api", "Insufficient credits")],
)
def test_prism_minds_nothing_about_an_account_without_credits(
    call, provider, told
) -> None:
    op = next(o for o in operations(provider) if any(requests(o)))
    answer = call(provider, op.id, next(requests(op)).value, key=POOR)
    assert told in (answer.get("code"), answer.get("error"))


def test_prism_minds_nothing_about_the_limits_of_a_tier(call) -> None:
    op = operation("aigptimage", "createTask")
    body = next(requests(op)).value
    codes = [call("aigptimage", op.id, body, key=SLOW)["code"] for _ in range(2)]
    assert codes == [200, 429]


def test_prism_minds_nothing_about_a_repeated_request_id(call) -> None:
    op = operation("aigptimage", "createTask")
    body = next(requests(op)).value
    first, again = (call("aigptimage", op.id, body, mark="order-1") for _ in range(2))
    assert first == again
