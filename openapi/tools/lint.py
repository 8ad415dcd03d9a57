"""
Check `openapi/<provider>.yaml`: valid OpenAPI, true examples, and this project's rules.

    python openapi/tools/lint.py [FILE ...]

Each finding is printed as `file:line: pointer: message (rule)`; one is enough to fail.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import prices
import to_do
import yaml
from defaults import schemas_have_no_default
from document import NOWHERE, Problems, join
from examples import Spec, flaws, spec_files
from failure import Failure
from failures import failure_reasons_are_shown
from lifecycle import KEYWORD, header_schema, lifecycle_is_true
from lines import line_of
from openapi_spec_validator import OpenAPIV31SpecValidator
from redocly_cli import CONFIG, run_redocly

TOOLS = Path(__file__).parent
OPENAPI = TOOLS.parent

EXTENSIONS_PAGE = "docs/extensions.md"
EXTENSIONS = json.loads((TOOLS / "extensions.schema.json").read_text())


class Finding(NamedTuple):
    file: str
    line: int
    pointer: str
    message: str
    rule: str

    def __str__(self) -> str:
        message = " ".join(self.message.split())
        if len(message) > 400:  # some quote a whole document
            message = f"{message[:200]} ... {message[-200:]}"
        message = f"{message} ({self.rule})"
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.pointer, message) if part)


# What a file has to be before the rest can be asked


def references_lead_somewhere(spec: Spec) -> Problems:
    for pointer, node in chain(spec.objects(), spec.schemas()):
        reference = node.get("$ref", "#")
        try:
            if not reference.startswith("#"):
                raise LookupError("each provider is one file")
            spec.at(reference.removeprefix("#"))
        except NOWHERE:
            yield join(pointer, "$ref"), f"leads nowhere: {reference}"


def is_valid_openapi(spec: Spec) -> Problems:
    for error in OpenAPIV31SpecValidator(spec.data).iter_errors():
        yield join("", *error.absolute_path), error.message.partition("\n")[0]


# The rules


def examples_fit_their_schemas(spec: Spec) -> Problems:
    for example in spec.examples():
        for place, problem in spec.problems(example.schema, example.value):
            yield example.pointer + place, problem


def headers_of_examples_fit_their_schemas(spec: Spec) -> Problems:
    """`x-headers` of an example: OpenAPI has no word for what headers say beside a body."""
    for example in spec.examples():
        for name, text in example.headers.items():
            place = join(example.pointer.removesuffix("/value"), "x-headers", name)
            schema = header_schema(spec, example, name)
            if schema is None:
                yield place, "the response describes no such header"
            else:
                for _, problem in spec.problems(schema, text):
                    yield place, problem


def media_types_have_named_examples(spec: Spec) -> Problems:
    for pointer, node in spec.objects():
        for name, media_type in node.get("content", {}).items():
            place = join(pointer, "content", name)
            if "example" in media_type:
                yield join(place, "example"), "give it a name, under `examples`"
            elif not media_type.get("examples"):
                yield place, "no named examples"
            for key in media_type.get("examples", {}):
                example = spec.follow(join(place, "examples", key))
                for missing in sorted({"summary", "value"} - spec.at(example).keys()):
                    yield example, f"the example has no {missing}"


def operations_name_their_sources(spec: Spec) -> Problems:
    for pointer, operation in spec.operations():
        if "x-source" not in operation:
            yield pointer, "no x-source: which page says so, and when was it read?"


def extensions_are_described(spec: Spec) -> Problems:
    """One that nobody described is one that nobody reads, a misspelt one above all."""
    for pointer, node in chain(spec.objects(), spec.schemas()):
        # Beside `headers` and `parameters` stand names of headers: x-what-ever.
        if not pointer.endswith(("/headers", "/parameters")):
            extensions = {k: v for k, v in node.items() if k.startswith("x-")}
            yield from flaws(EXTENSIONS, extensions, pointer)
    for name in ("x-prices", "x-rate-limits"):
        section = spec.data.get(name, {})
        extensions = {k: v for k, v in section.items() if k.startswith("x-")}
        yield from flaws(EXTENSIONS, extensions, f"/{name}")


def told_states_are_states(spec: Spec) -> Problems:
    """The mock tells of a task's own states; a webhook for another one would never be sent."""
    listed = [
        state["value"]
        for _, operation in spec.operations()
        for state in operation.get("x-task-lifecycle", {}).get("states", ())
    ]
    for pointer, node in spec.objects():
        for n, state in enumerate(node.get("x-told-states", ())):
            if state not in listed:
                yield f"{pointer}/x-told-states/{n}", "no task has this state"


def nothing_is_left_to_do(spec: Spec) -> Problems:
    """`make provider` writes TODO where a page has to be read."""
    yield from to_do.in_spec(spec.data)


def documented_defaults_fit_their_schemas(spec: Spec) -> Problems:
    """They say what holds when a field is left out; nobody sends them."""
    for pointer, schema in spec.schemas():
        if "x-documented-default" in schema:
            for place, problem in spec.problems(
                pointer, schema["x-documented-default"]
            ):
                yield join(pointer, "x-documented-default") + place, problem


def servers_are_the_vendor_s_own(spec: Spec) -> Problems:
    """Calls go to the first one; the address that an answer gives is followed to any of them, key and all."""
    servers = spec.data.get("servers", [])
    if not servers:
        yield "/servers", "none: where do calls go?"
    for n, server in enumerate(servers):
        place, url = f"/servers/{n}/url", server["url"]
        variables = server.get("variables", {})
        for name in re.findall(r"\{(.+?)\}", url):
            if name not in variables:
                yield place, f"`variables` does not describe {name}"
            elif "enum" not in variables[name] and _anybody_can_be(name, url):
                yield (
                    place,
                    f"anybody can have a host that fits {{{name}}}: list what it may be, as its enum",
                )
        if not url.startswith("https://"):
            yield place, "calls carry a key: https:// and a host"


def _anybody_can_be(name: str, url: str) -> bool:
    """A heuristic: two labels behind a variable are taken for a domain that the vendor has registered."""
    host = url.partition("://")[2].partition("/")[0]
    _, variable, behind = host.partition(f"{{{name}}}")
    return bool(variable) and behind.count(".") < 2


def size_rules_are_of_fields(spec: Spec) -> Problems:
    for pointer, schema in spec.schemas():
        edges = schema.get("x-size-rules", {}).get("edges", ())
        for index, name in enumerate(edges):
            if name not in schema.get("properties", {}):
                yield join(pointer, "x-size-rules", "edges", index), "no such property"


def status_operations_have_a_lifecycle(spec: Spec) -> Problems:
    """A link that fills a body leads on from a task; any other one leads to where a task is read."""
    named = [(p, node) for p, node in spec.objects() if "operationId" in node]
    links = [(p, node) for p, node in named if "responses" not in node]
    read = {node["operationId"] for _, node in links if "requestBody" not in node}
    known = set()
    for pointer, operation in spec.operations():
        known.add(operation.get("operationId"))
        if KEYWORD in operation:
            yield from lifecycle_is_true(spec, pointer, operation)
        elif operation.get("operationId") in read:
            yield pointer, f"a link leads here, but there is no {KEYWORD}"
    for pointer, link in links:
        if link["operationId"] not in known:
            yield join(pointer, "operationId"), "no operation has this id"


def ids_are_opaque(spec: Spec) -> Problems:
    """A vendor answers an id of another form like any unknown one; a mock that follows `format` would not."""
    for pointer, operation in spec.operations():
        if KEYWORD not in operation:
            continue
        for index in range(len(operation.get("parameters", ()))):
            parameter = spec.follow(join(pointer, "parameters", index))
            if not spec.at(parameter).get("required"):
                continue
            schema = spec.follow(join(parameter, "schema"))
            for word in sorted({"format", "pattern"} & spec.at(schema).keys()):
                yield (
                    join(schema, word),
                    "an id is opaque: say its form in the description",
                )


def _with_a_class(spec: Spec) -> Iterator[tuple[str, dict[str, Any]]]:
    """Without those that only a validator reads."""
    for pointer, schema in spec.schemas():
        if not re.search("(?<!/properties)/(if|then|else|not)(/|$)", pointer):
            yield pointer, schema


def values_that_may_be_null_are_named(spec: Spec) -> Problems:
    for pointer, schema in _with_a_class(spec):
        if "enum" in schema and isinstance(schema.get("type"), list):
            yield (
                join(pointer, "enum"),
                "the generator makes three classes of this: write oneOf with a schema of its own and {type: 'null'}",
            )


def values_have_names(spec: Spec) -> Problems:
    """The generator calls `16:9` VALUE_0, so that a value which is put before it renames it."""
    for pointer, schema in _with_a_class(spec):
        if "x-enum-varnames" in schema:
            continue
        for index, value in enumerate(schema.get("enum", ())):
            if isinstance(value, str) and not value[:1].isalpha():
                place = join(pointer, "enum", index)
                yield (
                    place,
                    f"{value!r} is no name: give all of them one in x-enum-varnames",
                )
                break


def limits_are_of_operations(spec: Spec) -> Problems:
    """What reads them finds nothing under a name that is not an operationId, and says nothing."""
    rates = spec.data.get("x-rate-limits", {})
    found = list(flaws(prices.SCHEMA, {"x-rate-limits": rates} if rates else {}, ""))
    yield from found
    if found:
        return
    known = {operation.get("operationId") for _, operation in spec.operations()}
    tiers = rates.get("tiers", {}).items()
    for place, limits in (
        ("limits", rates.get("limits", {})),
        *((f"tiers/{tier}", limits) for tier, limits in tiers),
    ):
        for name in limits.keys() - known - {"activeTasks"}:
            yield f"/x-rate-limits/{place}/{name}", "no operation has this id"


# From files to findings


FOUNDATIONS = (references_lead_somewhere, is_valid_openapi)
RULES = (
    examples_fit_their_schemas,
    headers_of_examples_fit_their_schemas,
    media_types_have_named_examples,
    operations_name_their_sources,
    extensions_are_described,
    told_states_are_states,
    nothing_is_left_to_do,
    schemas_have_no_default,
    documented_defaults_fit_their_schemas,
    servers_are_the_vendor_s_own,
    size_rules_are_of_fields,
    status_operations_have_a_lifecycle,
    ids_are_opaque,
    values_that_may_be_null_are_named,
    values_have_names,
    limits_are_of_operations,
    prices.prices_are_of_requests,
    failure_reasons_are_shown,
)


def broken_rules(spec: Spec) -> Iterator[tuple[str, str, str]]:
    """Rule, pointer, message. Where a foundation is missing, the rest is not asked."""
    for rule in chain(FOUNDATIONS, RULES):
        name = rule.__name__.replace("_", "-")
        found = [(name, *problem) for problem in rule(spec)]
        yield from found
        if found and rule in FOUNDATIONS:
            return


def problems(spec: Spec) -> Problems:
    for _, pointer, message in broken_rules(spec):
        yield pointer, message


def check(file: Path) -> Iterator[Finding]:
    name = os.path.relpath(file)
    try:
        spec = Spec.load(file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 0
        words = ", ".join(filter(None, (error.context, error.problem)))
        yield Finding(name, line, "", words, "yaml")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        yield Finding(name, line, "", f"this is not UTF-8: {error.reason}", "yaml")
    except (yaml.YAMLError, ValueError) as error:
        yield Finding(name, 0, "", str(error), "yaml")
    else:
        text = file.read_text(encoding="utf-8")
        if EXTENSIONS_PAGE not in text:
            words = f"a comment at the head says where its extensions are described: {EXTENSIONS_PAGE}"
            yield Finding(name, 1, "", words, "extensions-are-linked")
        for rule, pointer, message in broken_rules(spec):
            yield Finding(name, line_of(text, pointer), pointer, message, rule)


def beside_specs(root: Path, names: list[str]) -> Iterator[Finding]:
    """What is left to do for these vendors in the other files of `make provider`."""
    for file, line, words in to_do.beside_specs(root, names):
        yield Finding(file, line, "", words, "nothing-is-left-to-do")


def redocly(files: list[Path]) -> Iterator[Finding]:
    """A warning counts. One run for all files: most of its time is the start."""
    options = [f"--config={CONFIG}", "--format=json"]
    run = run_redocly("lint", *options, "--max-problems=999", *map(str, files))
    reports = list(json_documents(run.stdout))
    if len(reports) < len(files):
        yield Finding("redocly", 0, "", run.stderr[-400:], "redocly")
    for problem in chain.from_iterable(report["problems"] for report in reports):
        place = problem["location"][0]
        file, pointer = place["source"]["ref"], place.get("pointer", "")
        line = line_of(Path(file).read_text(encoding="utf-8"), pointer)
        yield Finding(
            file, line, pointer.removeprefix("#"), problem["message"], problem["ruleId"]
        )


def json_documents(text: str) -> Iterator[Any]:
    """Redocly writes one per file, with nothing between them."""
    while text := text.lstrip():
        document, end = json.JSONDecoder().raw_decode(text)
        yield document
        text = text[end:]


def main(arguments: list[str]) -> int:
    files = [Path(name) for name in arguments] or spec_files(OPENAPI)
    try:
        findings = [finding for file in files for finding in check(file)]
        # Of a file that it cannot parse it says so in its own way, and nothing of the others.
        if all(finding.rule != "yaml" for finding in findings):
            findings += redocly(files)
        if not arguments:
            findings += beside_specs(OPENAPI.parent, [file.stem for file in files])
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    if findings:
        print(*dict.fromkeys(findings), sep="\n")
        return 1
    examples = sum(len(list(Spec.load(file).examples())) for file in files)
    print(f"{len(files)} specs, {examples} examples: no findings")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
