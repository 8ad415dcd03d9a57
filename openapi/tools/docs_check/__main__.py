"""
Check the vendors' pages against the specs.

    python -m docs_check [PAGE ...] [--pages DIR] [--format text|json|github] [--record]

Exit codes: 0 nothing to do; 1 findings, or an accepted one that no longer occurs; 2 a page could not be checked, or
sources.yaml cannot be used (whatever else was found).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import yaml
from examples import Spec, spec_files

from . import fetch, report
from .check import Result, check
from .fetch import Source
from .sources import BadSources, Page, Sources, disagreements

OPENAPI = Path(__file__).parents[2]


def main(arguments: list[str] | None = None, openapi: Path = OPENAPI) -> int:
    options = _parser().parse_args(arguments)
    try:
        sources = Sources(openapi / "sources.yaml")
        specs = {file.stem: _spec(file) for file in spec_files(openapi)}
        if problems := list(disagreements(sources, specs)):
            raise BadSources("\n".join(problems))
        chosen = _chosen(sources, options.page, options.pages)
    except BadSources as error:
        print(error, file=sys.stderr)
        return 2
    with fetch.client() as http:
        results = [
            check(page, _source(page, options.pages, http), specs[page.provider])
            for page in chosen
        ]
    if options.record:
        for result in results:
            if not result.unchecked:
                sources.record(result.page, result.hashes, result.matched)
        sources.save()
    writers: dict[str, Callable[[list[Result]], str]] = {
        "text": report.text,
        "json": report.as_json,
        "github": partial(report.github, openapi=Path(os.path.relpath(openapi))),
    }
    sys.stdout.write(writers[options.format](results))
    return exit_code(results)


def exit_code(results: list[Result]) -> int:
    if any(result.unchecked for result in results):
        return 2
    return int(any(result.findings or result.stale for result in results))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="docs_check",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("page", nargs="*", help="names in sources.yaml, as provider-page; all without")
    add(
        "--pages",
        type=Path,
        metavar="DIR",
        help="saved pages, as provider-page.html, .md or .txt; those not saved are left out",
    )
    add("--format", choices=("text", "json", "github"), default="text")
    add("--record", action="store_true", help="write what was seen to sources.yaml")
    return parser


def _spec(file: Path) -> Spec:
    try:
        return Spec.load(file)
    except yaml.YAMLError as error:
        raise BadSources(f"{file}: {error}") from error


def _chosen(sources: Sources, names: list[str], folder: Path | None) -> list[Page]:
    by_name = {page.name: page for page in sources.pages}
    if unknown := [name for name in names if name not in by_name]:
        raise BadSources(f"no such page in {sources.file.name}: {', '.join(unknown)}")
    if not names:
        names = _saved(folder, by_name) if folder else list(by_name)
    return [by_name[name] for name in names]


def _saved(folder: Path, by_name: dict[str, Page]) -> list[str]:
    if not folder.is_dir():
        raise BadSources(f"no such folder: {folder}")
    files = [file for file in sorted(folder.iterdir()) if file.suffix in fetch.SUFFIXES]
    for file in files:
        if file.stem not in by_name:
            raise BadSources(
                f"{file}: no page of sources.yaml has this name; they are {', '.join(by_name)}"
            )
    if not files:
        raise BadSources(
            f"no saved pages in {folder}: they are named provider-page.html, .md or .txt"
        )
    return list(dict.fromkeys(file.stem for file in files))


def _source(
    page: Page, folder: Path | None, http: httpx.Client
) -> Callable[[], Source]:
    if folder:
        return partial(fetch.from_folder, page.name, folder)
    return partial(fetch.from_web, page.url, http)


if __name__ == "__main__":
    sys.exit(main())
