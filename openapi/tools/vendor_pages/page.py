"""The page of a vendor: the content of its spec, and the vendor's pages that it was read from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from document import Document

from .objects import objects, resolved, type_of
from .words import cell, code, codes, limits, prose, seconds, table

Node = dict[str, Any]
UNDOCUMENTED = re.compile(r"Not documented[^:.]*: *(.*)\.$", re.DOTALL)
LIFECYCLE = "x-task-lifecycle"


def page(spec: Document, name: str) -> str:
    parts = [
        f"# {name}\n",
        f"<!-- Made from openapi/{name}.yaml by `make generate`. -->\n",
        f"{prose(spec.data['info'].get('summary', ''))}.\n",
        *_about(spec),
        *_facts(spec, name),
        *_section("States", _states(spec, name)),
        *_section("Operations", _operations(spec)),
        *_section("Requests and answers", objects(spec)),
        *_section("Errors", _errors(spec)),
        *_section("Prices", _prices(spec)),
        *_section("Rate limits", _rate_limits(spec)),
        *_section("Not documented", _undocumented(spec)),
        *_section("Sources", _sources(spec)),
    ]
    return "\n".join(part for part in parts if part).rstrip() + "\n"


def _section(title: str, parts: Iterator[str]) -> Iterator[str]:
    found = [part for part in parts if part]
    if found:
        yield f"## {title}\n"
        yield from found


def _paragraphs(spec: Document) -> list[str]:
    return re.split(r"\n\s*\n", spec.data["info"].get("description", "").strip())


def _about(spec: Document) -> Iterator[str]:
    for paragraph in _paragraphs(spec):
        if not UNDOCUMENTED.match(paragraph):
            yield prose(paragraph) + "\n"


def _facts(spec: Document, name: str) -> Iterator[str]:
    servers = spec.data.get("servers", [])
    rows = [["server", code(s["url"]), cell(s.get("description", ""))] for s in servers]
    schemes = spec.data.get("components", {}).get("securitySchemes", {})
    for scheme in schemes.values():
        sent = f"header {code(scheme['name'])}" if "name" in scheme else f"`Authorization: {scheme.get('scheme', '').capitalize()} ...`"  # fmt: skip
        rows.append(["key", sent, cell(scheme.get("description", ""))])
    version = f"version {spec.data['info']['version']}"
    rows.append(["spec", f"[openapi/{name}.yaml](../../openapi/{name}.yaml)", f"{version}; for its `x-` fields see [the extensions](../extensions.md)"])  # fmt: skip
    yield table(("", "", ""), rows)


def lifecycles(spec: Document) -> Iterator[tuple[Node, Node]]:
    """Each operation that reads tasks, with its life cycle."""
    for _, operation in spec.operations():
        if LIFECYCLE in operation:
            yield operation, operation[LIFECYCLE]


def submits(spec: Document) -> str:
    """The operation whose answer leads to a task, or the number of such operations."""
    names = [
        operation["operationId"]
        for _, operation in spec.operations()
        if any("links" in answer for answer in operation["responses"].values())
    ]
    return names[0] if len(names) == 1 else f"{len(names)} operations"


AT = {
    "id": "task id",
    "state": "state",
    "kind": "picture or video",
    "model": "model",
    "prompt": "prompt",
    "created": "time of creation",
    "finished": "time of completion",
    "result": "results",
    "error-code": "code of a failure",
    "error-message": "message of a failure",
    "credits": "credits charged",
    "refunded": "credits refunded or not",
    "seconds-left": "estimated seconds left",
    "status-url": "URL of the next poll",
    "request": "submitted request",
}


def _states(spec: Document, name: str) -> Iterator[str]:
    for operation, lifecycle in lifecycles(spec):
        yield f"![The states of a task at {name}](images/{name}.svg)\n"
        ident = code(operation["operationId"])
        yield f"These are the states that {ident} returns. A poll shows only the current state, so a client may not see every state.\n"
        rows = [[code(s["value"]), s["meaning"]] for s in lifecycle["states"]]
        yield table(("value", "meaning"), rows)
        yield table(("", ""), _times(lifecycle))
        yield f"Places in the answer of {ident}:\n"
        places = lifecycle["at"].items()
        yield table(("value", "JSON pointer"), [[AT.get(k, k), _places(v)] for k, v in places])  # fmt: skip


def _times(lifecycle: Node) -> Iterator[list[str]]:
    gap = lifecycle.get("poll-gap", {})
    low, high = gap.get("min"), gap.get("max")
    documented = f"{low:g} to {high:g} s" if low and high else f"from {low:g} s" if low else f"up to {high:g} s" if high else "not documented"  # fmt: skip
    yield ["gap between two polls", documented]
    if "upstream-refresh" in lifecycle:
        every = seconds(lifecycle["upstream-refresh"])
        yield ["the vendor itself refreshes a task", f"every {every}"]
    life = lifecycle.get("result-lifetime")
    yield ["lifetime of a result", seconds(life) if life else "not documented"]  # fmt: skip
    yield ["unit of times", lifecycle["time-unit"].replace("iso8601", "ISO 8601")]  # fmt: skip
    yield ["call that cancels a task", code(lifecycle["cancel"]) if "cancel" in lifecycle else "not documented"]  # fmt: skip


def _places(places: list[Any]) -> str:
    words = [
        code(p) if isinstance(p, str) else f"{code(p['json'])} in the JSON of {code(p['in'])}"
        for p in places
    ]  # fmt: skip
    return ", else ".join(words)


def _operations(spec: Document) -> Iterator[str]:
    for pointer, operation in spec.operations():
        if not pointer.startswith(("/paths/", "/webhooks/")) or "/callbacks/" in pointer:  # fmt: skip
            continue
        *_, place, method = (_token(token) for token in pointer.split("/"))
        is_webhook = pointer.startswith("/webhooks/")
        way = "called by the vendor" if is_webhook else code(f"{method.upper()} {place}")  # fmt: skip
        yield f"### {operation['operationId']}\n"
        gone = " Deprecated by the vendor." if operation.get("deprecated") else ""
        yield f"{prose(operation.get('summary', ''))}: {way}.{gone}\n"
        if "description" in operation:
            yield prose(operation["description"]) + "\n"
        yield table(
            ("parameter", "in", "required", "limits", ""), _parameters(spec, operation)
        )
        for schema in _schemas(spec, operation.get("requestBody", {})):
            yield f"Request: {type_of(spec, schema)}\n"
        yield table(("answer", "body", ""), _answers(spec, operation))


def _token(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _parameters(spec: Document, operation: Node) -> Iterator[list[str]]:
    for one in operation.get("parameters", ()):
        parameter = resolved(spec, one)
        schema = resolved(spec, parameter.get("schema", {}))
        said = "; ".join(filter(None, (limits(schema), "the same value returns the same task" if parameter.get("x-idempotency-key") else "")))  # fmt: skip
        needed = "yes" if parameter.get("required") else ""
        words = str(parameter.get("description", schema.get("description", "")))
        yield [code(parameter["name"]), parameter["in"], needed, said, cell(words)]


def _schemas(spec: Document, node: Node) -> Iterator[Node]:
    for content in resolved(spec, node).get("content", {}).values():
        if "schema" in content:
            yield content["schema"]


def _answers(spec: Document, operation: Node) -> Iterator[list[str]]:
    for status, one in operation["responses"].items():
        answer = resolved(spec, one)
        bodies = ", ".join(type_of(spec, s) for s in _schemas(spec, one))
        yield [str(status), bodies, cell(answer.get("description", ""))]


def _errors(spec: Document) -> Iterator[str]:
    found = list(_by_status(spec))
    if found:
        yield table(("HTTP", "example", "operations"), found)
    coded = spec.data.get("x-codes")
    if coded:
        yield f"Each answer has a code at {code(coded['at'])}; {code(coded['ok'])} is success, whatever the HTTP status.\n"  # fmt: skip
        rows = [
            [code(m["code"]), m["error"].replace("-", " "), cell(_words(spec, coded, m["code"])), codes(m.get("operations", ()))]
            for m in sorted(coded.get("meanings", ()), key=lambda m: str(m["code"]))
        ]  # fmt: skip
        yield table(("code", "meaning", "vendor's words", "only in"), rows)
    yield _why_tasks_fail(spec)


def _why_tasks_fail(spec: Document) -> str:
    reasons = spec.data.get("x-failure-reasons", ())
    rows = [
        [
            r["reason"].replace("-", " "),
            code(r["code"]) if "code" in r else "",
            f'"{cell(r["words"])}"' if "words" in r else "",
        ]
        for r in reasons
    ]
    made = table(("reason", "code", "words"), rows)
    return f"Documented reasons why a task fails:\n\n{made}" if made else ""


def _examples(spec: Document, answer: Node) -> Iterator[Node]:
    for content in answer.get("content", {}).values():
        for one in content.get("examples", {}).values():
            yield resolved(spec, one)


def _by_status(spec: Document) -> Iterator[list[str]]:
    """Refusals by HTTP status, each distinct body once."""
    rows: dict[tuple[str, str], list[str]] = {}
    for _, operation in spec.operations():
        for status, one in operation["responses"].items():
            answer = resolved(spec, one)
            if str(status).startswith("2") or answer.get("x-undocumented"):
                continue
            bodies = [json.dumps(e["value"], ensure_ascii=False) for e in _examples(spec, answer) if "value" in e]  # fmt: skip
            for body in bodies or [""]:
                rows.setdefault((str(status), body), []).append(operation["operationId"])  # fmt: skip
    for (status, body), names in sorted(rows.items(), key=lambda row: row[0][0]):
        yield [status, code(body).replace("|", "\\|") if body else "", codes(dict.fromkeys(names))]  # fmt: skip


def _words(spec: Document, coded: Node, wanted: Any) -> str:
    """The message in an example of an answer with this code."""
    named = spec.data.get("components", {}).get("examples", {}).values()
    inline = (
        example
        for _, operation in spec.operations()
        for one in operation["responses"].values()
        for example in _examples(spec, resolved(spec, one))
    )
    for example in (*named, *inline):
        value = Document(example.get("value", {}))
        try:
            if value.at(coded["at"]) == wanted:
                return str(value.at(coded["message"]))
        except (LookupError, TypeError, ValueError):
            continue
    return ""


def _prices(spec: Document) -> Iterator[str]:
    section = spec.data.get("x-prices", {})
    rows = []
    for entry in section.get("prices", ()):
        when = ", ".join(f"{code(k)} is {code(v)}" for k, v in entry["when"].items())
        credits = entry["credits"]
        price = " or ".join(map(str, credits)) if isinstance(credits, list) else str(credits)  # fmt: skip
        per = f"{price} times {code(entry['per'])}" if "per" in entry else price
        rows.append([code(entry["operation"]) if "operation" in entry else "", when or "always", per])  # fmt: skip
    made = table(("operation", "when", "credits"), rows)
    if made:
        yield made
        yield "The first row that matches applies. If a row has several numbers, no page says which one applies.\n"  # fmt: skip
    for place in section.get("inferred", ()):
        yield f"The pages price {code(place)} without naming that field: its name is inferred.\n"  # fmt: skip


def _rate_limits(spec: Document) -> Iterator[str]:
    section = spec.data.get("x-rate-limits", {})
    tiers = {**({"": section["limits"]} if "limits" in section else {}), **section.get("tiers", {})}  # fmt: skip
    rows = [
        [
            code(tier) if tier else "",
            code(name) if name != "activeTasks" else "active tasks",
            f"{windows}" if isinstance(windows, int) else ", ".join(f"{w['requests']:,} in {seconds(w['seconds'])}" for w in windows),
        ]
        for tier, named in tiers.items()
        for name, windows in named.items()
    ]  # fmt: skip
    made = table(("tier", "operation", "at most"), rows)
    if made:
        whose = {"api-key": "an API key", "account": "an account"}
        yield f"The limits apply to {whose[section['scope']]}.\n"
        yield made


def _undocumented(spec: Document) -> Iterator[str]:
    lines = [
        line
        for paragraph in _paragraphs(spec)
        if (found := UNDOCUMENTED.match(paragraph))
        for line in re.split(r";\s+(?:and\s+)?", found[1])
    ]
    for _, operation in spec.operations():
        lines += [
            f"{code(operation['operationId'])} with {status}: no page describes the answer"
            for status, one in operation["responses"].items()
            if resolved(spec, one).get("x-undocumented")
        ]
    if "x-prices" not in spec.data:
        lines.append("prices")
    if "x-rate-limits" not in spec.data and not any("rate limit" in one for one in lines):  # fmt: skip
        lines.append("rate limits")
    yield "".join(f"- {cell(line)}\n" for line in lines)


def _sources(spec: Document) -> Iterator[str]:
    """Each page with the day on which it was read."""
    found: dict[tuple[str, str, str], tuple[list[str], list[str]]] = {}
    named = [(code(o.get("operationId", "")), o) for _, o in spec.operations()]
    named += [(name, spec.data.get(key, {})) for key, name in (("x-prices", "prices"), ("x-rate-limits", "rate limits"))]  # fmt: skip
    named += [("why tasks fail", r) for r in spec.data.get("x-failure-reasons", ())]
    for what, node in named:
        for source in node.get("x-source", ()):
            key = source["url"], str(source["read"]), source.get("copy", "the page itself")  # fmt: skip
            whats, notes = found.setdefault(key, ([], []))
            whats.append(what)
            notes.append(source.get("note", ""))
    rows = [
        [f"<{url}>", read, cell(copy), ", ".join(dict.fromkeys(whats)), cell("; ".join(dict.fromkeys(filter(None, notes))))]
        for (url, read, copy), (whats, notes) in found.items()
    ]  # fmt: skip
    yield table(("page", "read", "copy", "used for", "note"), rows)
