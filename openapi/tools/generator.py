"""
The part of generate.py that needs openapi-python-client. It runs in an environment of its own, `.venv/codegen`.

    .venv/codegen/bin/python openapi/tools/generator.py OUTPUT CODEGEN SPEC ...
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import client_names
import yaml
from client_rules import as_generated, credential, refuse_what_cannot_be_said
from failure import Failure
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError


def check_upstream_templates(codegen: Path) -> None:
    """Our overrides are edited copies: an upgrade that changes an original must be looked at, not missed."""
    for line in (codegen / "upstream.sha256").read_text().splitlines():
        expected, name = line.split()
        original = (
            files("openapi_python_client").joinpath("templates", name).read_bytes()
        )
        if hashlib.sha256(original).hexdigest() != expected:
            raise Failure(
                f"openapi-python-client changed its template {name}. Carry the change over to "
                f"openapi/codegen/templates/{name}, then put the new hash into openapi/codegen/upstream.sha256."
            )


def generate_package(spec_file: Path, output: Path, codegen: Path) -> None:
    spec: dict[str, Any] = yaml.safe_load(spec_file.read_text(encoding="utf-8"))
    client_names.reserve()
    try:
        refuse_what_cannot_be_said(spec)
    except Failure as failure:
        raise Failure(f"{spec_file.name}:\n{failure}") from None
    config = Config.from_sources(
        ConfigFile.load_from_path(codegen / "config.yml"),
        meta_type=MetaType.NONE,
        document_source=spec_file,
        file_encoding="utf-8",
        overwrite=False,
        output_path=output,
    )
    read = as_generated(spec)
    data = GeneratorData.from_dict(read.data, config=config)
    if isinstance(data, GeneratorError):
        raise Failure(f"{spec_file.name}: {data.header}\n{data.detail}")
    project = Project(
        openapi=data, config=config, custom_template_path=codegen / "templates"
    )
    # Servers and security: the generator itself passes neither on to its templates.
    project.env.globals["spec"] = spec
    project.env.globals["credential"] = credential(read)
    with contextlib.redirect_stdout(io.StringIO()):
        problems = project.build()
    # A warning drops a schema and every type that uses it, so it counts as an error.
    if problems:
        raise Failure(
            "\n".join(f"{spec_file.name}: {p.header}\n{p.detail}" for p in problems)
        )
    (output / "py.typed").touch()
    # A date in YAML becomes text in JSON.
    (output / "openapi.json").write_text(
        json.dumps(spec, indent=1, ensure_ascii=False, default=str) + "\n"
    )


def generate_all(spec_files: list[Path], output: Path, codegen: Path) -> None:
    output.mkdir()
    for spec_file in spec_files:
        generate_package(spec_file, output / spec_file.stem, codegen)
    names = "".join(f'    "{spec_file.stem}",\n' for spec_file in spec_files)
    (output / "__init__.py").write_text(
        f'"""Typed clients, one package per provider, generated from `openapi/`."""\n\nPROVIDERS = (\n{names})\n'
    )
    (output / "py.typed").touch()
    # --isolated --no-cache: neither the project's own rules nor a cache folder may show in the output.
    ruff = [sys.executable, "-m", "ruff"]
    options = "--no-cache --isolated --quiet --target-version py311 --line-length 100"
    for command in ("check --fix-only --select=E4,E7,E9,F,I", "format"):
        subprocess.run([*ruff, *command.split(), *options.split(), output], check=True)


def main() -> int:
    output, codegen, *spec_files = map(Path, sys.argv[1:])
    try:
        check_upstream_templates(codegen)
        generate_all(spec_files, output, codegen)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
