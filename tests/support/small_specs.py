"""Small specs for the generator, and the packages that it makes of them."""

from __future__ import annotations

import copy
import importlib
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from types import ModuleType
from typing import Any

import httpx
import pytest
import yaml
from failure import Failure
from generate import GENERATOR

Json = Any

CALLS = Path(__file__).with_name("generator_calls.py")
_NUMBERS = itertools.count()
KEY = "secret-key-0123"
LEAF = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def answer(schema: Json) -> Json:
    content = {"application/json": {"schema": schema}}
    return {"200": {"description": "An answer", "content": content}}


def small_spec(**schemas: Json) -> Json:
    """One operation, `getLeaf`, and these schemas beside the one of its answer."""
    operation = {
        "operationId": "getLeaf",
        "tags": ["leaves"],
        "responses": answer(ref("Leaf")),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1.0.0"},
        "servers": [{"url": "https://api.vendor.example"}],
        "security": [{"key": []}],
        "paths": {"/leaf": {"get": operation}},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Leaf": copy.deepcopy(LEAF), **schemas},
        },
    }


class Package:
    """What was made of a spec."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name

    def module(self, name: str = "") -> ModuleType:
        return importlib.import_module(f"{self.name}.{name}".removesuffix("."))

    def model(self, name: str) -> Any:
        return getattr(self.module("models"), name)

    def send(self, tag: str, operation: str, **arguments: Any) -> httpx.Request:
        """The request of one call, whose answer is a leaf."""
        sent: list[httpx.Request] = []

        def vendor(request: httpx.Request) -> httpx.Response:
            sent.append(request)
            return httpx.Response(200, json={"a": "1"})

        options = {"transport": httpx.MockTransport(vendor)}
        with self.module().AuthenticatedClient(token=KEY, httpx_args=options) as client:
            module = self.module(f"api.{tag}.{operation}")
            assert module.sync(client=client, **arguments).a == "1"
            assert module.sync_detailed(client=client, **arguments).parsed.a == "1"
        first, second = sent
        assert (first.url, first.headers) == (second.url, second.headers)
        return first


class Generator:
    """The one in `.venv/codegen`, started once: its start takes longer than a small package."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def call(self, function: str, *arguments: Json) -> Json:
        """What a function of `generator_calls` returns. Raises the Failure that it raises."""
        to, answers = self._process.stdin, self._process.stdout
        assert to is not None
        assert answers is not None
        print(json.dumps([function, arguments]), file=to, flush=True)
        line = answers.readline()
        assert line, "the generator has ended; what it wrote is above"
        said = json.loads(line)
        if "failure" in said:
            raise Failure(said["failure"])
        return said["value"]

    def identifiers(self, names: list[str]) -> list[str]:
        """The name in Python of each, were it alone."""
        found: list[str] = self.call("identifiers", names)
        return found


class Build:
    """Makes packages, in a folder that is imported from."""

    def __init__(self, folder: Path, generator: Generator) -> None:
        self._folder = folder
        self.generator = generator

    def __call__(self, spec: Json) -> Package:
        name = f"small_{next(_NUMBERS)}"
        self.write(yaml.safe_dump(spec, sort_keys=False), name)
        return Package(self._folder / name)

    def write(self, text: str, name: str = "refused") -> None:
        file = self._folder / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        self.generator.call("generate", str(file), str(self._folder / name))


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    folder = tmp_path_factory.mktemp("small")
    sys.path.insert(0, str(folder))
    before = set(sys.modules)
    with subprocess.Popen(
        [GENERATOR, CALLS], stdin=PIPE, stdout=PIPE, text=True
    ) as process:
        yield Build(folder, Generator(process))
    sys.path.remove(str(folder))
    for name in set(sys.modules) - before:
        if name.startswith("small_"):
            del sys.modules[name]


def edited(place: str, value: Json, spec: Json | None = None) -> Json:
    """A small spec with this at a place; what is missing above it is made."""
    spec = json.loads(json.dumps(small_spec() if spec is None else spec))
    *above, last = [t.replace("~1", "/").replace("~0", "~") for t in place.split("/")[1:]]  # fmt: skip
    node = spec
    for token in above:
        node = node[int(token)] if isinstance(node, list) else node.setdefault(token, {})  # fmt: skip
    node[last] = value
    return spec
