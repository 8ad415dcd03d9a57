"""A product that has book covers made. It knows nothing of the mock."""

from __future__ import annotations

from pathlib import Path

from imagetasks import Client, ImageRequest, TaskFailed


def make_cover(client: Client, title: str, folder: Path) -> Path | None:
    """The cover's file; None where the vendor will not draw it."""
    request = ImageRequest(f"a book cover: {title}", aspect_ratio="2:3")
    try:
        task = client.run("akool", request, timeout=60)
    except TaskFailed:
        return None
    (path,) = client.download(task, folder)
    return path
