"""What field names say, and what they do not."""

import pytest

from hosted.scrub.keynames import KeyKind, kind_of, words_of
from tests.hosted.scrub.engines import WALKER

SECRET = """
    password userPassword user_password new-password passwordConfirmation password_hash passwd pwd
    dbpassword DB_PASS db.password spring.datasource.password user[password] Passwort contraseña
    passphrase secret clientSecret client_secret webhookSecret aws_secret_access_key apiKey api-key
    api_key X-Api-Key Ocp-Apim-Subscription-Key accessKey AccountKey privateKey signing_key
    encryptionKey license_key access_token refreshToken id_token authToken csrf_token X-CSRF-Token
    token sessionToken token2 jwt bearer authorization HTTP_AUTHORIZATION Proxy-Authorization cookie
    session_id sessionId PHPSESSID connect.sid otp otp_code mfaCode verification_code
    securityCode cvc cvv cvv2 card_cvc pin pin_code cardNumber card.number creditCard card_pan
    account_number SharedAccessSignature X-Amz-Signature connection_string databaseUrl mnemonic
    seedPhrase security_answer recoveryCode passw0rd
""".split()  # noqa: SIM905 - reads better as text
PERSONAL = """
    firstName last_name fullName surname given-name maiden_name email e_mail emailAddress user.email
    dob birthDate date_of_birth birthday street streetAddress address_line_1 home_address
    billingAddress ssn social_security_number passportNumber national_id taxId licensePlate username
    cardholderName customer_name iban
""".split()  # noqa: SIM905 - reads better as text
PLAIN = """
    author authority monkey keyboard compass passenger secretariat tokenizer token_count
    email_template email_verified card_type phone_model cookie_policy_version passed pass_rate
    password_policy password_length is_password_set has_password max_tokens_per_call status
    sort_key primary_key foreign_key public_key publishable_key idempotency-key cache_key
    partition_key
    name product_name filename hostname event_name country_code status_code error_code zip_code
    next_page_token nextPageToken pageToken order_number phone_type address_type ip_address_count id
    description passport_country session_count secretary key keys value total
""".split()  # noqa: SIM905 - reads better as text


@pytest.mark.parametrize("name", SECRET)
def test_names_of_secrets_are_known_in_every_spelling(name):
    assert kind_of(name) is KeyKind.SECRET


@pytest.mark.parametrize("name", PERSONAL)
def test_names_of_personal_data_are_known_in_every_spelling(name):
    assert kind_of(name) is KeyKind.PERSONAL


@pytest.mark.parametrize("name", PLAIN)
def test_names_that_only_contain_such_a_word_say_nothing(name):
    assert kind_of(name) in {KeyKind.PLAIN, KeyKind.VERSION}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fooBar[0].API-Key", ["foo", "bar", "0", "api", "key"]),
        ("httpServerURL", ["http", "server", "url"]),
        ("Mot_dé_Passe", ["mot", "de", "passe"]),
        ("", []),
    ],
)
def test_names_are_taken_apart_at_their_borders(name, words):
    assert words_of(name) == words


@pytest.mark.parametrize("sentence", ["Please enter your api key", "Forgot password?", "a; token"])
def test_a_sentence_is_no_name(sentence):
    assert WALKER.scrubbed({sentence: 1, "b": "c"}) == {sentence: 1, "b": "c"}


def test_counts_of_tokens_stay_and_tokens_do_not():
    usage = {"promptTokens": 5, "total_tokens": 7, "tokens": ["the", "quick"], "max_tokens": "100"}
    assert WALKER.scrubbed(usage) == usage
    assert WALKER.scrubbed({"access_tokens": ["a", "b"], "tokens": ["h7Kq93xvB2mN4pQ8"]}) == {
        "access_tokens": ["[secret]", "[secret]"],
        "tokens": ["[secret]"],
    }


def test_words_of_a_language_model_stay():
    choice = {"token": "Hello", "logprob": -0.1, "top": [{"token": "Hi", "logprob": -2}]}
    assert WALKER.scrubbed(choice) == choice


def test_everything_below_a_secret_name_is_masked():
    event = {"credentials": {"a": ["x", {"b": "y"}], "n": 12345}, "pin": 123, "otp": 482913}
    assert WALKER.scrubbed(event) == {
        "credentials": {"a": ["[secret]", {"b": "[secret]"}], "n": 0},
        "pin": 0,
        "otp": 0,
    }


@pytest.mark.parametrize("value", ["", None, True, "required", "****", "[secret]", "null"])
def test_values_that_say_nothing_stay_below_a_secret_name(value):
    assert WALKER.scrubbed({"password": value}) == {"password": value}


def test_a_value_that_mentions_a_password_is_no_secret():
    event = {"message": "password must be at least 8 characters", "hint": "Forgot your password?"}
    assert WALKER.scrubbed(event) == event


@pytest.mark.parametrize(
    "pair",
    [
        {"name": "Authorization", "value": "Zx"},
        {"key": "password", "value": "Zx"},
        {"Name": "token", "Value": "Zx"},
        ["Authorization", "Zx 1"],
        [["Cookie", "Zx"], ["Host", "h"]],
        ["Host", "h", "Authorization", "Zx"],
    ],
)
def test_pairs_of_name_and_value_are_understood(pair):
    left = WALKER.scrubbed([pair])
    assert "Zx" not in str(left)
    assert "[secret]" in str(left)


def test_lists_of_field_names_are_no_pairs():
    lists = [["username", "password"], ["token", "name"], ["password"], ["a", "email", "c", "d"]]
    assert WALKER.scrubbed(lists) == lists


def test_a_name_is_a_persons_below_a_person():
    event = {"customer": {"name": "Jo Doe", "plan": "gold"}, "product": {"name": "Blue Widget"}}
    left = WALKER.scrubbed(event)
    assert left["customer"] == {"name": "[personal]", "plan": "gold"}
    assert left["product"] == event["product"]
    assert WALKER.scrubbed({"name": {"first": "Jo"}}) == {"name": {"first": "[personal]"}}


@pytest.mark.parametrize(
    ("event", "left"),
    [
        ({"ip": "1.2.3.4"}, {"ip": "1.2.3.0/24"}),
        ({"remoteAddr": "2001:db8:1:2::3"}, {"remoteAddr": "2001:db8:1::/48"}),
        ({"version": "1.2.3.4"}, {"version": "1.2.3.4"}),
        ({"firmware_version": "198.51.100.7"}, {"firmware_version": "198.51.100.7"}),
        ({"phone": "0660 1234567"}, {"phone": "[phone]"}),
        ({"phone": 6601234567}, {"phone": 0}),
        ({"mobile": "yes"}, {"mobile": "yes"}),
        ({"phone_model": "Nine 12345"}, {"phone_model": "Nine 12345"}),
    ],
)
def test_addresses_versions_and_telephones_are_told_by_their_names(event, left):
    assert WALKER.scrubbed(event) == left


def test_names_that_were_masked_alike_are_told_apart():
    event = {"a1@corp.example": 1, "a2@corp.example": 2, "[email]": 3}
    left = WALKER.scrubbed(event)
    assert sorted(left.values()) == [1, 2, 3]
    assert "corp" not in str(left)
    assert WALKER.scrubbed(left) == left


def test_harmless_names_are_remembered_and_no_others():
    from hosted.scrub.walker import Walker
    from tests.hosted.scrub.engines import HYPERSCAN

    walker = Walker(HYPERSCAN)
    walker.scrubbed({"plain": 1, "jo@corp.example": 2})
    assert set(walker._names) == {"plain"}
