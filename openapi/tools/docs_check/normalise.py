"""What of a line is no news: navigation, dates, tracking, typography; and its hash."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

BOILERPLATE = re.compile(
    r"""(?xi)
    skip\ to\ (main\ )?content | documentation\ index | on\ this\ page | table\ of\ contents | inhaltsverzeichnis
    | (fetch|use)\ (the|this)\ (complete\ documentation|file)\b.*
    | (was\ this\ (page|section)\ helpful|did\ this\ help)\b.* | (yes|no|copy( page)?|copied!?|search(\.\.\.)?|ask\ ai)
    | (edit|view)\ (this\ page|page|on\ github).* | (previous|next)(\ page)?
    | last\ (updated|modified|published|reviewed)\b.{0,40} | (updated|modified|published)(\ on|\ at)?\b.{0,20}\d{4}
    | (powered\ by|©|copyright\b|all\ rights\ reserved).{0,80}
    | .{0,200}\bcookies?\b.{0,80}\b(accept|consent|preferences|policy|experience)\b.{0,200}
    | (accept|reject|manage)(\ all)?\ cookies?
    """
)
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
DATE = re.compile(
    rf"(?i)\b(?:{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}}\.? {MONTH} \d{{4}}"
    r"|\d{4}-\d\d-\d\d(?:t[\d:.]+(?:z|[+-]\d\d:?\d\d)?)?)"
)
URL = re.compile(r"https?://[^\s\"'<>`)]+\?[^\s\"'<>`)]+")
TRACKING = re.compile(
    r"(?i)utm_\w+|ref|referrer|source|gclid|fbclid|msclkid|mc_[ce]id|_ga|_hs\w*|spm"
)
TYPOGRAPHY = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff")
)


def normalised(text: str) -> str:
    """Empty for a line that is none of the page's own."""
    cells = (" ".join(cell.split()) for cell in text.translate(TYPOGRAPHY).split("\t"))
    text = "\t".join(cells).strip("\t")
    if BOILERPLATE.fullmatch(text) or not re.search(r"[^\W_]", text):
        return "" if not re.search(r"[{}\[\]]", text) else text
    return URL.sub(lambda found: _untracked(found[0]), text)


def _untracked(url: str) -> str:
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in query if not TRACKING.fullmatch(pair[0])]
    return url if kept == query else urlunsplit(parts._replace(query=urlencode(kept)))


def short_hash(text: str) -> str:
    """
    Of a normalised line. White space, cell borders and the marks of Markdown do not count, so that a page has the same
    hashes as HTML, as Markdown and as copied text, as far as their lines are the same; nor do dates.
    """
    bare = re.sub(r"[\s|`*#>]+", "", DATE.sub("", text)).lstrip("-•")
    return sha256(bare.encode()).hexdigest()[:8]


def line_diff(old: list[str], new: list[str]) -> tuple[list[int], list[str]]:
    """Indexes of the new hashes that were not there, and the old ones that are gone. Order does not count."""
    left = Counter(old)
    added = []
    for index, hash in enumerate(new):
        if left[hash]:
            left[hash] -= 1
        else:
            added.append(index)
    return added, list(left.elements())
