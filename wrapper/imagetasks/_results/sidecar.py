"""What a saved file was made of, as a file beside it."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from os import PathLike, fsdecode
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .._errors import SidecarError
from .._lazy import jsonschema_rs
from .._request import AnyRequest, request_from_values
from .._task import (
    UNREADABLE_TASK,
    Kind,
    Tried,
    is_well_typed,
    task_from_json,
    task_to_json,
)

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

SUFFIX = ".json"
"""After the whole name of the file."""
SCHEMA = "imagetasks.sidecar"
VERSION = 1
INSTANTS = ("created_at", "finished_at", "saved_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """
    What a saved file was made of. What is not known is None. Instants are aware.

        sidecar = read_sidecar("out/akool-ID-1.png.json")
        client.run(sidecar.provider, sidecar.to_request())

    provider, task_id: which task it was.
    kind: "image" or "video".
    n: the file's place among the task's results, from 1.
    file: its name.
    size: bytes.
    sha256: of these bytes, in hex.
    saved_at: when this was written.
    created_at, finished_at, model, wire_state, credits, refunded: of the whole task, as the vendor tells them.
    label: what you gave to the submit.
    request: what the submit asked for, as `to_json` writes it, with the idempotency key that it was sent with. Of a `count` that was
        split it is the part.
    sent: the JSON body of the submit. Prompts are left out of both where the client leaves them out of its journal.
    tried: which providers were asked before.
    """

    provider: str
    task_id: str
    kind: Kind = "image"
    n: int
    file: str
    size: int
    sha256: str
    saved_at: datetime
    created_at: datetime | None = None
    finished_at: datetime | None = None
    model: str | None = None
    wire_state: str | int | None = None
    credits: float | None = None
    refunded: bool | None = None
    label: str | None = None
    request: Mapping[str, Any] | None = field(default=None, repr=False, hash=False)
    sent: Mapping[str, Any] | None = field(default=None, repr=False, hash=False)
    tried: tuple[Tried, ...] = field(default=(), repr=False)

    def to_request(self) -> AnyRequest:
        """
        The request, to submit it again.

        Raises:
            ValueError: the request is not known, or its prompts were left out.
        """
        if self.request is None:
            raise ValueError(f"{self.file}: nobody knew what its submit asked for")
        return request_from_values(self.request)


def read_sidecar(path: str | PathLike[str]) -> Sidecar:
    """
    Read what `download(..., sidecar=True)` wrote beside a file.

    Args:
        path: that of the sidecar, such as `out/akool-ID-1.png.json`.

    Raises:
        SidecarError: it is not there, cut off, no JSON, of another schema, or of a newer version. The message says which.
    """
    name = fsdecode(path)

    def fail(why: str, cause: Exception | None = None) -> NoReturn:
        raise SidecarError(f"sidecar {name}: {why}", path=Path(name)) from cause

    try:
        # What is no file, such as a pipe, could keep its reader waiting for ever.
        if not stat.S_ISREG(Path(name).stat().st_mode):
            fail("it is not a file")
        content = Path(name).read_bytes()
    except FileNotFoundError as cause:
        fail("it is not there", cause)
    except (OSError, ValueError) as cause:
        fail(f"it cannot be read: {getattr(cause, 'strerror', None) or cause}", cause)
    try:
        document = json.loads(content.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as cause:
        fail("it is cut off" if _is_cut(content, cause) else "it is not JSON", cause)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        fail("it is of another schema, no sidecar")
    version = document.get("version")
    if type(version) is int and version > VERSION:
        fail(f"it has version {version}, this imagetasks reads {VERSION}")
    if (difference := _difference(document)) is not None:
        fail(f"it is not as the schema of sidecars has it: {difference}")
    try:
        return _from_values(document)
    except UNREADABLE_TASK as cause:
        fail("it is not as sidecars are written: a field cannot be read", cause)


def sidecar_to_bytes(sidecar: Sidecar) -> bytes:
    values = {name: getattr(sidecar, name) for name in Sidecar.__slots__}
    values |= {name: _to_text(values[name]) for name in INSTANTS}
    values["tried"] = [
        {**each._asdict(), "task": each.task and task_to_json(each.task)}
        for each in sidecar.tried
    ]
    document = {"schema": SCHEMA, "version": VERSION, **values}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
    # Half of a character, which an id may hold, comes out as JSON escapes it.
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _from_values(document: Mapping[str, Any]) -> Sidecar:
    values: dict[str, Any] = {name: document.get(name) for name in Sidecar.__slots__}
    values |= {
        name: datetime.fromisoformat(text) if (text := values[name]) else None
        for name in INSTANTS
    }
    values["tried"] = tuple(_tried(**each) for each in document.get("tried", ()))
    return Sidecar(**values)


def _tried(
    provider: str,
    error: str,
    message: str,
    task: dict[str, Any] | None = None,
    **_: object,
) -> Tried:
    failed = None if task is None else task_from_json(dict(task))
    if failed is not None and not is_well_typed(failed):
        raise ValueError("a field of a task is not of its type")
    return Tried(provider, error, message, failed)


def _difference(document: Any) -> str | None:
    """Where it breaks a rule of the schema, without its values; None where it keeps all."""
    try:
        error = next(_validator().iter_errors(document), None)
    except UnicodeEncodeError:
        # Half of a character somewhere, of which no rule is.
        whole = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        error = next(_validator().iter_errors(json.loads(whole)), None)
    if error is None:
        return None
    place = "/".join(map(str, error.instance_path))
    return f"/{place} breaks {error.schema_path[-1]!r}"


@cache
def _validator() -> Draft202012Validator:
    here = files(__name__.rpartition(".")[0])
    schema = json.loads(here.joinpath("sidecar.schema.json").read_bytes())
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def _is_cut(content: bytes, cause: Exception) -> bool:
    """Whether what is there may be the beginning of a sidecar."""
    start = content.rstrip()
    if isinstance(cause, UnicodeDecodeError):
        return cause.reason == "unexpected end of data"
    if not isinstance(cause, json.JSONDecodeError) or not start.startswith(b"{"):
        return not start
    return not start.endswith(b"}") or (
        cause.pos >= len(start.decode()) or cause.msg.startswith("Unterminated")
    )


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _to_text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
