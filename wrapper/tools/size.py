"""
Lines of code by folder: without blank lines, comments and docstrings, generated files aside.

    python wrapper/tools/size.py
"""

from __future__ import annotations

import ast
import io
import statistics
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (ROOT / "wrapper" / "imagetasks", ROOT / "mock" / "imagetasks_mock")
MADE = "# Made of "
LAYOUT = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT),
    *(tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING),
}


def main() -> None:
    everything: list[tuple[int, Path]] = []
    code: list[tuple[int, Path]] = []
    functions: list[int] = []
    for package in PACKAGES:
        folders: dict[Path, int] = defaultdict(int)
        for file in sorted(package.rglob("*.py")):
            text = file.read_text()
            if text.startswith(MADE):
                continue
            tree = ast.parse(text)
            code.append((len(code_lines(text, tree)), file))
            folders[file.parent] += code[-1][0]
            functions += function_lengths(tree)
            everything.append((text.count("\n"), file))
        print(f"{package.name}: {sum(folders.values())} lines of code")
        for folder, lines in sorted(folders.items(), key=lambda each: -each[1]):
            print(f"  {lines:6d}  {folder.relative_to(package.parent)}/")
    for name, lengths in (("lines", everything), ("lines of code", code)):
        median = statistics.median(n for n, _ in lengths)
        longest, file = max(lengths)
        print(f"files: {len(lengths)}, median {median:g} {name}, longest {longest} ({file.relative_to(ROOT)})")  # fmt: skip
    print(f"functions: {len(functions)}, median {statistics.median(functions):g} lines")


def code_lines(text: str, tree: ast.Module) -> set[int]:
    """The numbers of the lines that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in LAYOUT:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                lines.difference_update(range(node.lineno, (node.end_lineno or 0) + 1))
    return lines


def function_lengths(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


if __name__ == "__main__":
    main()
