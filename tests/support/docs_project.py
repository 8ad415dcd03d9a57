"""A folder with one spec, its source, and saved pages of it; checked as make checks ours."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from docs_check.__main__ import main
from support.docs_of_specs import doc_of
from support.docs_pages import Doc

SMALL = yaml.safe_load((Path(__file__).parent / "docs_small.yaml").read_text())
READ = "2026-11-21"
DOC = doc_of(SMALL, "get", "/tasks/{task_id}")


class Project:
    """A folder with one spec, one source, and the page that was saved of it."""

    def __init__(self, folder: Path, out: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.pages = folder / "pages"
        self.pages.mkdir()
        self._out = out
        self.describe("https://docs.small.example/read")

    def describe(self, url: str, **more: Any) -> None:
        spec = copy.deepcopy(SMALL)
        spec["paths"]["/tasks/{task_id}"]["get"]["x-source"] = [
            {"url": url, "read": READ}
        ]
        (self.folder / "small.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
        page = {"url": url, "read": READ, "feeds": ["readTask"], "lines": None} | more
        text = yaml.safe_dump({"small": {"read": page}}, sort_keys=False)
        self.sources.write_text(f"# A comment that stays\n{text}")

    def describe_more(self, key: str, url: str) -> None:
        """One more page, from which the other operation was read."""
        file = self.folder / "small.yaml"
        spec = yaml.safe_load(file.read_text())
        spec["paths"]["/tasks"]["post"]["x-source"] = [{"url": url, "read": READ}]
        file.write_text(yaml.safe_dump(spec, sort_keys=False))
        pages = yaml.safe_load(self.sources.read_text())
        pages["small"][key] = {
            "url": url,
            "read": READ,
            "feeds": ["createTask"],
            "lines": None,
        }
        self.sources.write_text(yaml.safe_dump(pages, sort_keys=False))

    @property
    def sources(self) -> Path:
        return self.folder / "sources.yaml"

    def save(self, content: str | bytes, name: str = "small-read.txt") -> None:
        for file in self.pages.iterdir():
            file.unlink()
        body = content if isinstance(content, bytes) else content.encode()
        (self.pages / name).write_bytes(body)

    def check(self, *options: str, saved: bool = True) -> tuple[int, str]:
        where = ["--pages", str(self.pages)] if saved else []
        code = main([*options, *where], self.folder)
        printed = self._out.readouterr()
        return code, printed.out + printed.err


def changed(**fields: Any) -> Doc:
    doc = copy.deepcopy(DOC)
    for name, value in fields.items():
        setattr(doc, name, value)
    return doc
