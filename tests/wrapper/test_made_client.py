"""`Client` is `AsyncClient` without `async` and `await`."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from types import ModuleType

import pytest
from imagetasks import AsyncClient, Client

TOOLS = Path(__file__).parents[2] / "wrapper" / "tools"
SPELLED = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__"}


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(TOOLS)
    import make_client

    monkeypatch.setattr(make_client, "PHRASES", {"for asyncio": "for threads"})
    return make_client


def test_the_client_is_what_the_async_one_gives(tool, monkeypatch, capsys) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(sys, "argv", ["make_client.py", "--check"])
    assert tool.main() == 0, capsys.readouterr().err


@pytest.mark.parametrize("name", ["_client.py", "_drivers/waiter.py"])
def test_an_edit_by_hand_is_noticed(
    tool, monkeypatch, capsys, tmp_path, name: str
) -> None:
    monkeypatch.undo()
    target = tool.PACKAGE / name
    edited = tmp_path / target.name
    edited.write_text(target.read_text() + "# by hand\n")
    source = next(source for source in tool.TARGETS if tool.TARGETS[source] == target)
    monkeypatch.setitem(tool.TARGETS, source, edited)
    monkeypatch.setattr(sys, "argv", ["make_client.py", "--check"])
    assert tool.main() == 1
    assert capsys.readouterr().err == (
        f"{target.name} is not what {source.name} gives: run `make generate`.\n"
    )


def test_every_async_driver_is_made_for_threads_too(tool) -> None:
    by_hand = {"async_shim.py"}
    drivers = {path.name for path in tool.DRIVERS.glob("async_*.py")}
    assert drivers - by_hand == {
        source.name for source in tool.TARGETS if source.parent == tool.DRIVERS
    }


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("x = await f()  # for asyncio\n", "x = f()  # for threads\n"),
        ("async def f(): ...  # for asyncio\n", "def f(): ...  # for threads\n"),
        ("# for asyncio\nAsyncClient().aclose()\n", "# for threads\nClient().close()\n"),
        ("# for asyncio\nloop()  # asyncio only\n", "# for threads\n"),
        ('"""for asyncio, await"""\n', '"""for threads, await"""\n'),
        (
            '"""for asyncio\n\n    async with AsyncClient(x) as client:\n        y = await client.f()\n"""\n',
            '"""for threads\n\n    with Client(x) as client:\n        y = client.f()\n"""\n',
        ),
    ],
)  # fmt: skip
def test_names_words_and_marked_lines_become_those_of_threads(
    tool, source: str, made: str
) -> None:
    path = Path("async_x.py")
    assert tool.to_sync({path: source}) == {path: tool.HEADER.format(path.name) + made}


def test_a_phrase_that_occurs_nowhere_is_an_error(tool) -> None:
    with pytest.raises(ValueError, match="for asyncio"):
        tool.to_sync({Path("async_x.py"): "x = 1\n"})


def test_both_clients_have_the_same_methods_arguments_and_defaults() -> None:
    def methods(kind: type) -> dict[str, list[str]]:
        return {
            SPELLED.get(name, name): list(inspect.signature(member).parameters)
            for name, member in vars(kind).items()
            if inspect.isfunction(member)
        }

    assert methods(Client) == methods(AsyncClient)
