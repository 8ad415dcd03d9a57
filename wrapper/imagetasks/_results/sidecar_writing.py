"""Writing what the files of a download were made of, beside them. No key is in it, and no prompt where none shall be."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .._errors import ImageTasksError, SidecarError
from .._http.call import UNREADABLE
from .._http.redaction import Redaction
from .._request import OriginalRequest, request_to_values
from .._task import Task, Tried, finite
from ..providers import PROVIDERS
from .items import Item
from .partial import Saved
from .placing import write_where_nothing_is
from .sidecar import SUFFIX, Sidecar, read_sidecar, sidecar_to_bytes


class Sidecars:
    """Those of one call of `download`. Threads may share it."""

    def __init__(
        self,
        task: Task,
        asked: OriginalRequest | None,
        *,
        prompts: bool,
        keys: Iterable[str],
    ) -> None:
        """`asked`: what the task was made from. `keys`: what no sidecar may hold."""
        self._provider = task.provider
        self._tried = task.tried
        self._asked = asked
        self._has_prompts = prompts and (asked is None or asked.has_prompts)
        self._redactions = [Redaction(key) for key in keys]

    def write(self, item: Item, saved: Saved) -> None:
        """
        Beside a file that is whole. Leaves one alone that tells of the same task and content. Raises DownloadError for any
        other that is there, and where none can be written.
        """
        made = self._describe(item, saved)
        target = saved.path.with_name(saved.path.name + SUFFIX)
        try:
            if not os.path.lexists(target):
                try:
                    write_where_nothing_is(sidecar_to_bytes(made), target)
                    return
                except FileExistsError:  # somebody else wrote it just now
                    pass
            _check_same(made, target, item)
        except OSError as cause:
            words = cause.strerror or str(cause)
            raise item.error(f"its sidecar cannot be saved: {words}") from cause

    def _describe(self, item: Item, saved: Saved) -> Sidecar:
        task = item.task
        return Sidecar(
            provider=task.provider,
            task_id=task.id,
            kind=item.artifact.kind,
            n=item.n,
            file=saved.path.name,
            size=saved.size,
            sha256=saved.sha256,
            saved_at=datetime.now(UTC),
            created_at=task.created_at,
            finished_at=task.finished_at,
            model=self._without_keys(task.model),
            wire_state=self._without_keys(task.wire_state),
            credits=finite(task.credits_used),
            refunded=task.refunded,
            label=self._without_keys(task.label),
            request=self._without_keys(self._request),
            sent=self._without_keys(self._sent),
            tried=tuple(map(self._tried_without_secrets, self._tried)),
        )

    @property
    def _request(self) -> dict[str, Any] | None:
        if self._asked is None:
            return None
        return request_to_values(self._asked.request, prompts=self._has_prompts)

    @property
    def _sent(self) -> Any:
        """As the adapter writes it. None for the request of an earlier version that it would refuse today."""
        if self._asked is None or self._provider not in PROVIDERS:
            return None
        adapter = PROVIDERS[self._provider]
        try:
            return adapter.body(self._asked.request, prompts=self._has_prompts)
        except (ImageTasksError, *UNREADABLE):
            return None

    def _tried_without_secrets(self, tried: Tried) -> Tried:
        """A vendor's words may quote the prompt."""
        failed = tried.task
        if failed is not None and failed.error is not None:
            words = failed.error.message if self._has_prompts else ""
            error = replace(failed.error, message=self._without_keys(words))
            failed = replace(failed, error=error)
        message = self._without_keys(tried.message) if self._has_prompts else ""
        return tried._replace(message=message, task=failed)

    def _without_keys(self, value: Any) -> Any:
        """The same JSON, with what may be a key cut out of its texts."""
        match value:
            case str():
                return self._redacted(value)
            case Mapping():
                return {
                    self._redacted(name): self._without_keys(each)
                    for name, each in value.items()
                }
            case list() | tuple():
                return [self._without_keys(each) for each in value]
        return value

    def _redacted(self, text: str) -> str:
        content = text.encode("utf-8", "surrogatepass")
        for redaction in self._redactions:
            content = redaction(content)
        return content.decode("utf-8", "surrogatepass")


def _check_same(made: Sidecar, target: Path, item: Item) -> None:
    """Raises DownloadError where a file is something else than the sidecar of what is saved."""
    # A link of that name is not ours: what it leads to may be outside of the folder.
    if not stat.S_ISREG(os.lstat(target).st_mode):
        raise item.error(f"{target} is not a sidecar; it was not changed")
    try:
        there = read_sidecar(target)
    except SidecarError as cause:
        raise item.error(f"{cause}; it was not changed") from cause
    if any(getattr(there, name) != getattr(made, name) for name in SAME):
        raise item.error(
            f"sidecar {target} is about another task or file; it was not changed"
        )


SAME = ("provider", "task_id", "n", "file", "sha256")
"""What two sidecars of one file have in common."""
