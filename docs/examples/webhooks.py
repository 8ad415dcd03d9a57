"""A service that AKOOL calls: the webhook ends the wait, no poll does."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import imagetasks_mock
import uvicorn
from imagetasks import Client, ImageRequest, PollPolicy, WebhookEvent
from imagetasks.webhooks import akool


@contextmanager
def running(app: Any) -> Iterator[str]:
    """The address of the app, served by a thread. A real service runs: uvicorn module:app"""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/akool"
    server.should_exit = True
    thread.join()


def main() -> None:
    # A minute between two polls, to show that it is the webhook which wakes the wait.
    slow = PollPolicy(min_gap=60)
    # For a real vendor: with Client.from_env(policy=slow) as client:
    with (
        imagetasks_mock.serve(duration=0.5) as mock,
        Client({"akool": mock.access("akool")}, policy=slow) as client,
    ):

        def on_event(event: WebhookEvent) -> None:
            print(event)
            client.notify(event)

        # AKOOL's clientId, and the API key.
        receiver = akool.Receiver("mock-client-id-0", "mock-key")
        with running(receiver.asgi(on_event)) as url:
            request = ImageRequest("a lighthouse", webhook_url=url)
            task = client.run("akool", request, timeout=300)
            print("saved:", *client.download(task, "out/"))


if __name__ == "__main__":
    main()
