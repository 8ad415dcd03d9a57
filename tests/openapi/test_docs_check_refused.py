"""Pages that are not there, or not the pages, and mistakes in what `make docs-check` is given: each is said as such."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.docs_pages import as_html, as_text
from support.docs_project import DOC, READ, Project, changed


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    return Project(tmp_path, capsys)


GERMAN = (
    "Diese Seite ist leider nur auf Deutsch da. Die Aufgabe wird von der Warteschlange geholt und ist dann fertig, "
    "wenn das Bild auf dem Server liegt. Sie bekommen eine Nachricht mit der Adresse, und das ist für den Anfang alles."
)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("small-read.txt", "", "empty: 0 letters"),
        ("small-read.html", "<html><body><div id=root></div><script>x()</script></body></html>", "empty: 0 letters"),
        ("small-read.html", "<main><h1>Welcome</h1><form><input name=p type=password></form></main>", "a login wall"),
        ("small-read.txt", "Small Docs\n\nSign in to continue to your account\n", "a login wall"),
        ("small-read.html", "<main>You need to enable JavaScript to run this application, then reload the page you came from.</main>", "empty: a script has to fill it"),
        ("small-read.html", b"%PDF-1.7 " + bytes(range(256)) * 99, "not a page: no text, or not in utf-8"),
        ("small-read.txt", as_text(DOC).encode("utf-16"), "not a page: no text, or not in utf-8"),
        ("small-read.txt", "a line\n" * 999_999, "not a page: more than 5 MB"),
        ("small-read.txt", GERMAN, "in another language: de, not en"),
        ("small-read.txt", "这个页面的任务状态" * 20, "in another language: zh, not en"),
        ("small-read.txt", "The soup is made of the best onions of the garden, and it is to be eaten hot with bread.", "not the page"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["never read", "read before"])
def test_what_is_not_the_page_is_said_as_such(
    project: Project, name: str, content: str | bytes, why: str, before: str
) -> None:
    if before == "read before":
        project.save(as_text(DOC))
        project.check("--record")
    sources = project.sources.read_text()
    project.save(content, name)
    code, printed = project.check("--record")
    assert code == 2
    assert f"small-read: {why}" in printed.replace("little more", "")
    assert "unchanged" not in printed
    assert project.sources.read_text() == sources


@pytest.mark.parametrize(
    "content", ["<div>" * 5_000, "a " * 50_000, "{ \n" * 20_000, '{"a":' * 20_000]
)
def test_junk_is_not_the_page_and_takes_no_long_time(
    project: Project, content: str
) -> None:
    project.save(content, "small-read.html")
    code, printed = project.check()
    assert code == 2
    assert "not checked" in printed


Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def serve() -> Iterator[Callable[[dict[str, Answer]], str]]:
    """A server on loopback: by path, what answers."""
    servers = []

    def start(answers: dict[str, Answer]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answers[self.path](self)

            def log_message(self, *_: Any) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def answer(
    body: str, status: int = 200, type: str = "text/html", **headers: str
) -> Answer:
    def write(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", type)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body.encode())

    return write


def test_pages_are_fetched(
    project: Project, serve: Callable[[dict[str, Answer]], str]
) -> None:
    pages = {"/read": answer(as_html(DOC), type="text/html; charset=utf-8")}
    project.describe(f"{serve(pages)}/read")
    assert project.check("--record", saved=False)[0] == 0
    assert "small-read: unchanged" in project.check(saved=False)[1]
    pages["/read"] = answer(as_html(changed(lifetime=(7, "days"))))
    code, printed = project.check(saved=False)
    assert code == 1
    assert "the page says lifetime '604800 s', the spec does not" in printed


@pytest.mark.parametrize(
    ("pages", "why"),
    [
        ({"/read": answer("gone", 404)}, "not fetched: HTTP 404"),
        ({"/read": answer("no", 403)}, "not fetched: HTTP 403, a login wall or"),
        ({"/read": answer("", 302, Location="/login"), "/login": answer("<h1>Hello</h1>")}, "a login wall: HTTP 200"),
        ({"/read": answer("", 302, Location="/new"), "/new": answer(as_html(DOC))}, "moved to http://127.0.0.1"),
        ({"/read": answer("x" * 5_000_001)}, "not a page: more than 5 MB"),
        ({"/read": answer("PDF", type="application/pdf")}, "not a page: its media type is application/pdf"),
    ],
)  # fmt: skip
def test_what_cannot_be_fetched_is_said_as_such(
    project: Project,
    serve: Callable[[dict[str, Answer]], str],
    pages: dict[str, Answer],
    why: str,
) -> None:
    project.describe(f"{serve(pages)}/read")
    code, printed = project.check(saved=False)
    assert code == 2
    assert f"small-read: {why}" in printed


def test_a_host_that_does_not_answer_is_said_as_such(project: Project) -> None:
    project.describe("http://127.0.0.1:9/read")
    code, printed = project.check(saved=False)
    assert code == 2
    assert "small-read: not fetched: " in printed


def test_without_a_network_the_reason_is_said_once(project: Project) -> None:
    project.describe("http://127.0.0.1:9/read")
    project.describe_more("other", "http://127.0.0.1:9/create")
    code, printed = project.check(saved=False)
    assert code == 2
    assert printed.count("not fetched") == 1
    assert "  small-read, small-other\n" in printed


# Mistakes in what we give it


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("openapi: 3.1.0", "openapi: [", r"small.yaml:\d+: no YAML: "),
        ("url: https:", "uri: https:", r"small.yaml: an x-source of readTask has no url"),
        ("#/components/schemas/Task", "#/components/schemas/Tusk", r"small-read: small.yaml has a mistake, .*Tusk"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_spec_is_named(
    project: Project, old: str, new: str, why: str
) -> None:
    project.save(as_text(DOC))
    spec = project.folder / "small.yaml"
    assert old in spec.read_text()
    spec.write_text(spec.read_text().replace(old, new))
    code, printed = project.check()
    assert code == 2
    assert re.search(why, printed)


def test_what_is_interrupted_records_nothing(
    project: Project, serve: Callable[[dict[str, Answer]], str]
) -> None:
    def interrupted(_: BaseHTTPRequestHandler) -> None:
        signal.raise_signal(signal.SIGINT)

    host = serve({"/read": answer(as_html(DOC)), "/create": interrupted})
    project.describe(f"{host}/read")
    project.describe_more("other", f"{host}/create")
    before = project.sources.read_text()
    with pytest.raises(KeyboardInterrupt):
        project.check("--record", saved=False)
    assert project.sources.read_text() == before
    assert {file.name for file in project.folder.iterdir()} == {
        "small.yaml",
        "sources.yaml",
        "pages",
    }


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("lines: null", "lines: [", r"sources.yaml:\d: no YAML: "),
        ("lines: null", "lines: [abc]", r"sources.yaml:\d+: /small/read/lines"),
        ("  feeds:", "  feed:", r"sources.yaml:\d: /small/read: .*feed"),
        ("readTask", "writeTask", r"sources.yaml:3: small-read feeds writeTask; by x-source in small.yaml readTask"),
        (READ, "2026-11-20", r"sources.yaml:3: small-read was read on 2026-11-20; by x-source of readTask in small.yaml on 2026-11-21"),
        ("small.example", "other.example", r"sources.yaml:2: https://docs.small.example/read is missing, from which small.yaml has readTask"),
    ],
)  # fmt: skip
def test_a_mistake_in_sources_yaml_is_named(
    project: Project, old: str, new: str, why: str
) -> None:
    text = project.sources.read_text()
    assert old in text
    project.sources.write_text(text.replace(old, new))
    code, printed = project.check()
    assert code == 2
    assert re.search(why, printed)


def test_a_saved_page_under_another_name_is_an_error(project: Project) -> None:
    project.save("text", "small-raed.txt")
    code, printed = project.check()
    assert code == 2
    assert re.search("no page of .*sources.yaml has the name small-raed", printed)
    assert printed.endswith("They are:\nsmall-read\n")


def test_a_file_that_is_no_page_is_an_error(project: Project) -> None:
    project.save("text", "small-read.pdf")
    code, printed = project.check()
    assert code == 2
    assert "small-read.pdf: a saved page ends with .html" in printed


def test_a_page_that_was_saved_twice_is_an_error(project: Project) -> None:
    project.save("text", "small-read.md")
    (project.pages / "small-read.txt").write_text("text")
    code, printed = project.check()
    assert code == 2
    assert "small-read.txt: small-read.md is the same page" in printed


def test_a_page_that_is_not_there_is_an_error(project: Project) -> None:
    assert project.check("small-other")[0] == 2
    assert "no saved pages in" in project.check("small-read")[1]
    project.describe_more("other", "https://docs.small.example/create")
    project.save(as_text(DOC))
    code, printed = project.check("small-other")
    assert code == 2
    assert "small-other: not saved" in printed
