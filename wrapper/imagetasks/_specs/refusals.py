"""Which refusals are a vendor's own word: those that its spec documents. Any other may come from a gateway before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .._lazy import jsonschema_rs
from .schema import Json, resolved
from .spec import Spec, is_success

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator


class Refusals:
    """
    The refusals that one operation documents. Threads may share it; a validator is built when its status first comes.

    A status that is not listed may be refused in the shape of any that is, and where only successes are listed, in the
    shape of those. Where the spec says that refusals are not documented, any JSON object is the vendor's.
    """

    def __init__(self, spec: Spec, operation_id: str) -> None:
        self._document = spec.document
        self._responses = spec.responses(operation_id)
        self._validators: dict[int, Draft202012Validator] = {}

    def documents(self, status: int, read_json: Callable[[], Json]) -> bool:
        """Whether an answer with this status is a refusal of the vendor's own."""
        try:
            return self._validator(status).is_valid(read_json())
        except (ArithmeticError, ValueError, RecursionError):  # it is not JSON
            return False

    def _validator(self, status: int) -> Draft202012Validator:
        if status not in self._validators:
            shapes = [self._schema(each) for each in self._documented(status)]
            schema = {"anyOf": shapes, "components": self._document["components"]}
            self._validators[status] = jsonschema_rs.Draft202012Validator(schema)
        return self._validators[status]

    def _documented(self, status: int) -> list[Json]:
        for name in (str(status), f"{status // 100}XX", "default"):
            if name in self._responses:
                return [self._responses[name]]
        others = [name for name in self._responses if not is_success(name)]
        return [self._responses[name] for name in others or self._responses]

    def _schema(self, response: Json) -> Json:
        *_, response = resolved(self._document, response)
        content: Mapping[str, Json] = response.get("content", {})
        return content.get("application/json", {}).get("schema", {"type": "object"})
