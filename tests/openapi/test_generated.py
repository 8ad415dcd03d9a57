"""The generated clients as a tested artefact: tolerant enums, typed answers, and no drift from the specs."""

from __future__ import annotations

import asyncio
import enum
import filecmp
import importlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import httpx
import pytest
import yaml
from examples import spec_files
from support.specs import (
    PROVIDERS,
    Operation,
    answers,
    arguments,
    load,
    operations,
    requests,
    server_url,
    typed_body,
)
from support.table import table

ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "openapi"
GENERATED = ROOT / "generated" / "imagetasks_clients"
KEY = "secret-key-0123"


def clients(provider: str) -> ModuleType:
    return importlib.import_module(f"imagetasks_clients.{provider}")


def authenticated(provider: str, handler: Any, **options: Any) -> Any:
    """One generated client, alone, over a vendor that is a function."""
    httpx_args = {"transport": httpx.MockTransport(handler)}
    return clients(provider).AuthenticatedClient(
        token=KEY, httpx_args=httpx_args, **options
    )


# ---- Enums -----------------------------------------------------------------------------------------------------------


def enums() -> Iterator[type[enum.Enum]]:
    for provider in PROVIDERS:
        models = importlib.import_module(f"imagetasks_clients.{provider}.models")
        for model in (getattr(models, name) for name in models.__all__):
            if isinstance(model, type) and issubclass(model, enum.Enum):
                yield model


ENUMS = list(enums())


def enum_id(model: type[enum.Enum]) -> str:
    return f"{model.__module__.split('.')[1]}-{model.__name__}"


def unlisted(model: type[enum.Enum]) -> str | int:
    return 4711 if issubclass(model, int) else "never heard of"


def test_there_are_enums_of_both_kinds() -> None:
    kinds = {issubclass(model, int) for model in ENUMS}
    assert kinds == {True, False}
    assert all(issubclass(model, enum.StrEnum | enum.IntEnum) for model in ENUMS)


@table("model", ENUMS, ids=enum_id)
def test_a_value_that_the_spec_does_not_list_is_kept(model) -> None:
    value = unlisted(model)
    member = model(value)
    assert type(member) is model
    assert not member.is_known
    assert member.value == value
    assert member == value
    assert value == member
    assert hash(member) == hash(value)
    assert str(member) == f"{member}" == str(value)
    assert json.dumps(member) == json.dumps(value)
    assert member not in list(model)


@table("model", ENUMS, ids=enum_id)
def test_two_unlisted_values_are_equal_when_they_say_the_same(model) -> None:
    value = unlisted(model)
    other = model(value + value)
    assert model(value) == model(value)
    assert model(value) != other
    assert {model(value), model(value), other} == {value, value + value}
    assert {model(value): 1}[value] == 1


@table("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@table("model", ENUMS, ids=enum_id)
def test_a_value_survives_a_pickle(model, protocol) -> None:
    for member in (next(iter(model)), model(unlisted(model))):
        again = pickle.loads(pickle.dumps(member, protocol))
        assert (type(again), again, again.is_known) == (model, member, member.is_known)


@table("model", ENUMS, ids=enum_id)
def test_a_listed_value_is_a_member_and_prints_as_on_the_wire(model) -> None:
    for member in model:
        assert member.is_known
        assert model(member.value) is member
        assert str(member) == f"{member}" == str(member.value)
        assert member.name.isupper()
        assert member.name != "UNRECOGNIZED"
        assert not member.name.startswith("VALUE_")  # a name of the generator's own


@table("model", ENUMS, ids=enum_id)
@table("strange", [None, 7.5, [], {}, b"x"], ids=repr)
def test_a_value_of_another_type_is_no_member(model, strange) -> None:
    with pytest.raises((ValueError, TypeError)):
        model(strange)


# ---- Answers and requests --------------------------------------------------------------------------------------------


@table("example", list(answers()), ids=str)
def test_a_documented_answer_decodes_to_typed_models_and_back(example) -> None:
    status = int(example.role)
    response = httpx.Response(status, json=example.value)
    parsed = example.operation.module.parse_response(response)
    assert attrs.has(type(parsed))
    assert list(raw_objects(parsed)) == []
    assert parsed.to_dict() == example.value
    assert json.loads(json.dumps(parsed.to_dict())) == example.value


@table("example", list(requests()), ids=str)
def test_a_documented_request_decodes_to_typed_models_and_back(example) -> None:
    body = typed_body(example.operation, example.value)
    accepted = example.operation.module.get_kwargs.__annotations__["body"]
    assert type(body).__name__ in accepted.split(" | ")
    assert body.to_dict() == example.value


def raw_objects(value: Any, path: str = "") -> Iterator[str]:
    """Where an object that should be a model is a plain dict, or a field is not in the spec."""
    if attrs.has(type(value)):
        described = [f.name for f in attrs.fields(type(value))]
        for name in described:
            child = getattr(value, name)
            if name != "additional_properties":
                yield from raw_objects(child, f"{path}.{name}")
            elif child and described != ["additional_properties"]:
                yield f"{path}: undescribed {sorted(child)}"
    elif isinstance(value, dict):
        yield path
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from raw_objects(child, f"{path}[{index}]")


# ---- Clients ---------------------------------------------------------------------------------------------------------


@table("provider", PROVIDERS)
def test_a_client_knows_server_and_credential_from_the_spec(provider) -> None:
    spec, package = load(provider), clients(provider)
    assert server_url(provider) == package.SERVER_URL
    [first] = spec["security"][0]
    scheme = spec["components"]["securitySchemes"][first]
    expected = {
        "apiKey": (scheme.get("name"), ""),
        "http": ("Authorization", "Bearer"),
    }[scheme["type"]]
    assert expected == (package.AUTH_HEADER, package.AUTH_PREFIX)
    assert package.AuthenticatedClient(token=KEY).get_httpx_client().timeout.read == 30
    assert package.Client().get_async_httpx_client().timeout.connect == 30


def test_akool_is_opened_by_the_header_that_it_recommends() -> None:
    package = clients("akool")
    assert (package.AUTH_HEADER, package.AUTH_PREFIX) == ("x-api-key", "")


@table("op", list(operations()), ids=str)
@table("concurrency", ["sync", "async"])
def test_an_operation_is_called_alone(op: Operation, concurrency) -> None:
    """Method, address and credential of the spec, with no more than a key in hand."""
    sent: list[httpx.Request] = []
    example = next(answers(op))

    def vendor(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(int(example.role), json=example.value)

    client = authenticated(op.provider, vendor)
    if concurrency == "sync":
        with client:
            answer = op.module.sync_detailed(client=client, **arguments(op))
    else:

        async def call() -> Any:
            async with client:
                return await op.module.asyncio_detailed(client=client, **arguments(op))

        answer = asyncio.run(call())
    package = clients(op.provider)
    [request] = sent
    assert request.method == op.method.upper()
    assert str(request.url.copy_with(query=None)) == package.SERVER_URL + op.address
    assert (
        request.headers[package.AUTH_HEADER] == f"{package.AUTH_PREFIX} {KEY}".strip()
    )
    body = next(requests(op), None)
    assert (json.loads(request.content) if body else request.content) == (
        body.value if body else b""
    )
    assert type(answer.status_code) is int
    assert answer.status_code == int(example.role)
    assert answer.parsed.to_dict() == example.value
    assert json.loads(answer.content) == example.value


def test_no_credential_is_needed_where_the_spec_says_so() -> None:
    """akool: getToken is how one gets one."""
    get_token = next(op for op in operations("akool") if op.id == "getToken")
    sent: list[httpx.Request] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"code": 1000, "token": "t"})

    options = {"transport": httpx.MockTransport(vendor)}
    client = clients("akool").Client(httpx_args=options)
    answer = get_token.module.sync(client=client, **arguments(get_token))
    assert answer.token == "t"
    assert not {"x-api-key", "authorization"} & set(sent[0].headers)


@table("status", [199, 204, 299, 302, 418, 520, 599, 999])
@table("op", list(operations()), ids=str)
def test_an_undocumented_status_is_a_number_and_no_exception(op, status) -> None:
    """http.HTTPStatus knows no 520, as a CDN sends it."""
    client = authenticated(op.provider, lambda _: httpx.Response(status, text="?"))
    answer = op.module.sync_detailed(client=client, **arguments(op))
    assert (answer.status_code, answer.parsed, answer.content) == (status, None, b"?")
    assert type(answer.status_code) is int


@table("provider", PROVIDERS)
def test_who_asks_for_it_gets_an_exception_of_an_undocumented_status(provider) -> None:
    op = next(operations(provider))
    errors = importlib.import_module(f"imagetasks_clients.{provider}.errors")
    client = authenticated(
        provider, lambda _: httpx.Response(520), raise_on_unexpected_status=True
    )
    with pytest.raises(errors.UnexpectedStatus, match="520"):
        op.module.sync_detailed(client=client, **arguments(op))


@table("provider", PROVIDERS)
def test_the_key_is_in_no_repr(provider) -> None:
    op = next(operations(provider))
    client = authenticated(provider, lambda _: httpx.Response(418))
    assert KEY not in repr(client)
    op.module.sync_detailed(client=client, **arguments(op))
    client.get_async_httpx_client()
    assert KEY not in repr(client)  # now with the header made
    named = client.with_headers({"X-Trace": "1"}).with_cookies({"a": "b"})
    assert KEY not in repr(named)


@table("provider", PROVIDERS)
def test_an_id_is_one_part_of_a_path(provider) -> None:
    for op in operations(provider):
        if "{id}" in op.path:
            kwargs = op.module.get_kwargs("a/b?c#d%")
            assert kwargs["url"].endswith("/a%2Fb%3Fc%23d%25")


# ---- What lies beside the code ---------------------------------------------------------------------------------------


@table("provider", PROVIDERS)
def test_a_client_carries_its_spec(provider) -> None:
    """As JSON: dates have become text, nothing else differs."""
    source = yaml.safe_load((OPENAPI / f"{provider}.yaml").read_text())
    package = clients(provider)
    assert package.spec() == json.loads(json.dumps(source, default=str))
    assert package.spec() is package.spec()
    bundled = files(package.__name__).joinpath("openapi.json").read_text()
    assert json.loads(bundled) == package.spec()
    assert list(package.spec()["paths"]) == list(source["paths"])


def test_every_spec_has_a_client() -> None:
    assert sorted(PROVIDERS) == [file.stem for file in spec_files(OPENAPI)]


@table("package", ["", *(f".{provider}" for provider in PROVIDERS)])
def test_types_are_for_others_to_use(package) -> None:
    assert files(f"imagetasks_clients{package}").joinpath("py.typed").is_file()
    assert files("imagetasks").joinpath("py.typed").is_file()


# ---- Generation ------------------------------------------------------------------------------------------------------


LONG = pytest.mark.long


@pytest.fixture
def generate(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(OPENAPI / "tools")
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    return importlib.import_module("generate")


@pytest.fixture
def target(generate, monkeypatch, tmp_path) -> Path:
    """A copy of generated/ that the check looks at instead."""
    copied = tmp_path / GENERATED.name
    shutil.copytree(GENERATED, copied, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(generate, "TARGET", copied)
    return copied


@pytest.mark.long
def test_generated_is_what_the_specs_give() -> None:
    done = subprocess.run(
        [sys.executable, OPENAPI / "tools" / "generate.py", "--check"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.long
def test_generating_twice_gives_the_same_bytes(tmp_path) -> None:
    """Neither the order of a set nor the folder shows in the output."""
    code = "import sys, pathlib, generate; generate.generate_all(pathlib.Path(sys.argv[1]))"
    runs = []
    for seed in ("1", "2"):
        environ = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": str(OPENAPI / "tools"),
        }
        output = tmp_path / f"seed_{seed}"
        runs.append(subprocess.Popen([sys.executable, "-c", code, output], env=environ))
    assert [run.wait() for run in runs] == [0, 0]
    assert contents(tmp_path / "seed_1") == contents(tmp_path / "seed_2")
    assert contents(tmp_path / "seed_1") == contents(GENERATED)


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.long
@pytest.mark.parametrize(
    "change",
    [
        "edited",
        *(pytest.param(c, marks=LONG) for c in ("removed", "added", "retyped")),
    ],
)
def test_the_check_names_what_differs(generate, target, capsys, change) -> None:
    model = target / "akool" / "models" / "image_task.py"
    if change == "edited":
        model.write_text(model.read_text() + "# by hand\n")
    elif change == "removed":
        model.unlink()
    elif change == "added":
        model = target / "akool" / "models" / "by_hand.py"
        model.touch()
    else:  # the same size and time: only its bytes tell
        times = model.stat()
        model.write_text(model.read_text().replace("ImageTask", "ImageTusk"))
        os.utime(model, ns=(times.st_atime_ns, times.st_mtime_ns))
    before = contents(target)
    filecmp.clear_cache()
    assert generate.main() == 1
    said = capsys.readouterr().err
    assert str(model.relative_to(target)) in said
    assert "make generate" in said
    assert contents(target) == before  # a check writes nothing


@pytest.mark.long
def test_generating_puts_the_difference_right(
    generate, target, monkeypatch, capsys
) -> None:
    (target / "akool" / "models" / "image_task.py").write_text("# by hand\n")
    (target / "akool" / "models" / "by_hand.py").touch()
    monkeypatch.setattr(sys, "argv", ["generate.py"])
    assert generate.main() == 0
    assert "2 files changed" in capsys.readouterr().out
    assert contents(target) == contents(GENERATED)


@pytest.fixture
def codegen(generate, monkeypatch, tmp_path) -> Path:
    """A copy of openapi/codegen/ for the generator to read."""
    copied = tmp_path / "codegen"
    shutil.copytree(OPENAPI / "codegen", copied)
    monkeypatch.setattr(generate, "CODEGEN", copied)
    return copied


def test_an_upgrade_that_changes_an_overridden_template_is_noticed(
    generate, target, codegen, capsys
) -> None:
    hashes = codegen / "upstream.sha256"
    first, *rest = hashes.read_text().splitlines()
    expected, name = first.split()
    hashes.write_text("\n".join([f"{expected[::-1]}  {name}", *rest]))
    assert generate.main() == 1
    said = capsys.readouterr().err
    assert name in said
    assert "upstream.sha256" in said


def test_every_override_has_its_upstream_template_on_record() -> None:
    recorded = (OPENAPI / "codegen" / "upstream.sha256").read_text().split()[1::2]
    ours = {
        str(path.relative_to(OPENAPI / "codegen" / "templates"))
        for path in (OPENAPI / "codegen" / "templates").rglob("*.jinja")
    }
    assert sorted(recorded) == sorted(ours)


@pytest.mark.long
@pytest.mark.parametrize(
    "mistake",
    [
        {"type": "no such type"},
        {"$ref": "#/components/schemas/Missing"},
        {"type": "array"},
    ],
    ids=str,
)
def test_a_spec_with_a_mistake_leaves_the_clients_as_they_were(
    generate, target, monkeypatch, tmp_path, capsys, mistake
) -> None:
    """A warning of the generator drops a schema, and every type that uses it: it counts as an error."""
    broken = yaml.safe_load((OPENAPI / "xingchaoyiqing.yaml").read_text())
    broken["components"]["schemas"]["Image"]["properties"]["model"] = mistake
    specs = tmp_path / "openapi"
    specs.mkdir()
    (specs / "broken.yaml").write_text(yaml.safe_dump(broken))
    monkeypatch.setattr(generate, "OPENAPI", specs)
    monkeypatch.setattr(sys, "argv", ["generate.py"])
    before = contents(target)
    assert generate.main() == 1
    assert "broken.yaml" in capsys.readouterr().err
    assert contents(target) == before
