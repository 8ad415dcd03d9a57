"""
A spec as plain data: its places, operations and schemas. It needs no package, so that the generator can use it.

Every place is a JSON pointer from the root of the file, so that it can be looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Problems = Iterator[tuple[str, str]]  # pointer, message

NOWHERE = (LookupError, TypeError, ValueError)

NAMED_SCHEMAS = {"$defs", "dependentSchemas", "patternProperties", "properties"}
# They may hold any data, and so are no place to look for OpenAPI objects, or schemas.
NO_OBJECTS = {"schema", "schemas", "example", "value"}
NO_SCHEMAS = {"const", "default", "enum", "example", "examples", "required"}


def join(pointer: str, *tokens: str | int) -> str:
    escaped = (str(token).replace("~", "~0").replace("/", "~1") for token in tokens)
    return "/".join([pointer, *escaped])


def lookup(value: Any, pointer: str) -> Any:
    """Raises one of NOWHERE where the pointer leads nowhere."""
    for token in pointer.split("/")[1:]:
        value = value[key_at(value, token)]
    return value


def key_at(node: Any, token: str) -> str | int:
    key = token.replace("~1", "/").replace("~0", "~")
    return int(key) if isinstance(node, list) else key


def objects(node: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """All of OpenAPI, apart from schemas, extensions and the values of examples."""
    if isinstance(node, dict):
        yield pointer, node
        names = pointer.endswith(("/headers", "/parameters"))  # of headers: x-what-ever
        for key, child in node.items():
            if key not in NO_OBJECTS and (names or not key.startswith("x-")):
                yield from objects(child, join(pointer, key))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from objects(child, join(pointer, index))


def subschemas(schema: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, list):
        for index, child in enumerate(schema):
            yield from subschemas(child, join(pointer, index))
    elif isinstance(schema, dict):
        yield pointer, schema
        for key, child in schema.items():
            if key in NAMED_SCHEMAS:
                for name, named in child.items():
                    yield from subschemas(named, join(pointer, key, name))
            elif key not in NO_SCHEMAS and not key.startswith("x-"):
                yield from subschemas(child, join(pointer, key))


class Document:
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def at(self, pointer: str) -> Any:
        return lookup(self.data, pointer)

    def follow(self, pointer: str) -> str:
        """The pointer, or the place that its $ref leads to."""
        reference = self.at(pointer).get("$ref")
        return self.follow(reference.removeprefix("#")) if reference else pointer

    def objects(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from objects(self.data)

    def operations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Those of webhooks and callbacks too."""
        for pointer, node in self.objects():
            if "responses" in node and pointer != "/components":
                yield pointer, node

    def schemas(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for pointer, node in self.objects():
            if "schema" in node:
                yield from subschemas(node["schema"], join(pointer, "schema"))
            for name, schema in node.get("schemas", {}).items():
                yield from subschemas(schema, join(pointer, "schemas", name))
