"""`imagetasks generate`: which vendors, which prompts, what it costs, where the files go."""

from __future__ import annotations

import json
from pathlib import Path

import imagetasks_mock
import pytest
from imagetasks import read_sidecar
from imagetasks_clients import PROVIDERS
from vendors import XING

from .conftest import Command, events

GPT = "gptimage2api"


def test_several_vendors_make_the_same_side_by_side(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    result = command(
        *("generate", "a lighthouse", "-p", "akool", "-p", GPT),
        *("-n", "2", "--aspect-ratio", "16:9", "-o", "out"),
    )
    assert result.exit_code == 0, result.output
    saved = [Path(line) for line in result.stdout.splitlines()]
    assert sorted(path.name.split("-")[0] for path in saved) == ["akool"] * 2 + [GPT] * 2  # fmt: skip
    assert len(mock.tasks) == 4
    for path in saved:
        sidecar = read_sidecar(f"{path}.json")
        assert sidecar.request is not None
        assert sidecar.request["prompt"] == "a lighthouse"


def test_without_a_vendor_the_only_one_with_a_key_is_asked(
    command: Command, mock: imagetasks_mock.Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    which = command("generate", "a lighthouse")
    assert which.exit_code == 2
    assert f"have a key: {', '.join(PROVIDERS)}" in which.stderr
    for provider in set(PROVIDERS) - {XING}:
        monkeypatch.delenv(f"{provider.upper()}_API_KEY")
    assert command("generate", "a lighthouse").exit_code == 0
    assert [task.provider for task in mock.tasks] == [XING]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("akool", "a lighthouse"), 'generate "a lighthouse" -p akool'),
        (("akool",), "-p akool"),
        (("a", "lighthouse"), "put it into quotes"),
        ((), "what to draw?"),
        (("  ", "-p", "akool"), "the prompt is empty"),
        (("x", "-p", "midjourney"), "no vendor 'midjourney'; known:"),
        (("x", "-p", "akool", "--duration", "5"), "duration: no option of a picture"),
        (("x", "-p", GPT, "--video", "--size", "1x1"), "size: no option of a video"),
        (("x", "-p", "akool", "--name", "{host}"), "a file name is made of"),
        (("x", "--from", "prompts.txt"), "one of the two"),
        (("x", "-p", "akool", "--label", "y" * 2000), "label is a text of at most"),
        (
            ("x", "-p", GPT, "--video", "-n", "2", "--idempotency-key", "a"),
            "several requests to gptimage2api have the same idempotency_key",
        ),
    ],
)
def test_what_is_typed_wrongly_is_said_before_anything_is_sent(
    command: Command, mock: imagetasks_mock.Mock, words: tuple[str, ...], why: str
) -> None:
    result = command("generate", *words)
    assert result.exit_code == 2
    assert why in " ".join(result.stderr.split())
    assert len(mock.tasks) == 0


def test_a_dash_reads_the_prompt(command: Command, mock: imagetasks_mock.Mock) -> None:
    assert command("generate", "-", "-p", XING, input=" a pier\n").exit_code == 0
    assert [task.prompt for task in mock.tasks] == ["a pier"]
    assert command("generate", "-", "-p", XING, input="\n").exit_code == 2


def test_a_video_is_made_from_a_picture(command: Command) -> None:
    result = command(
        *("generate", "it drifts", "-p", "aigptimage", "--resolution", "720p"),
        *("--first-image", "https://example.com/a.png", "--duration", "5"),
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.strip().endswith(".mp4")


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        ("a.txt", "a pier\n\n a boat \n", [("a pier", None), ("a boat", None)]),
        (
            "a.csv",
            'prompt,label,aspect-ratio\n"a pier, at night",one,16:9\na boat,two,\n',
            [("a pier, at night", "one"), ("a boat", "two")],
        ),
        (
            "a.jsonl",
            '{"prompt": "a pier", "label": "one", "count": 2}\n{"prompt": "a boat"}\n',
            [("a pier", "one"), ("a pier", "one"), ("a boat", None)],
        ),
    ],
)
def test_a_file_has_a_prompt_a_row(
    command: Command,
    mock: imagetasks_mock.Mock,
    name: str,
    text: str,
    rows: list[tuple[str, str | None]],
) -> None:
    Path(name).write_text(text)
    result = command("generate", "--from", name, "-p", XING, "--json")
    assert result.exit_code == 0, result.output
    saved = [event for event in events(result) if event["event"] == "saved"]
    assert sorted(task.prompt for task in mock.tasks) == sorted(p for p, _ in rows)
    assert sorted(str(event["label"]) for event in saved) == sorted(str(label) for _, label in rows)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.csv", "prompt,colour\nx,red\n", "a.csv, line 2, colour: no such option"),
        ("a.csv", 'prompt,count\n"x\ny",1\nz,0\n', "a.csv, line 4, count: it is a whole"),
        ("a.csv", "prompt,label\nx\n,b\n", "a.csv, line 3, prompt: it is missing"),
        ("a.csv", "prompt\nx,y\n", "a.csv, line 2: more cells than columns"),
        ("a.jsonl", '{"prompt": "x"}\n{"prompt": 7}\n', "a.jsonl, line 2, prompt: it is text"),
        ("a.jsonl", '{"prompt": "x"}\n{"prompt"\n', "a.jsonl, line 2: not JSON"),
        ("a.jsonl", '{"prompt": "x", "extra": []}', "line 1, extra: it is a JSON object"),
        ("a.jsonl", '{"prompt": "x", "provider": "me"}', "line 1, provider: no vendor 'me'"),
        ("a.csv", "prompt,resolution\nx,2k\ny,9k\n", "a.csv, line 3: xingchaoyiqing"),
        ("a.jsonl", '{"prompt": "x"}\n{"prompt": "y", "label": "%s"}' % ("y" * 2000), "line 2: label is a text of at most"),
        ("a.jsonl", '{"prompt": "x"}\n{"prompt": "y", "label": "\\ud800"}', "line 2: label is not valid Unicode"),
        ("a.csv", "prompt,provider,idempotency_key\nx,aigptimage,a\ny,aigptimage,b\nz,aigptimage,a\n", "a.csv, line 2 and a.csv, line 4: several requests"),
        ("a.txt", "\n", "a.txt has no prompts"),
        ("gone.txt", None, "gone.txt cannot be read"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_names_line_and_field_before_anything_is_sent(
    command: Command, mock: imagetasks_mock.Mock, name: str, text: str | None, why: str
) -> None:
    if text is not None:
        Path(name).write_text(text)
    result = command("generate", "--from", name, "-p", XING)
    assert result.exit_code == 2
    assert why in " ".join(result.stderr.split())
    assert len(mock.tasks) == 0


def test_a_dry_run_prints_each_request_and_one_amount(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    """AKOOL: 4 and 2 pictures in two POSTs."""
    vendors = ("-p", "akool", "-p", XING)
    result = command("generate", "a lighthouse", *vendors, "-n", "6", "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.count("POST ") == 3
    assert '"batch_quantity": 4' in result.stdout
    assert "(6 times)" in result.stdout
    (line,) = result.stderr.splitlines()
    assert line == (
        "Not sent. Price of 12 tasks: 6 credits at akool, no page states that of 6 tasks at xingchaoyiqing"
    )
    refused = command("generate", "x", *vendors, "--size", "1x1", "--dry-run")
    assert refused.exit_code == 2
    assert "Refused: akool" in refused.stderr
    assert len(mock.tasks) == 0


def test_many_paid_tasks_need_a_yes(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    many = ("generate", "x", "-p", "akool", "-n", "21", "--no-wait")
    asked = command(*many)
    assert asked.exit_code == 2
    assert "21 credits at akool" in asked.stderr
    assert "--yes" in asked.stderr
    assert len(mock.tasks) == 0
    assert command(*many, "--yes").exit_code == 0
    assert len(mock.tasks) == 21


def test_no_more_credits_are_spent_than_said(
    command: Command, mock: imagetasks_mock.Mock
) -> None:
    result = command("generate", "x", "-p", GPT, "-n", "4", "--max-credits", "7")
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr.count("max_credits is 7") == 2
    assert len(mock.tasks) == 2


def test_names_of_files_follow_a_template_and_none_is_overwritten(
    command: Command,
) -> None:
    Path("out").mkdir()
    Path("out/row 7-akool.png").write_text("mine")
    words = ("generate", "x", "-p", "akool", "--label", "row 7", "-o", "out")
    result = command(*words, "--name", "{label}-{provider}", "--no-sidecar")
    assert result.exit_code == 0, result.output
    assert Path("out/row 7-akool.png").read_text() == "mine"
    (saved,) = result.stdout.splitlines()
    assert Path(saved).name.startswith("row 7-akool-akool-")
    assert len(list(Path("out").iterdir())) == 2


def test_events_hold_all_that_is_known(command: Command) -> None:
    result = command("generate", "x", "-p", "akool", "--label", "seven", "--json")
    saved = events(result)[-1]
    assert saved["event"] == "saved"
    assert saved["label"] == "seven"
    assert saved["model"]
    assert saved["credits"] == 1
    assert saved["expires_at"][0]
    assert Path(saved["files"][0]).exists()
    failed = events(command("generate", "forbidden", "-p", XING, "--json"))[-1]
    assert failed["event"] == "failed"
    assert failed["failure"]["type"] == "TaskFailed"
    assert failed["error"]["message"]
    assert json.dumps(failed)


def test_keys_come_from_a_file_only_when_it_is_named(
    command: Command, mock: imagetasks_mock.Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for provider in PROVIDERS:
        monkeypatch.delenv(f"{provider.upper()}_API_KEY")
    lines = f"# mine\nexport AKOOL_API_KEY='of the file'\nAKOOL_BASE_URL={mock.base_url('akool')}\n"
    Path(".env").write_text(lines.replace("of the file", "key-of-the-file"))
    assert command("generate", "x").exit_code == 2
    with monkeypatch.context():
        result = command("--env-file", ".env", "balance", "akool")
    assert (result.exit_code, result.stdout) == (0, "123\n")
    Path(".env").write_text("AKOOL_API_KEY secret-key-0123\n")
    assert command("--env-file", ".env", "providers").exit_code == 2
