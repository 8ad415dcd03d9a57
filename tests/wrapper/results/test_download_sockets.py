"""Downloads over real sockets: what breaks, stalls or drips, and who is stopped by it."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from imagetasks import (
    Access,
    AsyncClient,
    Client,
    DownloadError,
    ImageTasksError,
    PollPolicy,
    Progress,
)
from imagetasks._results.task_download import AT_ONCE
from support.broken_server import (
    BrokenServer,
    answer,
    broken_server,
    drip,
    drip_body,
    drip_headers,
    garbage,
    hang,
    reset,
    vanish,
)
from support.drivers import SyncDriver
from support.result_hosts import PNG, XING, task

PNG_FILE = answer(PNG)
# More than a file keeps to itself before it writes.
PNG_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n" + 10 * PNG


@pytest.mark.parametrize(
    "fault",
    [reset, vanish, garbage, hang, answer(PNG, cut=1), drip_body, drip_headers],
    ids=["reset", "vanish", "garbage", "hang", "truncated", "dripped", "slow head"],
)
def test_a_broken_transfer_leaves_no_file_and_ends_in_time(
    driver, tmp_path: Path, fault
) -> None:
    with broken_server(fault) as server:
        began = time.monotonic()
        with pytest.raises(DownloadError, match="no time left"):
            driver({XING: Access("key", server.url)}).download(
                task(f"{server.url}/1.png"), tmp_path, timeout=0.5
            )
        assert time.monotonic() - began < 20
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", [reset, vanish, answer(PNG, cut=1), hang])
def test_what_breaks_or_stalls_is_asked_for_again(
    driver, clock, tmp_path: Path, fault
) -> None:
    with broken_server(fault, PNG_FILE) as server:
        # Long enough for an answer that comes, also on a busy machine.
        policy = PollPolicy(attempt=1 if fault is hang else 30)
        client = driver({XING: Access("key", server.url)}, policy=policy, clock=clock)
        (path,) = client.download(task(f"{server.url}/1.png"), tmp_path)
        assert path.read_bytes() == PNG
        assert len(server.requests) == 2


def test_a_cut_download_goes_on_behind_what_is_here(
    driver, clock, tmp_path: Path
) -> None:
    tag = 'ETag: "1"\r\n'
    rest = answer(
        PNG[-7:],
        status="206 Partial Content",
        headers=f"{tag}Content-Range: bytes {len(PNG) - 7}-{len(PNG) - 1}/{len(PNG)}\r\n",
    )
    with broken_server(answer(PNG, headers=tag, cut=7), rest) as server:
        client = driver({XING: Access("key", server.url)}, clock=clock)
        (path,) = client.download(task(f"{server.url}/1.png"), tmp_path)
        assert path.read_bytes() == PNG
        assert f"range: bytes={len(PNG) - 7}-".encode() in server.requests[1].lower()


def test_a_failure_stops_the_others_and_leaves_what_is_whole(
    driver, tmp_path: Path
) -> None:
    is_saved = threading.Event()

    def refuse(connection: socket.socket, server: BrokenServer) -> None:
        is_saved.wait(10)
        answer({}, status="400 No")(connection, server)

    with (
        broken_server(PNG_FILE) as whole,
        broken_server(refuse) as refusing,
        broken_server(hang) as hanging,
        broken_server(drip_body) as dripping,
    ):
        servers = (whole, refusing, hanging, dripping)
        client = driver(
            {XING: Access("key", whole.url)}, on_event=lambda _: is_saved.set()
        )
        began = time.monotonic()
        with pytest.raises(DownloadError, match="result 2: HTTP 400"):
            client.download(task(*(f"{s.url}/1.png" for s in servers)), tmp_path)
        assert time.monotonic() - began < 20
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [PNG]


def test_on_progress_may_use_any_client(driver, tmp_path: Path) -> None:
    """Also with an exchange of its own that fails, and with a download inside of the download."""
    with broken_server(PNG_FILE) as server, Client({XING: Access("key")}) as other:
        access = {XING: Access("key", server.url)}
        # A sync client, wherever it is called: an on_progress cannot await.
        same = driver(access)
        tool = same if isinstance(same, SyncDriver) else SyncDriver(access)
        inner = task(f"{server.url}/inner.png", id="inner")
        asked: list[object] = []

        def ask(progress: Progress) -> None:
            with pytest.raises(ImageTasksError):
                tool.fetch(XING, "image_1")  # a picture is no answer
            asked.append(tool.download(inner, tmp_path))
            with pytest.raises(ImageTasksError):
                other.fetch("akool", "1")

        with closing(tool):
            (path,) = same.download(
                task(f"{server.url}/1.png"), tmp_path, on_progress=ask
            )
        assert path.read_bytes() == PNG
        assert len(asked) >= 2


def test_only_so_many_come_at_once(driver, tmp_path: Path) -> None:
    under_way, most, lock = 0, 0, threading.Lock()
    are_full = threading.Event()

    def count(connection: socket.socket, server: BrokenServer) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
            if under_way == AT_ONCE:
                are_full.set()
        are_full.wait(10)
        time.sleep(0.05)  # for one too many
        with lock:
            under_way -= 1
        answer(PNG, headers="Connection: close\r\n")(connection, server)

    with broken_server(count) as server:
        client = driver({XING: Access("key", server.url)})
        urls = [f"{server.url}/{n}.png" for n in range(3 * AT_ONCE)]
        assert len(client.download(task(*urls), tmp_path)) == len(urls)
    assert most == AT_ONCE


def test_closing_the_client_wakes_who_downloads(tmp_path: Path) -> None:
    with broken_server(hang) as server:
        client = Client({XING: Access("key", server.url)})
        raised: list[Exception] = []

        def download() -> None:
            try:
                client.download(task(f"{server.url}/1.png"), tmp_path)
            except RuntimeError as error:
                raised.append(error)

        thread = threading.Thread(target=download)
        thread.start()
        while not server.requests:
            time.sleep(0.01)
        client.close()
        thread.join(5)
        assert [str(error) for error in raised] == ["the client is closed"]
    assert list(tmp_path.iterdir()) == []


def test_closing_the_async_client_wakes_who_downloads(tmp_path: Path) -> None:
    async def scenario(server: BrokenServer) -> None:
        client = AsyncClient({XING: Access("key", server.url)})
        urls = [f"{server.url}/{n}.png" for n in range(9)]
        download = asyncio.create_task(client.download(task(*urls), tmp_path))
        while not server.requests:
            await asyncio.sleep(0.01)
        await client.aclose()
        with pytest.raises(RuntimeError, match="the client is closed"):
            await download

    with broken_server(hang) as server:
        asyncio.run(scenario(server))
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_download_leaves_nothing(tmp_path: Path) -> None:
    async def scenario(server: BrokenServer) -> None:
        async with AsyncClient({XING: Access("key", server.url)}) as client:
            result = task(f"{server.url}/1.png")
            download = asyncio.create_task(client.download(result, tmp_path))
            while not server.requests:
                await asyncio.sleep(0.01)
            download.cancel()
            with pytest.raises(asyncio.CancelledError):
                await download

    with broken_server(drip_body) as server:
        asyncio.run(scenario(server))
    assert list(tmp_path.iterdir()) == []


def test_cancelled_downloads_keep_no_place(tmp_path: Path) -> None:
    """Each transport has two connections: one that was lost with a cancellation would be missed by all later ones."""

    async def scenario(server: BrokenServer) -> None:
        async with AsyncClient({XING: Access("key", server.url)}) as client:

            def download(n: int) -> asyncio.Task[list[Path]]:
                result = task(f"{server.url}/{n}.png", id=str(n))
                return asyncio.create_task(client.download(result, tmp_path))

            for n in range(40):
                cancelled = [download(n), download(n + 100)]
                for _ in range(n):
                    await asyncio.sleep(0)
                await asyncio.sleep(n * 0.0003)
                for each in cancelled:
                    each.cancel()
                await asyncio.wait(cancelled)
            paths = await asyncio.gather(*(download(n) for n in range(1000, 1064)))
            assert len(paths) == 64

    with broken_server(PNG_FILE) as server:
        asyncio.run(scenario(server))


def test_threads_download_side_by_side(tmp_path: Path) -> None:
    with broken_server(PNG_FILE) as server:
        client = SyncDriver({XING: Access("key", server.url)})
        results = [task(f"{server.url}/{n}.png", id=str(n)) for n in range(32)]
        threads = [
            threading.Thread(target=client.download, args=(result, tmp_path))
            for result in results
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.close()
    assert len(list(tmp_path.iterdir())) == 32


@pytest.mark.parametrize("where", ["reading", "on_progress"])
def test_an_interrupted_download_ends_at_once(tmp_path: Path, where: str) -> None:
    """Whatever its threads do. Nothing is left under a file's name, and no thread that the program would wait for."""
    released, struck = threading.Event(), threading.Event()

    def strike(progress: Progress) -> None:
        if not struck.is_set():
            struck.set()
            signal.pthread_kill(main, signal.SIGINT)
        if where == "on_progress":
            released.wait(20)

    main = threading.main_thread().ident or 0
    with (
        broken_server(drip_body) as server,
        Client({XING: Access("k", server.url)}) as client,
    ):
        urls = [f"{server.url}/{n}.png" for n in range(9)]
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            client.download(task(*urls), tmp_path, on_progress=strike)
        assert time.monotonic() - began < 1
        left = [t for t in threading.enumerate() if t.name == "imagetasks-download"]
        assert all(thread.daemon for thread in left)
        released.set()
        for thread in left:
            thread.join(5)
    assert struck.is_set()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
@pytest.mark.parametrize("fault", [hang, drip(PNG_HEAD)], ids=["hang", "drip"])
def test_ctrl_c_ends_a_program_that_downloads(tmp_path: Path, fault) -> None:
    with broken_server(fault) as server:
        result = task(*(f"{server.url}/{n}.png" for n in range(3)))
        arguments = [server.url, result.to_token(), str(tmp_path)]
        with subprocess.Popen(
            [sys.executable, "-c", DOWNLOAD, *arguments], stderr=subprocess.PIPE
        ) as process:
            while len(server.requests) < 3:
                assert process.poll() is None
                time.sleep(0.01)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.stderr is not None
            assert b"KeyboardInterrupt" in process.stderr.read()
        assert time.monotonic() - began < 1.5  # the end of the interpreter is in it
    assert list(tmp_path.iterdir()) == []


DOWNLOAD = """
import sys
from imagetasks import Access, Client, Task

url, token, folder = sys.argv[1:]
Client({"xingchaoyiqing": Access("key", url)}).download(Task.from_token(token), folder)
"""


def test_a_killed_process_leaves_nothing_under_the_files_name(
    driver, tmp_path: Path
) -> None:
    with broken_server(drip(PNG_HEAD + PNG), PNG_FILE) as server:
        result = task(f"{server.url}/1.png")
        arguments = [server.url, result.to_token(), str(tmp_path)]
        with subprocess.Popen([sys.executable, "-c", DOWNLOAD, *arguments]) as process:
            while not any(path.stat().st_size for path in tmp_path.iterdir()):
                assert process.poll() is None
                time.sleep(0.01)
            process.kill()
        (left,) = tmp_path.iterdir()
        assert left.name.startswith(".imagetasks-")
        assert left.suffix == ".part"
        client = driver({XING: Access("key", server.url)})
        (path,) = client.download(result, tmp_path)
        assert path.read_bytes() == PNG
