"""The shapes of lines that say something of a field, or list values."""

from __future__ import annotations

import re

from .phrases import NAME, TYPE_OF

TYPE_WORD = "|".join(sorted(TYPE_OF, key=len, reverse=True))
ANY_TYPE = rf"(?:{TYPE_WORD})(?:\[\]|\s+of\s+\w+)?(?:\s*(?:\||or)\s*(?:{TYPE_WORD}))*"
PATH = r"[-\s]*((?:[A-Za-z_][\w-]*(?:\[\])?\.)*" + NAME + r")(?:\[\])?"
FIELD_COLUMN = re.compile(
    "(?i)argument|attribute|field|header|key|name|param|parameter|property"
)
# "id*string", "- `id` (string, required): ..."
FIELD_LINE = re.compile(rf"^`?([a-z_][\w-]+)`?\*\s*({ANY_TYPE})$")
FIELD_ITEM = re.compile(rf"^`?{PATH}`?\s*\(({ANY_TYPE})\b[^)]*\)(.*)$")
SEVERAL_WORDS = re.compile(r"\w[\w.:/+-]*(?: \w[\w.:/+-]*){0,3}")
# What may stand before a list. After other words its first element may be part of the sentence.
CUE = re.compile(r"(?i)(?:[:(=]|\b(?:of|are|be|is|either|include|includes))\s*$")
PARTS = re.compile(r"\s*[,|]\s*(?:(?:or|and)\s+)?|\s+(?:or|and)\s+")


def glued_field(several: list[str]) -> re.Pattern[str]:
    """A field's row without gaps: name, type, words."""
    words = "".join(f"{re.escape(name)}|" for name in several)
    name = rf"(?:[\w\[\]]+\.)*({words}[A-Za-z_][\w-]*?)[*?]?"
    return re.compile(rf"^{name}(?i:({ANY_TYPE}))(?=[A-Z`]|$)(.*)$")


def values_patterns(several: list[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a value leads, and a list of values; of several words are only these values."""
    words = "".join(f"{re.escape(value)}|" for value in several)
    led = rf"^[`\"']?({words}\w[\w.:/+-]*?)[`\"']?(?:\s+-\s|:\s|\s?=\s?|\s\(|$)"
    token = rf"[`\"']?(?:{words}\w[\w.:/+-]*)[`\"']?(?:\s?=\s?\w+)?"
    last = rf"(?:\s*,?\s*\b(?:or|and)\s+{token})?"
    sequence = rf"(?:(?<=^)|(?<=[\s(>]))({token}(?:\s*[,|]\s*{token})*{last})"
    return re.compile(led), re.compile(sequence)
