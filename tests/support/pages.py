"""
The fenced blocks of a Markdown page, run in their order.

A page has a folder and a shell of its own. What a block is follows from its language, and from a comment right before it:

    python                      a program; with `def test_...`, a file for pytest
    console                     `$ ` commands for bash, each with what it prints, where the page says so
    json, yaml, toml            parsed
    <!-- goes on -->            the program before goes on: its names are there
    <!-- file: NAME -->         the block is this file in the page's folder. The content may stand in the comment itself.
    <!-- output -->             what the block before prints
    <!-- not run: WHY -->

`make` and `pip install` are not run: the targets and extras that they name have to be there. In what is printed, `...` stands for anything. The port 8765 stands for a free one.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from support.ports import free_port

ROOT = Path(__file__).parents[2]
MARKER = re.compile(r"<!-- *(goes on|file|output|not run)(?:: *(.*?))? *(?:\n(.*))?-->\s*", re.DOTALL)  # fmt: skip
PORT = "8765"
"""The mock's usual one."""
PARSERS = {"json": json.loads, "yaml": yaml.safe_load, "toml": tomllib.loads}


@dataclass(frozen=True)
class Block:
    line: int
    language: str
    """`file` for one that stands in a comment."""
    code: str
    marker: str = ""
    argument: str = ""

    @property
    def is_run(self) -> bool:
        return self.marker not in ("not run", "output", "file")

    @property
    def is_program(self) -> bool:
        return self.is_run and self.language == "python" and not self.is_test

    @property
    def is_test(self) -> bool:
        has_test = re.search(r"^(async )?def test_", self.code, re.MULTILINE)
        return self.is_run and self.language == "python" and has_test is not None

    @property
    def is_session(self) -> bool:
        return self.is_run and self.language == "console"


def blocks(page: Path) -> Iterator[Block]:
    """Those of Sphinx (`{toctree}`) aside. Raises ValueError for a marker that nobody knows."""
    tokens = MarkdownIt("commonmark").parse(page.read_text("utf-8"))
    before: Token | None = None
    for token in tokens:
        marker, argument, hidden = "", "", None
        comment = before if token.type == "fence" else token
        if comment is not None and comment.type == "html_block":
            marker, argument, hidden = _read_marker(page, comment)
        line = (token.map or [0])[0] + 1
        if token.type == "html_block" and hidden is not None:
            yield Block(line, "file", hidden, "file", argument)
        elif token.type == "fence" and not token.info.startswith("{"):
            if hidden is not None:
                marker, argument = "", ""
            yield Block(line, token.info.strip(), token.content, marker, argument)
        before = token


def _read_marker(page: Path, comment: Token) -> tuple[str, str, str | None]:
    found = MARKER.fullmatch(comment.content)
    if found is None:
        return "", "", None
    marker, argument, hidden = found.groups()
    if (marker in ("file", "not run")) != bool(argument):
        line = (comment.map or [0])[0] + 1
        raise ValueError(f"{page}:{line}: `file` needs a name, `not run` a reason, the others nothing")  # fmt: skip
    return marker, argument or "", hidden


class Session:
    """A bash that keeps its folder and variables from one command to the next."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._port = str(free_port())
        self._folder = folder
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env={**env, "NO_COLOR": "1", "COLUMNS": "120"},
            start_new_session=True,
        )

    def run(self, command: str) -> tuple[str, int]:
        """What it prints, on both streams, and how it ends."""
        is_server = re.match(r"imagetasks mock\b", command) is not None
        command = command.replace(PORT, self._port)
        if is_server and "--port" not in command:
            command += f" --port {self._port}"
        if is_server:
            command = f"{command.rstrip('& ')} > {self._folder}/mock.log 2>&1 &"
        mark = f"ended-{uuid4().hex}"
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{command}\nended=$?; echo; echo {mark} $ended\n")
        self._shell.stdin.flush()
        printed = []
        while not (line := self._shell.stdout.readline()).startswith(mark):
            assert line, f"the shell has ended: {command}"
            printed.append(line)
        if is_server:
            wait_for_port(int(self._port))
        text = "".join(printed).removesuffix("\n")
        return text.replace(self._port, PORT), int(line.split()[1])

    def close(self) -> None:
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        # Whatever it has started in the background goes along; the shell leads a session of its own.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._shell.pid, 9)
        self._shell.wait()
        self._shell.stdin.close()
        self._shell.stdout.close()


def wait_for_port(port: int) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            assert time.monotonic() < end, f"nobody listens on {port}"
            time.sleep(0.05)
        else:
            return


def commands(code: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, and what is printed by it as the page has it."""
    command, printed = "", ""
    for line in code.splitlines(keepends=True):
        if line.startswith("$ ") and not command.endswith("\\\n"):
            if command:
                yield command, printed
            command, printed = line[2:], ""
        elif command.endswith("\\\n"):
            command += line.removeprefix("> ")
        else:
            printed += line
    if command:
        yield command, printed


def is_as_printed(expected: str, printed: str) -> bool:
    """`...` stands for anything."""

    def lines(text: str) -> str:
        return "\n".join(line.rstrip() for line in text.strip().splitlines())

    parts = (re.escape(part) for part in lines(expected).split("..."))
    return re.fullmatch(".*".join(parts), lines(printed), re.DOTALL) is not None


class Page:
    """`everything`: sessions and tests too, each of which takes a second or more."""

    def __init__(
        self, path: Path, folder: Path, env: Mapping[str, str], *, everything: bool
    ) -> None:
        self.path = path
        self.env = env
        self._folder = folder
        self._everything = everything
        self._session: Session | None = None
        self._names: dict[str, Any] = {}
        self._printed: str | None = None

    def run(self) -> None:
        try:
            for block in blocks(self.path):
                self._run(block, f"{os.path.relpath(self.path, ROOT)}:{block.line}")
        finally:
            if self._session is not None:
                self._session.close()

    def _run(self, block: Block, place: str) -> None:
        assert block.language, f"{place}: a block says its language"
        if block.marker == "file":
            file = self._folder / block.argument
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.code, "utf-8")
        elif block.marker == "output":
            if self._printed is not None:
                assert is_as_printed(block.code, self._printed), f"{place}: this was printed:\n{self._printed}"  # fmt: skip
        elif block.is_program:
            self._run_program(block, place)
        elif block.is_run and block.language in PARSERS:
            PARSERS[block.language](block.code)
        elif not self._everything:
            self._printed = None
        elif block.is_test:
            self._run_test(block, place)
        elif block.is_session:
            self._run_session(block, place)

    def _run_program(self, block: Block, place: str) -> None:
        if block.marker != "goes on":
            self._names = {"__name__": "__main__"}
        # Its line numbers are those of the page.
        code = "\n" * block.line + block.code
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, str(self.path), "exec"), self._names)
        self._printed = out.getvalue()

    def _run_test(self, block: Block, place: str) -> None:
        name = f"test_of_line_{block.line}.py"
        (self._folder / name).write_text(block.code, "utf-8")
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-Werror", "-p", "no:schemathesis", "-p", "no:cacheprovider", name],
            cwd=self._folder, env=self.env, capture_output=True, text=True,
        )  # fmt: skip
        assert run.returncode == 0, f"{place}:\n{run.stdout}{run.stderr}"
        self._printed = run.stdout

    def _run_session(self, block: Block, place: str) -> None:
        self._session = self._session or Session(self._folder, self.env)
        self._printed = ""
        for command, expected in commands(block.code):
            words = command.split("#")[0].split()
            if words[0] == "make":
                assert set(targets(words)) <= make_targets(), f"{place}: {command}"
                continue
            if words[:2] == ["pip", "install"]:
                assert extras(command) <= known_extras(), f"{place}: {command}"
                continue
            printed, code = self._session.run(command.rstrip("\n"))
            assert code == 0, f"{place}: {command}ended with {code}:\n{printed}"
            if expected.strip():
                assert is_as_printed(expected, printed), f"{place}: {command}printed:\n{printed}"  # fmt: skip
            self._printed += printed


def targets(words: list[str]) -> list[str]:
    """Those of a command line of make."""
    return [word for word in words[1:] if "=" not in word and word[0] != "-"]


def make_targets() -> set[str]:
    return set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))


def extras(command: str) -> set[str]:
    """Ours, of a command line of pip."""
    found = re.findall(r"imagetasks\[([\w, -]+)\]", command)
    return {extra.strip() for listed in found for extra in listed.split(",")}


def known_extras() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return set(project["optional-dependencies"])


def environment(folder: Path, base_urls: Mapping[str, str]) -> dict[str, str]:
    """A user's who has a key of each vendor, and a home that is empty. `base_urls`: those of a mock."""
    home = folder / "home"
    home.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    keys = {f"{name.upper()}_API_KEY": "a-key-that-is-not-real" for name in base_urls}
    urls = {f"{name.upper()}_BASE_URL": url for name, url in base_urls.items()}
    return {
        **kept,
        **keys,
        **urls,
        "AKOOL_CLIENT_ID": "a-client-id",
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "PATH": path,
    }
