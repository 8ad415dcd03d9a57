"""
What Prism makes of the specs, and what we make of Prism: two readers that share the specs and nothing else.

As a mock it answers with the example that it is asked for: each must decode in the generated client, and be read by
the wrapper to the state that the spec says. As a proxy it watches the wrapper and our own mock talk to each other.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from broken_server import answer, broken_server
from contract.prism import mocks, proxies
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
from specs import (
    PROVIDERS,
    Example,
    Lifecycle,
    answers,
    arguments,
    operations,
    requests,
    status_operation,
)

pytestmark = [pytest.mark.contract, pytest.mark.node]

KEY = "secret-key-0123"
EXAMPLES = list(answers())


@pytest.fixture(scope="session")
def prisms() -> Iterator[dict[str, str]]:
    with mocks(PROVIDERS) as urls:
        yield urls


def preferring(example: Example) -> dict[str, str]:
    return {"Prefer": f"code={example.role}, example={example.name}"}


# ---- The generated clients -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_generated_client_reads_what_prism_serves(prisms, example) -> None:
    op = example.operation
    package = importlib.import_module(f"imagetasks_clients.{op.provider}")
    client = package.AuthenticatedClient(
        prisms[op.provider],
        token=KEY,
        headers=preferring(example),
        verify_ssl=False,  # there is no TLS, and certificates take a while to load
    )
    with client:
        answered = op.module.sync_detailed(client=client, **arguments(op))
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
        prisms[op.provider] + op.path,
        json=example.value,
        headers={package.AUTH_HEADER: f"{package.AUTH_PREFIX} {KEY}".strip()},
        verify=False,
    )
    assert answered.status_code == 200, answered.text
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
    url = prisms[provider] + op.path
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
    [e for name in PROVIDERS for e in answers(status_operation(name))],
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
        if lifecycle.read("state", example.value) is None:
            with pytest.raises(ProviderError) as refused:
                client.fetch(provider, "task_1")
            assert refused.value.status_code == int(example.role)
            return
        task = client.fetch(provider, "task_1")
    assert task.state == lifecycle.meaning(example.value)
    assert task.wire_state == lifecycle.read("state", example.value)
    assert task.id == lifecycle.read("id", example.value)
    assert task.raw == example.value
    urls = lifecycle.urls(example.value) if task.state is State.SUCCEEDED else []
    assert [artifact.url for artifact in task.artifacts] == urls


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
    import imagetasks_mock

    with imagetasks_mock.serve(
        speed=0, duration=30, fail="doomed", check=True
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


REQUESTS = {
    "xingchaoyiqing": ImageRequest(
        "a lighthouse", aspect_ratio="16:9", resolution="4K", quality="high"
    ),
    "aigptimage": ImageRequest(
        "a lighthouse", reference_images=["https://example.com/a.png"], resolution="2k"
    ),
    "akool": ImageRequest(
        "a lighthouse",
        model="wavespeed-ai/flux-krea-dev-lora",
        aspect_ratio="3:2",
        negative_prompt="blurry",
        webhook_url="https://example.com/hook",
    ),
    "gptimage2api": ImageRequest("a lighthouse", aspect_ratio="4:5"),
}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_task_runs_to_its_end_and_prism_minds_nothing(
    client, recorder, provider
) -> None:
    """Submit, every documented state in its order, success: no `sl-violations` on any answer."""
    seen: list[State] = []
    done = client.run(
        provider,
        REQUESTS[provider],
        timeout=600,
        on_update=lambda task: seen.append(task.state),
    )
    meanings = Lifecycle(provider).meanings.values()
    assert seen == [state for state in meanings if state != "failed"]
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
        watched[provider] + op.path,
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
