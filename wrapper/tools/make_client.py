"""
Makes `Client` from `AsyncClient`, and its drivers from theirs: the same files without `async` and `await`.

    python wrapper/tools/make_client.py            # writes _client.py, and _drivers/{submitter,waiter,...}.py
    python wrapper/tools/make_client.py --check    # fails when one is not what this would write

A line that ends with `# asyncio only` is left out. The other differences are in `_drivers/async_shim.py` and `shim.py`,
which have the same names. Comments and layout stay.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "imagetasks"
DRIVERS = PACKAGE / "_drivers"
TARGETS = {
    PACKAGE / "_async_client.py": PACKAGE / "_client.py",
    **{
        DRIVERS / f"async_{name}.py": DRIVERS / f"{name}.py"
        for name in (
            "downloads",
            "exchanges",
            "fallback",
            "resumer",
            "submitter",
            "waiter",
        )
    },
}
"""What is made of each file by hand."""
MARK = "# asyncio only"
HEADER = "# Made of {} by `make generate`. Edit that file.\n"

NAMES = {
    **{source.stem: target.stem for source, target in TARGETS.items()},
    "async_shim": "shim",
    "async_dispatch": "dispatch",
    "async_download": "download",
    "async_engine": "engine",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "aclose": "close",
    "aclosing": "closing",
    "push_async_callback": "callback",
}
"""Beside these, `AsyncX` becomes `X`."""

PHRASES = {
    "AsyncClient: the verbs, and what they promise. `_drivers` carries them out. `make generate` makes `Client` from this file.": (
        "Client: the verbs, and what they promise. `_drivers` carries them out."
    ),
    "It belongs to the event loop that first uses it. `async with`, or `aclose`, closes it.": (
        "Threads may share it. The `with` block, or `close`, closes it."
    ),
    "None uses httpx; an AsyncClient polls over\n            pyreqwest if the extra `fast` is installed.": "None uses httpx.",
    "even when the call is cancelled:": "even when the call is interrupted:",
    "A second cancellation breaks": "A second interrupt breaks",
    ",\n                also a cancellation; with `asyncio.timeout`, that one is the `__cause__` of the TimeoutError.": (
        ",\n                also a KeyboardInterrupt."
    ),
    "If you cancel the wait, the task": "If you interrupt the wait, the task",
    "\n\n        Raises:\n            RuntimeError: called from another event loop while the client's own is still open. The journal is closed all the same.": "",
}
"""What a docstring or comment says otherwise. An entry that occurs nowhere is an error."""


EXAMPLES = (
    (re.compile(r"^( +)async (with|for) ", re.MULTILINE), r"\1\2 "),
    (re.compile(r"\bawait (client\.)"), r"\1"),
    (re.compile(r"\bAsyncClient\("), "Client("),
)
"""The same for the code that a docstring shows."""


def main() -> int:
    made = to_sync({source: source.read_text() for source in TARGETS})
    stale = []
    for source, target in TARGETS.items():
        text = tidy(made[source], target)
        if "--check" not in sys.argv[1:]:
            target.write_text(text)
        elif not target.exists() or text != target.read_text():
            stale.append(f"{target.name} is not what {source.name} gives")
    if stale:
        print(f"{', '.join(stale)}: run `make generate`.", file=sys.stderr)
    return 1 if stale else 0


def to_sync(sources: Mapping[Path, str]) -> dict[Path, str]:
    """The text for threads of each file."""
    unused = set(PHRASES)
    made = {path: _to_sync(path, text, unused) for path, text in sources.items()}
    if unused:
        raise ValueError(f"phrases that occur nowhere: {sorted(unused)}")
    return made


def _to_sync(path: Path, source: str, unused: set[str]) -> str:
    kept = [x for x in source.splitlines(keepends=True) if not x.rstrip().endswith(MARK)]  # fmt: skip
    text = "".join(kept)
    parts, at = [HEADER.format(path.name)], 0
    for start, end, new in _changes(text, unused):
        parts += text[at:start], new
        at = end
    return "".join([*parts, text[at:]])


def _changes(text: str, unused: set[str]) -> Iterator[tuple[int, int, str]]:
    """From where to where, and what stands there instead."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        start = starts[token.start[0] - 1] + token.start[1]
        end = starts[token.end[0] - 1] + token.end[1]
        if token.type == tokenize.NAME and token.string in ("async", "await"):
            yield start, end + len(text[end:]) - len(text[end:].lstrip(" ")), ""
        elif token.type == tokenize.NAME:
            new = NAMES.get(token.string) or re.sub("^Async(?=[A-Z])", "", token.string)
            yield start, end, new
        elif token.type in (tokenize.STRING, tokenize.COMMENT):
            new = token.string
            for phrase, instead in PHRASES.items():
                if phrase in new:
                    unused.discard(phrase)
                    new = new.replace(phrase, instead)
            for pattern, instead in EXAMPLES:
                new = pattern.sub(instead, new)
            yield start, end, new


def tidy(text: str, target: Path) -> str:
    """Without the imports that are not needed any more, sorted and formatted."""
    for command in (
        ["check", "--quiet", "--fix", "--select", "F401,I001"],
        ["format", "--quiet"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", target, "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        )
        text = done.stdout
    return text


if __name__ == "__main__":
    sys.exit(main())
