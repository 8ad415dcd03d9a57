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
from failure import Failure

from . import fetch
from .check import Result, check
from .fetch import Source
from .report import FORMATS, Report
from .sources import Page, Sources, disagreements, not_yaml

OPENAPI = Path(__file__).parents[2]


def main(arguments: list[str] | None = None, openapi: Path = OPENAPI) -> int:
    options = _parser().parse_args(arguments)
    try:
        sources = Sources(openapi / "sources.yaml")
        specs = {file.stem: _spec(file) for file in spec_files(openapi)}
        if problems := list(disagreements(sources, specs)):
            raise Failure("\n".join(problems))
        saved = fetch.saved(options.pages) if options.pages else None
        chosen = _chosen(sources, options.page, saved)
    except Failure as error:
        print(error, file=sys.stderr)
        return 2
    with fetch.client() as http:
        results = [
            check(page, _getter(page, saved, http), specs[page.provider])
            for page in chosen
        ]
    if options.record:
        for result in results:
            if not result.unchecked:
                sources.record(result.page, result.hashes, result.matched)
        sources.save()
    names = [] if options.page else [page.name for page in sources.pages]
    found = {result.page.name for result in results}
    left_out = [name for name in names if name not in found]
    report = Report(results, Path(os.path.relpath(openapi)), left_out)
    sys.stdout.write(FORMATS[options.format](report))
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
    add("--format", choices=FORMATS, default="text")
    add("--record", action="store_true", help="write what was seen to sources.yaml")
    return parser


def _spec(file: Path) -> Spec:
    try:
        return Spec.load(file)
    except yaml.MarkedYAMLError as error:
        raise not_yaml(file, error) from error


def _chosen(
    sources: Sources, names: list[str], saved: dict[str, Path] | None
) -> list[Page]:
    by_name = {page.name: page for page in sources.pages}
    unknown = [name for name in [*names, *(saved or ())] if name not in by_name]
    if unknown:
        raise Failure(
            f"no page of {sources.file} has the name {', '.join(unknown)}. They are:\n{', '.join(by_name)}"
        )
    return [by_name[name] for name in names or saved or by_name]


def _getter(
    page: Page, saved: dict[str, Path] | None, http: httpx.Client
) -> Callable[[], Source]:
    if saved is None:
        return partial(fetch.from_web, page.url, http)
    return partial(fetch.from_saved, saved, page.name)


if __name__ == "__main__":
    sys.exit(main())
