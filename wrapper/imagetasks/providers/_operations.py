"""The operations of a vendor's API, and the request bodies that are written for them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

from .._request import AnyRequest
from .._specs.schema import Json
from ._codes import Code, Meaning
from ._places import At, pointer_steps
from ._spelling import read_edges

_IN_PARAMETER = ("path ", "header ")
_BETWEEN_EDGES = " x "
IN_EACH = "/*/"
"""Between a list and the field of its objects."""


@dataclass(frozen=True)
class Operation:
    """
    `id` is the operationId, `module` what was generated of it. `codes`: what codes in a 200 mean in this operation,
    where that differs.
    """

    id: str
    module: ModuleType
    codes: Mapping[Code, Meaning] = field(default_factory=dict, kw_only=True)

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """The names that Python has for the spec's, which differ in case and signs."""
        names = inspect.signature(self.module.get_kwargs).parameters
        return {_letters(name): name for name in names}

    def about(self, task_id: str) -> dict[str, Any]:
        """The request, of an operation whose only parameter is a task's id."""
        kwargs: dict[str, Any]
        kwargs = self.module.get_kwargs(**{self._only_parameter: task_id})
        return kwargs

    def request(
        self, body: dict[str, Json], parameters: Mapping[str, Json]
    ) -> dict[str, Any]:
        """The request, with parameters by the names that the spec has for them."""
        given = {self.parameters[_letters(name)]: parameters[name] for name in parameters}  # fmt: skip
        kwargs: dict[str, Any] = self.module.get_kwargs(body=_Body(body), **given)
        return kwargs

    @cached_property
    def _only_parameter(self) -> str:
        [name] = self.parameters.values()
        return name


@dataclass(frozen=True)
class Submit(Operation):
    """
    An operation that makes a task. `fields` says where each field of the request goes that it can express, any other
    that is given raises UnsupportedRequest: `/input/prompt` in the body, `header NAME`, `path NAME`, or
    `/width x /height` for a size that is two numbers there, `/images/*/url` for a list of objects. `extra` is where the vendor's own fields go.

    `at`: where its answer has what, unless as in the answer about a task; one that `may_lack_state` is PENDING then.
    `model`: what is sent where a request names none.
    """

    fields: Mapping[str, str]
    at: At | None = field(default=None, kw_only=True)
    model: str | None = field(default=None, kw_only=True)
    may_lack_state: bool = field(default=False, kw_only=True)


class _Body(dict[str, Any]):
    """As generated operations take one."""

    def to_dict(self) -> dict[str, Any]:
        return dict(self)


def write(
    provider: str, fields: Mapping[str, str], request: AnyRequest
) -> tuple[dict[str, Json], dict[str, Json]]:
    """
    The body that says what a request gives, but its `extra`, and the parameters beside it by name. Raises
    UnsupportedRequest for a size that is no two numbers.
    """
    body: dict[str, Json] = {}
    parameters: dict[str, Json] = {}
    for name, place in fields.items():
        if name == "extra":
            _reach(body, pointer_steps(place))
            continue
        value = getattr(request, name)
        is_part_of_model = name != "model" and place == fields.get("model")
        if value in (None, ()) or is_part_of_model:
            continue
        if place.startswith(_IN_PARAMETER):
            parameters[place.partition(" ")[2]] = value
        elif _BETWEEN_EDGES in place:
            edges = read_edges(provider, value)
            for edge, number in zip(place.split(_BETWEEN_EDGES), edges, strict=True):
                _put(body, edge, number)
        else:
            _put(body, place, list(value) if isinstance(value, tuple) else value)
    return body, parameters


def _put(body: dict[str, Json], place: str, value: Json) -> None:
    place, _, name = place.partition(IN_EACH)
    if name:
        value = [{name: each} for each in value]
    *above, last = pointer_steps(place)
    if last == "0":  # the first of a list, which has no other
        *above, last = above
        value = [value]
    _reach(body, above)[last] = value


def _reach(body: dict[str, Json], steps: Any) -> dict[str, Json]:
    for step in steps:
        body = body.setdefault(step, {})
    return body


def _letters(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())
