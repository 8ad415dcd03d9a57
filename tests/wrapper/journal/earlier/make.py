"""
Made `format-1.db` and `format-1.tokens`, with the code before labels came: they are kept as that code wrote them.

    git checkout 2469838 && python tests/wrapper/journal/earlier/make.py FOLDER
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import httpx
from imagetasks import (
    Client,
    ImageRequest,
    PollPolicy,
    SubmitOutcomeUnknown,
    Task,
    TaskFailed,
)

PROVIDER = "xingchaoyiqing"


def answered(request: httpx.Request) -> httpx.Response:
    """The state of a task is what its id begins with; a submit's prompt is the id."""
    if request.method == "POST":
        prompt = request.read().decode()
        if "lost" in prompt:
            raise httpx.ReadTimeout("slow")
        id = next(name for name in NAMES if f'"{name}"' in prompt)
        state = "queued"
    else:
        id = request.url.path.rsplit("/", 1)[-1]
        state = id.partition("-")[0]
    answer = {
        "id": id,
        "object": "image" if request.method == "POST" else "image.generation",
        "created": 1774836724,
        "model": "gpt-image-2",
        "status": state,
        "image_url": f"https://cdn.example.com/{id}.png"
        if state == "completed"
        else None,
        "error": "content policy violation" if state == "failed" else None,
    }
    return httpx.Response(200, json=answer)


NAMES = (
    "queued-open",
    "processing-open",
    "queued-abandoned",
    "completed-unsaved",
    "completed-saved",
    "failed-over",
)


def main(folder: Path) -> None:
    file = folder / "format-1.db"
    tokens = []
    policy = PollPolicy(min_gap=0.01, outage=0)
    transport = httpx.MockTransport(answered)
    with Client(
        {PROVIDER: "KEY"}, policy=policy, transport=transport, journal=file
    ) as client:
        for name in NAMES:
            task = client.submit(PROVIDER, ImageRequest(name))
            if name == "queued-abandoned":
                client.abandon(task)
            elif not name.startswith("queued"):
                task = client.fetch(task)
                with suppress(TaskFailed):
                    if task.state.is_terminal:
                        client.wait(task)
            tokens.append(task.to_token())
        with suppress(SubmitOutcomeUnknown):
            client.submit(PROVIDER, ImageRequest("lost"))
        saved = Task.from_token(tokens[NAMES.index("completed-saved")])
        client._core.books.journal.record_file(saved, "/pictures/1.png", 3, "abc")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")
    tokens.append(replace(saved, credits_used=float("nan")).to_token())
    (folder / "format-1.tokens").write_text("\n".join(tokens) + "\n")
    (folder / "format-1.db-lock").unlink(missing_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
