"""Where in a YAML file a JSON pointer leads."""

from __future__ import annotations

import yaml
from examples import LOADER


def line_of(text: str, pointer: str) -> int:
    """From 1; of the nearest parent where nothing is there."""
    node, line = yaml.compose(text, LOADER), 1
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node, yaml.MappingNode):
            found = [(k, v) for k, v in node.value if k.value == key]
        elif isinstance(node, yaml.SequenceNode) and key.isdigit():
            found = [(item, item) for item in node.value[int(key) :][:1]]
        else:
            found = []
        if not found:
            break
        place, node = found[0]
        line = place.start_mark.line + 1
    return line
