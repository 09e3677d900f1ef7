"""Card numbers are found by issuer, length and check digit, and masked but for four digits."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.card_numbers import is_card, masked, masked_bytes
from desktop.domain.errors import InvalidInput
from desktop.services.api_keys import check_secret
from desktop.services.key_files import read_keys
from desktop.services.passphrases import check_new
from desktop.services.privacy.intake import read_email, read_json
from desktop.services.rule_files import content_of
from tests.unit.privacy.test_intake import DSR, NOW

CARD = "4111 1111 1111 1111"
ISSUERS = {
    "4": (13, 16, 19), "51": (16,), "2221": (16,), "34": (15,), "6011": (16, 19),
    "36": (14,), "3528": (16,), "62": (16, 19), "50": (13, 16), "2200": (16,), "9792": (16,),
}  # fmt: skip
SEPARATORS = ("", " ", "-", ".")


def check_digit(digits):
    """The digit that makes a Luhn sum, counted by hand."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


@st.composite
def cards(draw):
    prefix = draw(st.sampled_from(sorted(ISSUERS)))
    length = draw(st.sampled_from(ISSUERS[prefix]))
    size = length - len(prefix) - 1
    body = prefix + draw(st.text("0123456789", min_size=size, max_size=size))
    return body + check_digit(body)


@given(cards())
def test_a_card_of_any_issuer_is_one_and_no_other_last_digit_makes_one(card):
    others = [card[:-1] + digit for digit in "0123456789" if digit != card[-1]]
    assert not any(map(is_card, others))
    if len(card) != 13:  # thirteen digits may as well be an article number
        assert is_card(card)


@given(cards().filter(lambda card: len(card) == 16), st.sampled_from(SEPARATORS))
def test_grouped_or_not_four_digits_stay(card, separator):
    groups = [card[start : start + 4] for start in range(0, 16, 4)]
    if [*map(int, groups)] == sorted(map(int, groups)):
        return  # rising groups may be years or ports
    written = separator.join(groups)
    hidden = masked(f"Card {written}, thanks")
    assert len(hidden) == len(f"Card {written}, thanks")
    assert hidden.count("•") == 12
    assert hidden.endswith(f"{card[-4:]}, thanks")


@given(st.text(max_size=200))
def test_masking_twice_is_masking_once(text):
    once = masked(text)
    assert masked(once) == once


@given(st.binary(max_size=200))
def test_bytes_that_are_no_text_stay(content):
    if not any(byte in b"0123456789" for byte in content):
        assert masked_bytes(content) == content


def test_an_email_is_masked_also_where_it_is_encoded():
    mail = (
        "From: Jane <jane@example.org>\nSubject: My card 4111111111111111\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        "TXkgY2FyZCBpcyA0MTExIDExMTEgMTExMSAxMTExLg==\n"
    )
    text = read_email(mail, NOW, "UTC").text
    assert "1111 1111" not in text
    assert text.count("••••") == 6


def test_a_request_of_another_system_is_masked():
    identity = {"identity_type": "card", "identity_value": CARD, "identity_format": "raw"}
    request = read_json(json.dumps({**DSR, "subject_identities": [identity]}), NOW, "UTC")
    assert request.person.identifiers == ("•••• •••• •••• 1111",)


def test_a_csv_of_keys_is_masked():
    content = f"name,secret,note\nPay,sk_live_1234567890abcdef,card {CARD}\n".encode()
    ((details, secret),) = read_keys(content).keys
    assert details.note == "card •••• •••• •••• 1111"
    assert secret == "sk_live_1234567890abcdef"


def test_a_file_of_rules_is_masked(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(f"rules:\n  - name: {CARD}\n")
    assert CARD.encode() not in content_of(str(path))


def test_a_card_number_is_no_key_and_no_passphrase():
    with pytest.raises(InvalidInput, match="never kept"):
        check_secret(CARD)
    with pytest.raises(InvalidInput, match="card number"):
        check_new(f"my card {CARD}")
