"""`x-size-rules`: what JSON Schema cannot say of a size in pixels."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from .schema import Json


class SizeRules:
    """
    A keyword for jsonschema-rs. Beside a text `{width}x{height}`, or, with the names of the two as `edges`, beside a
    body that has them as numbers. The limits stand in the spec; only their meaning is here.
    """

    def __init__(self, parent_schema: Json, rules: Json, schema_path: Json) -> None:
        self._rules = rules

    def validate(self, value: Json) -> None:
        size = value
        if isinstance(value, Mapping):
            edges = self._rules.get("edges", ())
            size = "x".join(str(value.get(name)) for name in edges)
        match = (
            re.fullmatch(r"(\d{1,6})x(\d{1,6})", size)
            if isinstance(size, str)
            else None
        )
        # What has another form, or lacks an edge, is for the schema beside this keyword.
        if match is not None:
            self._check(match[0], int(match[1]), int(match[2]))

    def _check(self, size: str, width: int, height: int) -> None:
        rules, pixels = self._rules, width * height
        multiple = rules.get("edge-multiple-of", 1)
        edge, aspect = (
            rules.get("max-edge", math.inf),
            rules.get("max-aspect", math.inf),
        )
        least, most = rules.get("min-pixels", 0), rules.get("max-pixels", math.inf)
        if width % multiple or height % multiple:
            raise ValueError(f"{size}: both edges must be multiples of {multiple} px")
        if max(width, height) > edge:
            raise ValueError(f"{size}: no edge may be longer than {edge} px")
        if max(width, height) > aspect * min(width, height):
            raise ValueError(
                f"{size}: the long edge may be at most {aspect} times the short one"
            )
        if not least <= pixels <= most:
            raise ValueError(
                f"{size}: {pixels} pixels in all, it must be {least} to {most}"
            )
