"""Edit a YAML file, and nothing of it but what the edit is about: comments, quotes and layout stay."""

from __future__ import annotations

import io
from collections.abc import Callable
from difflib import SequenceMatcher
from typing import Any

from ruamel.yaml import YAML

Node = Any
"""Of YAML, with its comments."""


def edited(text: str, edit: Callable[[Node], None]) -> str:
    """The text after `edit` has changed its tree."""
    yaml = _yaml()
    tree = yaml.load(text)
    before = _dumped(yaml, tree)
    edit(tree)
    after = _dumped(yaml, tree)
    lines = text.splitlines(keepends=True)
    if len(lines) != len(before):
        return "".join(after)
    # There is more than one way to write a thing: where the edit did nothing, what was written stays.
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return "".join(
        line
        for tag, begin, end, new_begin, new_end in matcher.get_opcodes()
        for line in (lines[begin:end] if tag == "equal" else after[new_begin:new_end])
    )


def in_one_line(values: list[Any]) -> Node:
    line: Node = YAML().seq(values)
    line.fa.set_flow_style()
    return line


def _dumped(yaml: YAML, tree: Node) -> list[str]:
    out = io.StringIO()
    yaml.dump(tree, out)
    return out.getvalue().splitlines(keepends=True)


def _yaml() -> YAML:
    """As our specs are written."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10**6
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(
        type(None),
        lambda representer, _: representer.represent_scalar(
            "tag:yaml.org,2002:null", "null"
        ),
    )
    return yaml
