"""
Turn `openapi/<provider>.yaml` into `generated/imagetasks_clients/<provider>/`.

    python openapi/tools/generate.py            write
    python openapi/tools/generate.py --check    fail when generated/ is not what the specs give

All packages are built aside first and moved into place together: a spec with a mistake leaves the tree as it was.
"""

from __future__ import annotations

import argparse
import contextlib
import filecmp
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import client_names
import yaml
from client_rules import as_generated, credential, refuse_what_cannot_be_said
from examples import spec_files
from failure import Failure
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError

OPENAPI = Path(__file__).parents[1]
CODEGEN = OPENAPI / "codegen"
TEMPLATES = CODEGEN / "templates"
TARGET = OPENAPI.parent / "generated" / "imagetasks_clients"


def check_upstream_templates() -> None:
    """Our overrides are edited copies: an upgrade that changes an original must be looked at, not missed."""
    for line in (CODEGEN / "upstream.sha256").read_text().splitlines():
        expected, name = line.split()
        original = (
            files("openapi_python_client").joinpath("templates", name).read_bytes()
        )
        if hashlib.sha256(original).hexdigest() != expected:
            raise Failure(
                f"openapi-python-client changed its template {name}. Carry the change over to "
                f"openapi/codegen/templates/{name}, then put the new hash into openapi/codegen/upstream.sha256."
            )


def generate_package(spec_file: Path, output: Path) -> None:
    spec: dict[str, Any] = yaml.safe_load(spec_file.read_text(encoding="utf-8"))
    client_names.reserve()
    try:
        refuse_what_cannot_be_said(spec)
    except Failure as failure:
        raise Failure(f"{spec_file.name}:\n{failure}") from None
    config = Config.from_sources(
        ConfigFile.load_from_path(CODEGEN / "config.yml"),
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
    project = Project(openapi=data, config=config, custom_template_path=TEMPLATES)
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


def generate_all(output: Path) -> None:
    output.mkdir()
    for spec_file in spec_files(OPENAPI):
        generate_package(spec_file, output / spec_file.stem)
    names = "".join(f'    "{spec_file.stem}",\n' for spec_file in spec_files(OPENAPI))
    (output / "__init__.py").write_text(
        f'"""Typed clients, one package per provider, generated from `openapi/`."""\n\nPROVIDERS = (\n{names})\n'
    )
    (output / "py.typed").touch()
    # --isolated --no-cache: neither the project's own rules nor a cache folder may show in the output.
    ruff = [sys.executable, "-m", "ruff"]
    options = "--no-cache --isolated --quiet --target-version py311 --line-length 100"
    for command in ("check --fix-only --select=E4,E7,E9,F,I", "format"):
        subprocess.run([*ruff, *command.split(), *options.split(), output], check=True)


def differences(left: Path, right: Path) -> list[str]:
    def tree(root: Path) -> set[Path]:
        return {
            p.relative_to(root)
            for p in root.rglob("*")
            if p.is_file() and "__pycache__" not in p.parts
        }

    changed = {
        p
        for p in tree(left) & tree(right)
        if not filecmp.cmp(left / p, right / p, shallow=False)
    }
    return sorted(str(p) for p in changed | (tree(left) ^ tree(right)))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 on any difference"
    )
    check = parser.parse_args().check
    try:
        check_upstream_templates()
        with tempfile.TemporaryDirectory() as folder:
            built = Path(folder) / TARGET.name
            generate_all(built)
            changed = differences(built, TARGET)
            if check and changed:
                raise Failure(
                    "generated/ is not what the specs give; run make generate:\n  "
                    + "\n  ".join(changed)
                )
            if changed:
                shutil.rmtree(TARGET, ignore_errors=True)
                shutil.copytree(built, TARGET)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    count = len(spec_files(OPENAPI))
    print(
        f"{count} clients as generated"
        if check
        else f"{count} clients, {len(changed)} files changed"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
