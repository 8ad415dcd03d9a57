"""AKOOL's deliveries, from the bytes that are posted to the event, or to the typed refusal."""

from __future__ import annotations

import json
import logging
import pickle
import subprocess
import sys
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import ImageTasksError, State, WebhookEvent, WebhookRejected
from imagetasks.webhooks import akool
from imagetasks_mock.vendors.akool_webhook import seal
from support import specs
from support.akool_webhooks import (
    CLIENT_ID,
    SECRET,
    SENT_AT,
    TASK_ID,
    URL,
    content,
    sealed,
    signed,
)
from support.examples import law

# Vectors of our own, made with the command of OpenSSL (`openssl enc -aes-192-cbc -K .. -iv .. -base64`, `openssl dgst
# -sha1` over the four lines of `sort`): the page's sample values fit none of its rules. Timestamp: 1700000000000.
VECTORS = [
    pytest.param(
        CLIENT_ID,
        SECRET,
        "1529",
        "f2abcd0a3ceaf2033b13b16927725e3299dde787",
        "6eQb0ODjGc3lDMtDRasOsORaq9cKetzTQ1PDtVMceUuYRXTGiXMUjKKym/b4Cr13twbXA0E3i3gPCy4Vqu6iLVhtHVFRatoAxbXeq8ASGlJR"
        "JnYYF3s5e/nCZpWnMxxR7bnVaNuogNCzkPKD6a9zUw==",
        (State.SUCCEEDED, URL),
        id="the documented lengths, 16 and 24: AES-192",
    ),
    pytest.param(
        "64db241f6d9e5c4bd136c187",
        "secret-of-thirty-two-characters_",
        "1529",
        "486d8ddffc0f70973304a09569b5bd1896e7ad44",
        "cy0d0xA978zPYrOFaj11EbNC+g/g5mw4OgY0N3eP7xUMhrO24SjGGlAA7BF3EKm1H4dJQliy2dmSm0pyuqUFMA==",
        (State.RUNNING, None),
        id="the clientId of the authentication page, a secret of 32: AES-256",
    ),
    pytest.param(
        "ten-chars_",
        "openapi.akool.com",
        "0007",
        "3d34f4ce68e048677f87d1887c6c97f508f1fa65",
        "WsZ+OGmiqelk89y6kcYkqQGskJWVwxRS+70aSNItRiLoZMF8Yw3NBOJonl++WcQ/a8zF7Ti9hVwCbmOENQ+tHC/XTF1ECy6/RxTfD3bFXXQ=",
        (State.FAILED, None),
        id="both filled with zeros",
    ),
    pytest.param(
        "client-id-with-22-char",
        "a-secret-that-is-longer-than-thirty-two-characters",
        9,
        "158ceccee82f22f7762e05bb420e6e6dfaa176aa",
        "VCuV5LKCu2IYcqsD9+gy0Lkke2Smyr1vXQ+7PipzCxiNpnLO9t7XkLdpAU0BF63NDnrLG732LaLTg+ZTCkPzm7jOyGSJEoe4qa07iXa95xhp"
        "6CtLKjeSVwMSMGSAaNyRIHu76kn9JJ2gYZ4l29MHLQ==",
        (State.SUCCEEDED, URL),
        id="both cut, and a nonce that is a number",
    ),
]


def why(receiver: akool.Receiver, body: bytes) -> str:
    with pytest.raises(WebhookRejected) as caught:
        receiver.parse(body)
    assert caught.value.provider == "akool"
    return caught.value.reason


# What is read.


@pytest.mark.parametrize(
    ("client_id", "secret", "nonce", "signature", "encrypted", "told"), VECTORS
)
def test_vectors_made_with_openssl_are_read(
    client_id, secret, nonce, signature, encrypted, told
) -> None:
    receiver = akool.Receiver(client_id, secret, clock=lambda: SENT_AT)
    envelope = {
        "signature": signature,
        "dataEncrypt": encrypted,
        "timestamp": int(SENT_AT * 1000),
        "nonce": nonce,
    }
    event = receiver.parse(json.dumps(envelope).encode())
    assert event == WebhookEvent(
        provider="akool",
        task_id=TASK_ID,
        state=told[0],
        type="image",
        url=told[1],
        sent_at=datetime.fromtimestamp(SENT_AT, UTC),
    )


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


@law
@given(TEXTS, TEXTS, TEXTS, st.sampled_from([1, 2, 3, 4]), st.integers(0, 99))
def test_what_the_mock_seals_is_read(client_id, secret, task_id, status, seed) -> None:
    """The mock shares no code with the wrapper."""
    said = content(status, task_id)
    body = json.dumps(seal(said, secret, client_id, SENT_AT, Random(seed))).encode()
    event = akool.Receiver(client_id, secret, clock=lambda: SENT_AT).parse(body)
    assert (event.task_id, event.type) == (task_id, "image")
    assert event.state is akool.STATES[status]


def test_every_documented_status_has_a_state() -> None:
    listed = specs.load("akool")["components"]["schemas"]["WebhookStatus"]["enum"]
    assert sorted(akool.STATES) == listed


@pytest.mark.parametrize("status", [0, 5, -1])
def test_a_status_that_is_not_documented_is_unknown_and_still_a_hint(
    receiver, status
) -> None:
    assert receiver.parse(sealed(content(status))).state is State.UNKNOWN


@pytest.mark.parametrize("url", [None, "", 7, ["x"]])
def test_a_url_that_is_none_costs_nothing(receiver, url) -> None:
    """ "Whether it is absent, null or empty otherwise is not documented." """
    assert receiver.parse(sealed(content(3, url=url))).url is None


def test_more_fields_than_documented_are_no_offence(receiver) -> None:
    assert receiver.parse(sealed(content(3, more=[1]))).state is State.SUCCEEDED


def test_the_timestamp_is_signed_as_it_stands_in_the_json(receiver) -> None:
    """In quotes too, which no page shows, but nothing forbids."""
    envelope = json.loads(sealed(content()))
    envelope["timestamp"] = str(envelope["timestamp"])
    assert receiver.parse(json.dumps(envelope).encode()).task_id == TASK_ID


# What the page leaves open is borne.


def rewritten(**fields: Any) -> bytes:
    return json.dumps(json.loads(sealed(content())) | fields).encode()


def test_a_signature_may_be_in_upper_case(receiver) -> None:
    """ "signature = sha1(sort(...))": of the case of its hex the page says nothing."""
    signature = json.loads(sealed(content()))["signature"]
    for written in (signature.upper(), signature.title()):
        assert receiver.parse(rewritten(signature=written)).task_id == TASK_ID


def test_a_body_may_begin_with_a_byte_order_mark(receiver) -> None:
    assert receiver.parse(b"\xef\xbb\xbf" + sealed(content())).task_id == TASK_ID
    marked = b"\xef\xbb\xbf" + json.dumps(content()).encode()
    assert receiver.parse(sealed(marked)).task_id == TASK_ID


def test_a_timestamp_may_be_in_seconds(receiver, clock) -> None:
    """ "timestamp: Number", without a unit; the page's example has milliseconds."""
    body = sealed(content(), at=SENT_AT / 1000)  # 1700000000
    assert receiver.parse(body).sent_at == datetime.fromtimestamp(SENT_AT, UTC)
    clock.now = SENT_AT + 301
    assert why(receiver, body) == "stale"


@pytest.mark.parametrize("type", [None, "", 7, ["image"]])
def test_a_type_that_is_none_costs_nothing(receiver, type) -> None:
    assert receiver.parse(sealed(content() | {"type": type})).type is None


def test_a_type_may_be_left_out(receiver) -> None:
    told = receiver.parse(sealed({"_id": TASK_ID, "status": 3, "url": URL}))
    assert (told.type, told.state, told.url) == (None, State.SUCCEEDED, URL)


def test_a_task_in_the_queue_is_told_of_too(receiver) -> None:
    """The page's column of values has 2, 3 and 4; its legend "1: queueing" as well."""
    assert receiver.parse(sealed(content(1))).state is State.QUEUED


def test_the_content_may_be_written_as_hex(receiver) -> None:
    """As one of the page's samples does. It is the same content, so it is handled once."""
    encrypted = b64decode(json.loads(sealed(content()))["dataEncrypt"]).hex()
    for written in (encrypted, encrypted.upper()):
        assert receiver.parse(signed(written)).task_id == TASK_ID
    handled: list[WebhookEvent] = []
    for body in (sealed(content()), signed(encrypted), signed(encrypted.upper())):
        assert receiver.handle(body, handled.append) == 200
    assert len(handled) == 1


def test_an_event_travels_to_the_process_that_waits(receiver) -> None:
    event = receiver.parse(sealed(content()))
    assert pickle.loads(pickle.dumps(event)) == event


# What is rejected.


def test_the_pages_own_example_is_rejected_as_it_neither_verifies_nor_decrypts() -> (
    None
):
    hook = specs.load("akool")["webhooks"]["imageFinished"]["post"]
    (media,) = hook["requestBody"]["content"].values()
    example = media["examples"]["documented"]["value"]
    at = example["timestamp"] / 1000
    pair = ("64db241f6d9e5c4bd136c187", "openapi.akool.com")
    receiver = akool.Receiver(*pair, clock=lambda: at)
    assert why(receiver, json.dumps(example).encode()) == "signature"


@pytest.mark.parametrize("field", ["signature", "dataEncrypt", "timestamp", "nonce"])
def test_whatever_is_tampered_with_the_signature_shows_it(receiver, field) -> None:
    envelope = json.loads(sealed(content()))
    if field == "timestamp":
        envelope[field] += 1
    else:
        first = envelope[field][0]
        envelope[field] = ("1" if first == "0" else "0") + envelope[field][1:]
    assert why(receiver, json.dumps(envelope).encode()) == "signature"


def test_a_signature_for_another_account_is_none(clock) -> None:
    other = akool.Receiver("another-client-id", SECRET, clock=clock)
    assert why(other, sealed(content())) == "signature"


@pytest.mark.parametrize(
    ("encrypted", "is_text"),
    [
        (b64encode(b"\0" * 32).decode(), True),
        (b64encode(b"\0" * 17).decode(), True),
        ("", True),
        ("not base64!", True),
        ("00" * 32, True),
        (b"no JSON", False),
        (b"\xff\xfe", False),
        (b"[" * 20_000, False),
        ([], False),
        (None, False),
        ({}, False),
        ({"_id": 7, "status": 3, "type": "image"}, False),
        ({"_id": "", "status": 3, "type": "image"}, False),
        ({"_id": "\ud800", "status": 3, "type": "image"}, False),
        ({"_id": "1", "status": "3", "type": "image"}, False),
        ({"_id": "1", "status": [3], "type": "image"}, False),
    ],
)
def test_who_knows_the_client_id_can_sign_but_not_encrypt(
    receiver, encrypted, is_text
) -> None:
    """The signature covers no secret. Whatever is wrong with the content, it is the same to the sender."""
    body = signed(encrypted) if is_text else sealed(encrypted)
    assert why(receiver, body) == "undecryptable"
    assert receiver.handle(body, print) == 400


def test_another_secret_does_not_open_it(clock) -> None:
    other = akool.Receiver(CLIENT_ID, "x" * 24, clock=clock)
    assert why(other, sealed(content())) == "undecryptable"


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (299.9, None),
        (300.1, "stale"),
        (-299.9, None),
        (-300.1, "stale"),
        (1e9, "stale"),
    ],
)
def test_what_is_older_or_newer_than_the_tolerance_is_stale(
    receiver, clock, age, reason
) -> None:
    clock.now = SENT_AT + age
    if reason is None:
        assert receiver.parse(sealed(content())).task_id == TASK_ID
    else:
        assert why(receiver, sealed(content())) == reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 60_000,
        b'{"signature": NaN, "dataEncrypt": "", "timestamp": 1, "nonce": ""}',
        b'{"signature": "", "dataEncrypt": "", "timestamp": 1.5, "nonce": ""}',
        b'{"signature": "", "dataEncrypt": "", "timestamp": -1, "nonce": ""}',
        b'{"signature": "", "dataEncrypt": "", "timestamp": null, "nonce": ""}',
        b'{"signature": "", "dataEncrypt": "", "timestamp": 1, "nonce": "\\ud800"}',
        b'{"signature": "", "dataEncrypt": {}, "timestamp": 1, "nonce": ""}',
        b'{"signature": "", "dataEncrypt": "", "timestamp": %s, "nonce": ""}'
        % (b"9" * 5000),
    ],
)
def test_what_is_no_envelope_is_malformed(receiver, body) -> None:
    assert why(receiver, body) == "malformed"


def test_a_body_has_a_largest_size(receiver) -> None:
    filler = b" " * akool.MAX_BODY
    assert why(receiver, sealed(content()) + filler) == "too_large"


@pytest.mark.parametrize(("client_id", "secret"), [("", SECRET), (CLIENT_ID, "")])
def test_a_receiver_without_a_secret_is_none(client_id, secret) -> None:
    with pytest.raises(ValueError, match="client_id and client_secret"):
        akool.Receiver(client_id, secret)


@pytest.mark.parametrize("tolerance", [0, -1, float("nan")])
def test_a_tolerance_is_above_zero(tolerance) -> None:
    with pytest.raises(ValueError, match="tolerance"):
        akool.Receiver(CLIENT_ID, SECRET, tolerance=tolerance)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("signature", "dataEncrypt", "timestamp", "nonce"), JSON),
)
CONTENTS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("_id", "status", "type", "url"), JSON)
)


@law
@given(
    st.binary()
    | ENVELOPES.map(lambda e: json.dumps(e).encode())
    | st.text().map(signed)
    | st.binary().map(lambda data: signed(b64encode(data).decode()))
    | (st.binary() | JSON | CONTENTS).map(sealed)
)
def test_any_bytes_are_an_event_or_rejected_and_show_no_secret(body: bytes) -> None:
    outcome: WebhookEvent | WebhookRejected
    try:
        outcome = akool.Receiver(CLIENT_ID, SECRET, clock=lambda: SENT_AT).parse(body)
    except WebhookRejected as rejected:
        outcome = rejected
    if isinstance(outcome, WebhookEvent):
        assert outcome.task_id
    else:
        assert outcome.__context__ is None  # what it came of could hold the content
        assert CLIENT_ID not in str(outcome)
        assert SECRET not in str(outcome)


def test_no_secret_is_in_a_repr(receiver) -> None:
    assert repr(receiver) == "akool.Receiver(tolerance=300)"


# Handled once, and repeated until it is.


def test_an_event_is_handled_once_and_its_repeat_is_answered_with_200(receiver) -> None:
    handled: list[WebhookEvent] = []
    for _ in range(3):
        assert receiver.handle(sealed(content()), handled.append) == 200
    assert [event.task_id for event in handled] == [TASK_ID]
    assert why(receiver, sealed(content())) == "repeated"


def test_a_repeat_with_a_signature_of_its_own_is_one_all_the_same(receiver) -> None:
    """The signature proves the clientId only, so who knows it could sign an old delivery anew."""
    handled: list[WebhookEvent] = []
    for n in range(3):
        body = sealed(content(), at=SENT_AT + n, nonce=str(n))
        assert receiver.handle(body, handled.append) == 200
    assert len(handled) == 1


def test_each_state_of_a_task_is_an_event_of_its_own(receiver) -> None:
    handled: list[WebhookEvent] = []
    for status in (2, 3):
        assert receiver.handle(sealed(content(status)), handled.append) == 200
    assert [event.state for event in handled] == [State.RUNNING, State.SUCCEEDED]


def test_what_could_not_be_handled_is_handled_when_it_is_repeated(
    receiver, caplog
) -> None:
    handled: list[WebhookEvent] = []

    def handler(event: WebhookEvent) -> None:
        handled.append(event)
        if len(handled) == 1:
            raise ZeroDivisionError("the database is down")

    assert receiver.handle(sealed(content()), handler) == 500
    assert "the database is down" in caplog.text
    assert receiver.handle(sealed(content()), handler) == 200
    assert receiver.handle(sealed(content()), handler) == 200
    assert len(handled) == 2


def test_what_comes_again_while_it_is_handled_is_to_come_later(receiver) -> None:
    again: list[int] = []

    def handler(event: WebhookEvent) -> None:
        again.append(receiver.handle(sealed(content()), print))

    assert receiver.handle(sealed(content()), handler) == 200
    assert again == [409]
    assert receiver.handle(sealed(content()), print) == 200


def test_parsing_alone_handles_nothing(receiver) -> None:
    assert receiver.parse(sealed(content())) == receiver.parse(sealed(content()))
    handled: list[WebhookEvent] = []
    assert receiver.handle(sealed(content()), handled.append) == 200
    assert len(handled) == 1


def test_no_delivery_can_be_replayed_however_its_clock_goes(receiver, clock) -> None:
    """One from a clock that is 300 s ahead stays fresh for 600 s, and so long it is remembered."""
    handled: list[WebhookEvent] = []
    body = sealed(content(), at=clock() + 299)
    statuses = set()
    for _ in range(700):
        statuses.add(receiver.handle(body, handled.append))
        clock.now += 1
    assert statuses == {200, 400}
    assert len(handled) == 1


def test_memory_is_bounded_by_time_and_number(receiver, clock, monkeypatch) -> None:
    from imagetasks.webhooks import _handled

    monkeypatch.setattr(_handled, "KEPT", 100)
    for n in range(300):
        receiver.handle(sealed(content(3, str(n))), lambda event: None)
    assert len(receiver._handled._done) <= 101
    clock.now += 601
    receiver.handle(sealed(content(), at=clock()), lambda event: None)
    assert len(receiver._handled._done) == 1


def test_a_coroutine_function_is_for_asgi(receiver) -> None:
    async def handler(event: WebhookEvent) -> None: ...

    with pytest.raises(TypeError, match="asgi"):
        receiver.handle(sealed(content()), handler)


def test_the_log_tells_of_deliveries_and_of_no_secret(receiver, caplog) -> None:
    caplog.set_level(logging.DEBUG, "imagetasks")
    receiver.handle(sealed(content(3, url=URL)), lambda event: None)
    receiver.handle(sealed(content(3, url=URL)), lambda event: None)
    receiver.handle(b"{}", print)
    assert [record.getMessage() for record in caplog.records] == [
        f"akool webhook, task {TASK_ID}: SUCCEEDED: handled",
        f"akool webhook, task {TASK_ID}: SUCCEEDED: was handled already",
        "akool webhook rejected: not the documented body: answered with 400",
    ]
    assert {record.levelname for record in caplog.records} == {"DEBUG"}


def test_a_rejection_is_one_of_our_errors() -> None:
    assert issubclass(WebhookRejected, ImageTasksError)


def test_without_the_extra_only_the_receiver_is_missing_and_says_what_it_needs() -> (
    None
):
    code = (
        "import sys\n"
        "sys.modules['cryptography'] = None\n"
        "import imagetasks.webhooks\n"
        "try:\n"
        "    import imagetasks.webhooks.akool\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stderr == ""
    assert "pip install 'imagetasks[webhooks]'" in run.stdout
