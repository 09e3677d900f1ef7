"""What a pasted e-mail or another system's JSON asks for."""

import json
from datetime import UTC, datetime

import pytest

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.kinds import Channel, Regime, RequestKind
from desktop.services.privacy.intake import guess_kind, read_email, read_json

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
MAIL = """\
From: "Jane Doe" <jane@example.org>
To: privacy@example.com
Date: Wed, 10 Jun 2026 23:30:00 +0200
Subject: =?utf-8?q?L=C3=B6schung?=
Content-Type: text/plain; charset=utf-8

Please delete all my data.
"""
DSR = {
    "regulation": "gdpr",
    "subject_request_id": "a7551968-d5d6-44b2-9831-815ac9017798",
    "subject_request_type": "erasure",
    "submitted_time": "2026-06-01T15:00:00Z",
    "subject_identities": [
        {"identity_type": "email", "identity_value": "jane@example.org", "identity_format": "raw"},
        {"identity_type": "controller_customer_id", "identity_value": "user-7"},
    ],
    "api_version": "2.0",
}
DRP = {
    "drp.version": "1.0",
    "exercise": "sale:opt_out",
    "regime": "ccpa",
    "issued-at": "2026-06-02T10:00:00+00:00",
    "name": "Jane Doe",
    "email": "jane@example.org",
    "phone_number": "+12024561111",
}


def test_pasted_mail_tells_who_wrote_when_and_what():
    read = read_email(MAIL, NOW, "Europe/Berlin")
    assert (read.person.name, read.person.email) == ("Jane Doe", "jane@example.org")
    assert read.received_at == datetime(2026, 6, 10, 21, 30, tzinfo=UTC)
    assert (read.kind, read.channel) == (RequestKind.DELETION, Channel.EMAIL)
    assert read.text == "Löschung\n\nPlease delete all my data."
    assert read.zone == "Europe/Berlin"


def test_text_without_headers_is_a_message_of_now():
    read = read_email("I would like a copy of my data.", NOW, "UTC")
    assert (read.kind, read.received_at, read.person.email) == (RequestKind.ACCESS, NOW, "")
    assert read.text == "I would like a copy of my data."


def test_mail_from_the_future_arrived_now():
    assert read_email(MAIL.replace("2026", "2036"), NOW, "UTC").received_at == NOW


def test_unreadable_date_is_today():
    mail = MAIL.replace("Wed, 10 Jun 2026 23:30:00 +0200", "yesterday evening")
    assert read_email(mail, NOW, "UTC").received_at == NOW


def test_mail_in_an_unknown_encoding_is_still_read():
    read = read_email(MAIL.replace("charset=utf-8", "charset=klingon-8"), NOW, "UTC")
    assert "delete all my data" in read.text


def test_html_alone_leaves_the_text_to_the_owner():
    read = read_email(MAIL.replace("text/plain", "text/html"), NOW, "UTC")
    assert read.text == "Löschung"


@pytest.mark.parametrize("nothing", ["", "  \n", "x" * 1_000_000])
def test_nothing_to_read_is_said(nothing):
    with pytest.raises(InvalidInput, match="paste the whole message") as caught:
        read_email(nothing, NOW, "UTC")
    assert caught.value.field == "text"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Please unsubscribe me", RequestKind.OPT_OUT),
        ("Do not sell my information", RequestKind.OPT_OUT),
        ("my data in a machine-readable form", RequestKind.PORTABILITY),
        ("My e-mail address is wrong", RequestKind.CORRECTION),
        ("I object to profiling", RequestKind.OBJECTION),
        ("What data do you hold about me?", RequestKind.ACCESS),
        ("You hold data of my child, delete it", RequestKind.CHILD_REPORT),
        ("Where are your servers?", RequestKind.INQUIRY),
    ],
)
def test_kind_is_guessed_from_the_words(text, kind):
    assert guess_kind(text) is kind


def test_open_dsr_request_is_read():
    read = read_json(json.dumps(DSR), NOW, "UTC")
    assert (read.kind, read.channel) == (RequestKind.DELETION, Channel.OPEN_DSR)
    assert read.received_at == datetime(2026, 6, 1, 15, tzinfo=UTC)
    assert (read.person.email, read.person.identifiers) == ("jane@example.org", ("user-7",))
    assert read.regimes == (Regime.POLICY, Regime.GDPR)
    assert read.reference == DSR["subject_request_id"]


def test_hashed_identity_is_refused_for_nobody_is_found_by_it():
    hashed = {"identity_type": "email", "identity_value": "ab12", "identity_format": "sha256"}
    with pytest.raises(InvalidInput, match="hash"):
        read_json(json.dumps(DSR | {"subject_identities": [hashed]}), NOW, "UTC")


def test_request_of_the_data_rights_protocol_is_read():
    read = read_json(json.dumps(DRP), NOW, "UTC")
    assert (read.kind, read.channel) == (RequestKind.OPT_OUT, Channel.DATA_RIGHTS_PROTOCOL)
    assert (read.person.name, read.person.email) == ("Jane Doe", "jane@example.org")
    assert read.person.identifiers == ("+12024561111",)
    assert read.regimes == (Regime.POLICY, Regime.CCPA)


def test_unknown_regime_leaves_every_clock_running():
    assert read_json(json.dumps(DRP | {"regime": "voluntary"}), NOW, "UTC").regimes == tuple(Regime)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{", "not JSON"),
        ("[1]", "a JSON object"),
        ("{}", "neither an OpenDSR"),
        (json.dumps(DSR | {"subject_request_type": "party"}), "must be one of"),
        (json.dumps(DRP | {"exercise": 7}), "must be one of"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_request_is_told_apart(source, said):
    with pytest.raises(InvalidInput, match=said):
        read_json(source, NOW, "UTC")


@pytest.mark.parametrize("broken", [{"subject_identities": 7}, {"subject_identities": [1, {}]}])
def test_broken_parts_are_left_out(broken):
    read = read_json(json.dumps(DSR | broken | {"submitted_time": 3}), NOW, "UTC")
    assert (read.person.email, read.received_at) == ("", NOW)
