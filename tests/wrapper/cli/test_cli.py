"""The command, as typed: what it prints, where, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import imagetasks_mock
import pytest
from imagetasks import (
    Artifact,
    ArtifactExpired,
    AuthenticationError,
    DownloadError,
    InsufficientCredits,
    InvalidRequest,
    JournalError,
    MalformedResponse,
    NetworkError,
    PollOutage,
    RateLimited,
    ServerError,
    State,
    SubmitOutcomeUnknown,
    Task,
    TaskFailed,
    TaskNotFound,
    UnknownState,
    UnsupportedRequest,
    WaitTimeout,
)
from imagetasks._version import __version__
from imagetasks.cli import program
from imagetasks.cli._exits import exit_code
from imagetasks_clients import PROVIDERS
from support.result_hosts import Names
from typer.testing import CliRunner, Result
from vendors import VENDORS, XING


@pytest.fixture(scope="module")
def vendors() -> Iterator[imagetasks_mock.Mock]:
    with imagetasks_mock.serve(speed=60, fail="forbidden", check=True) as mock:
        yield mock
        assert list(mock.violations) == []


@pytest.fixture
def run(vendors: imagetasks_mock.Mock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for provider in PROVIDERS:
        monkeypatch.setenv(f"{provider.upper()}_API_KEY", "secret-key-0123")
        monkeypatch.setenv(f"{provider.upper()}_BASE_URL", vendors.base_url(provider))
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str) -> Result:
        waits = arguments[0] in ("generate", "wait", "resume") and len(arguments) > 1
        fast = ("--min-gap", "0.02") if waits else ()
        result = CliRunner().invoke(program(), [*arguments, *fast])
        assert "secret-key" not in result.output
        return result

    return invoke


def events(result: Result) -> list[dict[str, Any]]:
    """What `--json` printed."""
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("more", [(), ("balance", "akool")])
def test_the_version_is_printed_whatever_follows(run, more: tuple[str, ...]) -> None:
    result = run("--version", *more)
    assert (result.stdout, result.exit_code) == (f"imagetasks {__version__}\n", 0)
    assert "--version" in run("--help").stdout


@pytest.mark.parametrize("provider", PROVIDERS)
def test_generate_makes_a_picture(run, tmp_path: Path, provider: str) -> None:
    is_said = "aspect_ratio" in VENDORS[provider].fields
    ratio = ["--aspect-ratio", "16:9"] if is_said else []
    result = run(
        "generate", "-p", provider, "a lighthouse", *ratio, "--out", "pictures"
    )
    assert result.exit_code == 0, result.output
    (path,) = result.stdout.split()
    assert (tmp_path / path).read_bytes().startswith(b"\x89PNG")
    assert "SUCCEEDED" in result.stderr


def test_no_wait_prints_a_token_that_the_other_commands_take(run) -> None:
    token = run("generate", "-p", "akool", "a lighthouse", "--no-wait").stdout.strip()
    assert Task.from_token(token).provider == "akool"
    assert run("wait", token, "--out", "pictures").exit_code == 0
    status = run("status", token)
    assert (status.exit_code, status.stdout.split()[-1]) == (0, "SUCCEEDED")
    by_id = run("download", "akool", Task.from_token(token).id, "--out", "pictures")
    assert by_id.exit_code == 0


def test_wait_and_status_take_several_tokens(run, tmp_path: Path) -> None:
    """A failed one gives the exit code, and holds up none of the others."""
    prompts = ("a lighthouse", "something forbidden", "a pier")
    tokens = [
        run("generate", "-p", XING, prompt, "--no-wait").stdout.strip()
        for prompt in prompts
    ]
    strange = Task(provider="midjourney", id="1", state=State.PENDING).to_token()
    waited = run("wait", *tokens, "--out", "pictures")
    assert waited.exit_code == 1
    assert len(waited.stdout.split()) == 2
    assert all((tmp_path / path).exists() for path in waited.stdout.split())
    assert "content policy violation" in waited.stderr
    status = run("status", *tokens)
    assert status.exit_code == 1
    words = [line.split()[3].rstrip(":") for line in status.stdout.splitlines()]
    assert words == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    known = run("status", strange, *tokens, "--json")
    assert known.exit_code == 2
    states = [event["state"] for event in events(known)]
    assert states == ["succeeded", "failed", "succeeded"]
    assert run("wait", strange, tokens[0]).exit_code == 2


@pytest.mark.parametrize("provider", ["akool", "gptimage2api"])
def test_a_check_with_a_count_has_the_price_of_all(run, provider: str) -> None:
    """AKOOL: 4 and 1 pictures in two POSTs; elsewhere each is one of its own."""
    check = ("generate", "--check", "-p", provider, "a lighthouse")
    one = events(run(*check, "--json"))[-1]["credits"][provider]
    five = events(run(*check, "--count", "5", "--json"))[-1]["credits"][provider]
    assert five == 5 * one > 0
    words = run(*check, "--count", "5").stderr
    assert f"Price of 5 tasks: {five:g} credits at {provider}" in words


def test_hosts_of_results_are_allowed_by_option_or_variable(
    run, monkeypatch: pytest.MonkeyPatch, names: Names
) -> None:
    names.add("cdn.example", ["127.0.0.1"])
    made = events(run("generate", "-p", XING, "a lighthouse", "--json"))[-1]
    url = made["urls"][0].replace("127.0.0.1", "cdn.example")
    done = Task.from_token(made["token"])
    token = replace(done, artifacts=(Artifact(url),)).to_token()
    assert run("wait", token, "--out", "new").exit_code == 5
    allowed = ("--out", "new", "--allow-host", "cdn.example")
    assert run("wait", token, *allowed).exit_code == 0
    monkeypatch.setenv("IMAGETASKS_ALLOW_HOSTS", "elsewhere.example cdn.example")
    assert run("wait", token, "--out", "newer").exit_code == 0


def test_a_folder_that_takes_no_file_is_found_before_anything_is_paid(
    run, vendors: imagetasks_mock.Mock, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("taken")
    known = len(vendors.tasks)
    for out in ("file", "file/inside", "/proc/imagetasks"):
        for count in ("1", "2"):
            made = run("generate", "-p", XING, "x", "--out", out, "--count", count)
            assert (made.exit_code, made.stdout) == (2, "")
            assert "no picture can be saved in" in made.stderr
    assert len(vendors.tasks) == known
    refused = run("generate", "-p", "akool", "x", "--size", "1x1", "--out", "new")
    assert refused.exit_code == 2
    assert not (tmp_path / "new").exists()


def started(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "imagetasks.cli", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, **pipes | options)


@pytest.mark.long
def test_an_encoding_that_cannot_say_it_is_no_reason_to_fail(
    run, tmp_path: Path
) -> None:
    for encoding in ("cp1252", "ascii", "cp1252:strict"):
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        for arguments, code in (
            (("generate", "-p", XING, "灯台 🗼", "--min-gap", "0.02", "-o", "输出"), 0),
            (("generate", "-p", XING, "灯台", "--check"), 0),
            (("generate", "-p", XING, "灯台", "--model", "模型"), 2),
            (("generate", "-p", XING, "灯台", "--extra", "模型"), 2),
            (("灯台",), 2),
        ):
            with started(*arguments, env=environment) as process:
                _, words = process.communicate(timeout=60)
            assert process.returncode == code, words
            assert b"Traceback" not in words
            assert b"can't encode" not in words
    assert len(list((tmp_path / "输出").glob("*.png"))) == 3


@pytest.mark.long
@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_pipe_that_nobody_reads_loses_no_picture(
    run, tmp_path: Path, closed: str
) -> None:
    arguments = ("generate", "-p", XING, "x", "--count", "3", "--min-gap", "0.02")
    with started(*arguments) as process:
        getattr(process, closed).close()
        other = process.stderr if closed == "stdout" else process.stdout
        assert other is not None
        words = other.read()
        assert process.wait(60) == 0
    assert b"Traceback" not in words
    assert b"BrokenPipe" not in words
    assert len(list(tmp_path.glob(f"{XING}-*.png"))) == 3


def test_json_is_for_machines(run) -> None:
    result = run("generate", "-p", "gptimage2api", "a lighthouse", "--json")
    *before, known = events(result)
    assert [event["event"] for event in before] == ["accepted", "changed"]
    assert known["state"] == "succeeded"
    assert Path(known["files"][0]).exists()


@pytest.mark.long
@pytest.mark.parametrize("provider", ["akool", "gptimage2api"])
def test_count_makes_so_many_pictures(run, tmp_path: Path, provider: str) -> None:
    result = run("generate", "-p", provider, "a lighthouse", "--count", "5")
    assert result.exit_code == 0, result.output
    paths = result.stdout.split()
    assert len(set(paths)) == 5
    assert all((tmp_path / path).exists() for path in paths)


def test_without_waiting_count_prints_a_token_for_each(run) -> None:
    result = run("generate", "-p", "akool", "a lighthouse", "--count", "3", "--no-wait")
    tokens = result.stdout.split()
    assert len({Task.from_token(token).id for token in tokens}) == 3
    result = run("generate", "-p", "akool", "x", "--count", "2", "--no-wait", "--json")
    assert [event["provider"] for event in events(result)] == ["akool", "akool"]


def test_of_several_pictures_those_that_fail_are_told_beside_the_others(run) -> None:
    result = run("generate", "-p", "akool", "something forbidden", "--count", "2")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.count("FAILED:") == 2
    assert run("generate", "-p", "akool", "x", "--count", "0").exit_code == 2


def test_balance_prints_the_credits(run) -> None:
    result = run("balance", "akool")
    assert (result.exit_code, result.stdout) == (0, "123\n")
    result = run("balance", "gptimage2api")
    assert result.exit_code == 2
    assert "documents no balance" in result.stderr


def test_a_failed_task_ends_with_1_and_the_vendors_words(run) -> None:
    result = run("generate", "-p", "xingchaoyiqing", "something forbidden")
    assert result.exit_code == 1
    assert "content policy violation" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("generate", "-p", "midjourney", "x"),
        (
            "generate",
            "xingchaoyiqing",
            "x",
            "--resolution",
            "4k",
            "--aspect-ratio",
            "4:3",
        ),
        ("generate", "-p", "akool", "x", "--size", "1024x1024"),
        ("generate", "-p", "akool", "x", "--extra", "{"),
        ("generate", "-p", "akool", "x", "--extra", "[]"),
        ("wait", "not-a-token"),
        ("status", "a", "b", "c"),
        ("generate",),
        ("frobnicate",),
    ],
)
def test_usage_ends_with_2_and_says_why(run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.strip()
    assert "Traceback" not in result.output


def test_what_went_wrong_is_said_once(run) -> None:
    result = run("generate", "-p", "akool", "x", "--size", "1024x1024")
    assert result.stderr.count("akool: ") == 1


def test_a_refusal_of_the_vendor_ends_with_3(run) -> None:
    assert run("status", "aigptimage", "no-such-task").exit_code == 3


def test_a_timeout_ends_with_4_and_says_how_to_go_on(run) -> None:
    token = run("generate", "-p", "akool", "a lighthouse", "--no-wait").stdout.strip()
    result = run("wait", token, "--timeout", "0")
    assert result.exit_code == 4
    assert "imagetasks wait imagetasks2." in result.stderr


def test_resume_goes_on_with_what_a_journal_has(run) -> None:
    journal = ("--no-wait", "--journal", "tasks.db")
    for prompt in ("a lighthouse", "something forbidden"):
        assert run("generate", "-p", "xingchaoyiqing", prompt, *journal).exit_code == 0
    result = run("resume", "tasks.db", "--out", "out")
    assert result.exit_code == 1
    assert Path(result.stdout.strip()).read_bytes().startswith(b"\x89PNG")
    assert "content policy violation" in result.stderr
    assert run("resume", "tasks.db").output == "There is nothing to resume.\n"


def test_resume_says_what_nobody_knows(run, vendors: imagetasks_mock.Mock) -> None:
    vendors.faults.add("lost_answer", count=1)
    lost = run("generate", "-p", "akool", "a lighthouse", "--journal", "tasks.db")
    result = run("resume", "tasks.db")
    assert lost.exit_code == result.exit_code == 5
    assert "look it up at the vendor" in result.stderr


def test_a_journal_that_is_none_ends_with_2(run, tmp_path: Path) -> None:
    assert run("resume", "gone.db").exit_code == 2
    (tmp_path / "poem.db").write_text("once upon a time")
    result = run("resume", "poem.db")
    assert result.exit_code == 2
    assert "not an SQLite database" in result.stderr


def test_a_download_that_is_too_early_is_resumable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with imagetasks_mock.serve(speed=0) as mock:
        monkeypatch.setenv("AKOOL_API_KEY", "key")
        monkeypatch.setenv("AKOOL_BASE_URL", mock.base_url("akool"))
        submitted = CliRunner().invoke(
            program(), ["generate", "-p", "akool", "x", "--no-wait"]
        )
        result = CliRunner().invoke(program(), ["download", submitted.stdout.strip()])
    assert result.exit_code == 4
    assert "imagetasks wait" in result.stderr


def test_no_network_ends_with_5(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKOOL_BASE_URL", "http://127.0.0.1:1")
    assert run("status", "akool", "66a1").exit_code == 5


def test_no_key_is_usage_and_names_the_variables(
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for provider in PROVIDERS:
        monkeypatch.delenv(f"{provider.upper()}_API_KEY")
    result = run("status", "akool", "66a1")
    assert result.exit_code == 2
    assert "AKOOL_API_KEY" in result.stderr


def test_every_error_has_its_exit_code() -> None:
    expected = {
        1: [TaskFailed("")],
        2: [
            ValueError(),
            UnsupportedRequest(""),
            InvalidRequest(""),
            AuthenticationError(""),
            JournalError(""),
        ],
        3: [
            InvalidRequest("", status_code=422),
            AuthenticationError("", status_code=401),
            InsufficientCredits("", status_code=402),
            TaskNotFound("", status_code=404),
            RateLimited("", status_code=429),
        ],
        4: [WaitTimeout(""), UnknownState("")],
        5: [
            NetworkError(""),
            PollOutage(""),
            SubmitOutcomeUnknown(""),
            ServerError("", status_code=500),
            MalformedResponse("", status_code=200),
            DownloadError(""),
            ArtifactExpired(""),
        ],
    }
    for code, errors in expected.items():
        assert [exit_code(error) for error in errors] == [code] * len(errors)


def test_providers_are_listed_with_what_they_document(run) -> None:
    lines = run("providers").stdout.splitlines()
    (xing,) = (line for line in lines if line.startswith("xingchaoyiqing"))
    assert "24 h" in xing
    (aig,) = (line for line in lines if line.startswith("aigptimage"))
    assert "one task" in aig
    assert "not documented" in aig


def test_the_demo_runs_all_four_and_saves_their_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from imagetasks.cli import _demo

    fast = imagetasks_mock.serve
    monkeypatch.setattr(
        imagetasks_mock, "serve", lambda **options: fast(**{**options, "duration": 0.5})
    )
    monkeypatch.chdir(tmp_path)
    # It has its mock on this machine, which no proxy knows.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("all_proxy", "socks://127.0.0.1:1")
    result = CliRunner().invoke(program(), ["demo"])
    assert result.exit_code == 0, result.output
    for provider in PROVIDERS:
        assert provider in result.stdout
        assert len(list((tmp_path / "out").glob(f"{provider}-*.png"))) == 1
    assert _demo.COLOURS


@pytest.mark.long
def test_the_mock_command_says_when_it_is_ready_and_stops_when_told(
    tmp_path: Path,
) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        command = [sys.executable, "-m", "imagetasks.cli", "mock", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            ready = process.stdout.readline()
            port = int(ready.rsplit(":", 1)[1])
            taken = subprocess.run(
                [*command[:-1], str(port)], capture_output=True, text=True, timeout=20
            )
            process.send_signal(number)
            began = time.monotonic()
            assert process.wait(10) == 0
            assert time.monotonic() - began < 5
        assert ready.startswith("imagetasks mock ready on http://127.0.0.1:")
        assert taken.returncode == 2
        assert str(port) in taken.stderr
        assert "Traceback" not in taken.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--scenario", "bad.yaml"], "bad.yaml, line 2: outcomes[0].outcom: "),
        (["--scenario", "gone.yaml"], "No such file or directory"),
        (["--fault", "status,status=many"], "status is a number"),
        (["--fault", "sloth"], "no fault 'sloth'"),
        (["--port", "99999"], "a port is a number"),
        (["--speed", "-1"], "speed is a number from 0 up"),
    ],
    ids=str,
)
def test_a_mock_that_cannot_start_says_why(
    options: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text("outcomes:\n- {outcom: failed}\n")
    result = CliRunner().invoke(program(), ["mock", *options])
    assert result.exit_code == 2
    assert words in result.stderr
