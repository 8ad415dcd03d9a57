"""`openapi/sources.yaml`: the pages that the specs were read from, and what was seen on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from document import join
from examples import Spec, flaws
from failure import Failure
from lines import line_of
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

# What a page may feed apart from operations. Of the first two only the lines are compared.
FAILURES = "x-failure-reasons"
EXTENSIONS = ("x-prices", "x-rate-limits", FAILURES)
TEXT = {"type": "string", "minLength": 1}
HASHES = {"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{8}$"}}
ACCEPTED = {
    "type": "object",
    "required": ["kind", "side", "value", "at", "reason"],
    "properties": {
        "kind": TEXT,
        "side": {"enum": ["page", "spec"]},
        "value": TEXT,
        "at": {"type": "string", "format": "json-pointer"},
        "reason": TEXT,
    },
    "additionalProperties": False,
}
PAGE = {
    "type": "object",
    "required": ["url", "read", "feeds", "lines"],
    "properties": {
        "url": {"type": "string", "format": "uri"},
        "read": {"type": "string", "format": "date"},
        "feeds": {"type": "array", "minItems": 1, "items": TEXT},
        "language": {"type": "string", "pattern": "^[a-z]{2}$"},
        "accepted": {"type": "array", "items": ACCEPTED},
        "hashed": {"type": "string", "format": "date"},
        "lines": {"anyOf": [{"type": "null"}, HASHES]},
        "matched": {"type": "object", "additionalProperties": HASHES},
    },
    "additionalProperties": False,
}
PAGES = {"type": "object", "additionalProperties": PAGE}
SCHEMA = {"type": "object", "additionalProperties": PAGES}


@dataclass(frozen=True)
class Accepted:
    kind: str
    side: str
    value: str
    at: str
    reason: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.kind, self.side, self.value, self.at


@dataclass
class Page:
    provider: str
    key: str
    url: str
    read: str
    feeds: list[str]
    lines: list[str] | None
    """Short hashes, in the order of the page; None: not read as text yet."""
    language: str = "en"
    hashed: str = ""
    matched: dict[str, list[str]] = field(default_factory=dict)
    accepted: list[Accepted] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.provider}-{self.key}"

    @property
    def pointer(self) -> str:
        """Into sources.yaml."""
        return join("", self.provider, self.key)

    @property
    def operations(self) -> list[str]:
        return [fed for fed in self.feeds if fed not in EXTENSIONS]


class Sources:
    def __init__(self, file: Path) -> None:
        self.file = file
        self._yaml = YAML()
        self._yaml.width = 120
        self._yaml.preserve_quotes = True
        self._yaml.representer.add_representer(type(None), _null)
        try:
            self._text = file.read_text(encoding="utf-8")
            self._data = self._yaml.load(self._text) or {}
        except OSError as error:
            raise Failure(f"{file}: {error.strerror}") from error
        except MarkedYAMLError as error:
            raise not_yaml(file, error) from error
        plain = _plain(self._data)
        wrong = [
            f"{self.place(at)}: {at}: {why}" for at, why in flaws(SCHEMA, plain, "")
        ]
        if wrong:
            raise Failure("\n".join(wrong))
        self.pages = [
            _page(provider, key, dict(described))
            for provider, pages in plain.items()
            for key, described in pages.items()
        ]

    def record(
        self, page: Page, hashes: list[str], matched: dict[str, list[str]]
    ) -> None:
        """In memory; `save` writes."""
        node = self._data[page.provider][page.key]
        changed = page.lines != hashes or page.matched != matched
        if changed:
            node["hashed"] = date.today()
            node["lines"] = _flow(hashes)
            node["matched"] = CommentedMap(
                (at, _flow(by)) for at, by in matched.items()
            )

    def save(self) -> None:
        text = StringIO()
        self._yaml.dump(self._data, text)
        # Wrapped lists come with blanks at the ends of lines.
        lines = (line.rstrip() for line in text.getvalue().splitlines())
        aside = self.file.with_suffix(".new")
        aside.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        aside.replace(self.file)

    def place(self, pointer: str) -> str:
        return f"{self.file}:{line_of(self._text, pointer)}"


def not_yaml(file: Path, error: Any) -> Failure:
    """Of PyYAML and ruamel.yaml: both mark the place."""
    mark = error.problem_mark
    line = mark.line + 1 if mark else 1
    return Failure(f"{file}:{line}: no YAML: {error.problem or error.context}")


def disagreements(sources: Sources, specs: dict[str, Spec]) -> Iterator[str]:
    """Each page that a spec names as its source is in the file, as read then, as feeding that; and no other."""
    known = {(page.provider, page.url): page for page in sources.pages}
    named: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for provider, spec in specs.items():
        for feeds, source in _sources_of(spec):
            if not source.keys() >= {"url", "read"}:
                yield f"{provider}.yaml: an x-source of {feeds} has no url, or no day (make lint-specs)"
            else:
                named[provider, source["url"]][feeds] = source["read"]
    for (provider, url), fed in named.items():
        if (provider, url) not in known:
            yield f"{sources.place(join('', provider))}: {url} is missing, from which {provider}.yaml has {_listed(fed)}"
    for at, page in known.items():
        place, fed = sources.place(page.pointer), named.get(at, {})
        if not fed:
            yield f"{place}: {page.name} is no x-source of {page.provider}.yaml: {page.url}"
        elif set(page.feeds) != set(fed):
            yield f"{place}: {page.name} feeds {_listed(page.feeds)}; by x-source in {page.provider}.yaml {_listed(fed)}"
        for by, read in fed.items():
            if read != page.read:
                yield f"{place}: {page.name} was read on {page.read}; by x-source of {by} in {page.provider}.yaml on {read}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _sources_of(spec: Spec) -> Iterator[tuple[str, dict[str, str]]]:
    for pointer, operation in spec.operations():
        for source in operation.get("x-source", ()):
            yield operation.get("operationId", pointer), source
    for extension in EXTENSIONS:
        described = spec.data.get(extension, {})
        # A list has a source for each entry, anything else one for all of it.
        for part in described if isinstance(described, list) else [described]:
            for source in part.get("x-source", ()):
                yield extension, source


def _page(provider: str, key: str, described: dict[str, Any]) -> Page:
    accepted = [Accepted(**one) for one in described.pop("accepted", ())]
    return Page(provider, key, accepted=accepted, **described)


def _null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _flow(items: Iterable[str]) -> CommentedSeq:
    sequence = CommentedSeq(items)
    sequence.fa.set_flow_style()
    return sequence


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return str(node) if isinstance(node, date | str) else node
