"""
Who polls: by hand, with the best known SDKs, and with this library.

Each takes the vendor's address, how many tasks it waits for, and the gap between two polls of a task in seconds: none
to poll as fast as it can. It goes on until it is cancelled.
"""

from __future__ import annotations

import asyncio
import json
import sys
import warnings
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

Poll = Callable[[], Awaitable[object]]


CONNECTIONS = 128


async def side_by_side(poll: Poll, waits: int, gap: float) -> None:
    async def again_and_again() -> None:
        while True:
            await poll()
            if gap:
                await asyncio.sleep(gap)

    await asyncio.gather(*(again_and_again() for _ in range(waits)))


async def raw(url: str, waits: int, gap: float) -> None:
    """The limit: asyncio's own protocol, a fixed request, no HTTP to speak of."""
    host, port = url.removeprefix("http://").split(":")
    request = f"GET /imagetasks/v1/result/image_00000 HTTP/1.1\r\nHost: {host}\r\n\r\n"

    class Poller(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport
            transport.write(request.encode())

        def data_received(self, data: bytes) -> None:
            json.loads(data[data.index(b"\r\n\r\n") :])
            self.transport.write(request.encode())

    loop = asyncio.get_running_loop()
    for _ in range(waits):
        await loop.create_connection(Poller, host, int(port))
    await asyncio.Event().wait()


async def by_hand_aiohttp(url: str, waits: int, gap: float) -> None:
    import aiohttp

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=min(waits, CONNECTIONS)),
        headers={"Authorization": "Bearer key"},
    ) as session:

        async def poll() -> object:
            async with session.get(
                f"{url}/imagetasks/v1/result/image_00000"
            ) as response:
                return await response.json()

        await side_by_side(poll, waits, gap)


async def by_hand_pyreqwest(url: str, waits: int, gap: float) -> None:
    """What lies under ours with `[fast]`: less than this it cannot cost."""
    from pyreqwest.client import ClientBuilder

    address = f"{url}/imagetasks/v1/result/image_00000"
    headers = {"Authorization": "Bearer key"}
    async with ClientBuilder().default_headers(headers).build() as client:

        async def poll() -> object:
            response = await client.get(address).build().send()
            return await response.json()

        await side_by_side(poll, waits, gap)


async def by_hand_httpx(url: str, waits: int, gap: float) -> None:
    import httpx

    limits = httpx.Limits(max_connections=waits, max_keepalive_connections=waits)
    async with httpx.AsyncClient(
        limits=limits, headers={"Authorization": "Bearer key"}
    ) as client:

        async def poll() -> object:
            return (await client.get(f"{url}/imagetasks/v1/result/image_00000")).json()

        await side_by_side(poll, waits, gap)


async def replicate(url: str, waits: int, gap: float) -> None:
    # It takes its limits from the environment of httpx only: 100 connections, 20 kept.
    from replicate.client import Client

    client = Client(api_token="key", base_url=f"{url}/replicate")
    await side_by_side(lambda: client.predictions.async_get("image_1"), waits, gap)


async def fal(url: str, waits: int, gap: float) -> None:
    import httpx
    from fal_client.client import AsyncRequestHandle

    async with httpx.AsyncClient(headers={"Authorization": "Key key"}) as client:
        handle = AsyncRequestHandle(
            request_id="image_1",
            response_url=f"{url}/fal/image_1",
            status_url=f"{url}/fal/image_1/status",
            cancel_url=f"{url}/fal/image_1/cancel",
            client=client,
        )
        await side_by_side(handle.status, waits, gap)


async def openai(url: str, waits: int, gap: float) -> None:
    from openai import AsyncOpenAI

    warnings.simplefilter("ignore", DeprecationWarning)
    async with AsyncOpenAI(api_key="key", base_url=f"{url}/openai") as client:
        await side_by_side(lambda: client.videos.retrieve("image_1"), waits, gap)


async def azure(url: str, waits: int, gap: float) -> None:
    """One step of `AsyncLROPoller` with its default pipeline, without the pause between."""
    from azure.core import AsyncPipelineClient
    from azure.core.polling.async_base_polling import AsyncLROBasePolling
    from azure.core.rest import HttpRequest

    async with AsyncPipelineClient(base_url=url) as client:
        asked = HttpRequest("PUT", f"{url}/azure/image_1")
        begun = await client.send_request(asked, _return_pipeline_response=True)
        begun.http_response.status_code = 202
        begun.http_response.headers["Operation-Location"] = f"{url}/azure/image_1"
        pollers = []
        for _ in range(waits):
            method: Any = AsyncLROBasePolling(timeout=0)
            method.initialize(client, begun, lambda response: response)
            pollers.append(method)

        async def again_and_again(method: Any) -> None:
            while not method.finished():
                await method.update_status()
                if gap:
                    await asyncio.sleep(gap)

        await asyncio.gather(*(again_and_again(method) for method in pollers))


async def ours(url: str, waits: int, gap: float) -> None:
    from imagetasks import Access, AsyncClient

    access = {"xingchaoyiqing": Access("secret-key-0123", f"{url}/imagetasks")}
    async with AsyncClient(access) as client:
        await side_by_side(
            lambda: client.fetch("xingchaoyiqing", "image_00000"), waits, gap
        )


async def ours_waiting(url: str, waits: int, gap: float) -> None:
    """The whole engine: as many waits, each due again at once. It sends 64 at a time."""
    from imagetasks import Access, AsyncClient, PollPolicy

    access = {"xingchaoyiqing": Access("secret-key-0123", f"{url}/imagetasks")}
    policy = PollPolicy(min_gap=gap, max_gap=gap, learn=False, deadline=86400)
    async with AsyncClient(access, policy=policy) as client:
        await client.wait_all(tasks(waits))


@cache
def tasks(number: int) -> list[Any]:
    """What the caller of `wait_all` has already, as the vendor tells of it."""
    from imagetasks import State, Task

    return [
        Task(
            provider="xingchaoyiqing",
            id=f"image_{n:05}",
            state=State.RUNNING,
            wire_state="processing",
            model="gpt-image-2",
            created_at=datetime.fromtimestamp(1774836724, UTC),
        )
        for n in range(number)
    ]


def without_the_extra(contender: Any) -> Any:
    async def run(url: str, waits: int, gap: float) -> None:
        sys.modules["imagetasks._http.fast"] = None  # type: ignore[assignment]
        await contender(url, waits, gap)

    return run


CONTENDERS: dict[str, Callable[[str, int, float], Awaitable[None]]] = {
    "raw asyncio protocol": raw,
    "aiohttp by hand": by_hand_aiohttp,
    "pyreqwest by hand": by_hand_pyreqwest,
    "httpx by hand": by_hand_httpx,
    "replicate": replicate,
    "fal-client": fal,
    "openai": openai,
    "azure-core": azure,
    "imagetasks [fast], fetch": ours,
    "imagetasks [fast], wait_all": ours_waiting,
    "imagetasks, fetch": without_the_extra(ours),
    "imagetasks, wait_all": without_the_extra(ours_waiting),
}
