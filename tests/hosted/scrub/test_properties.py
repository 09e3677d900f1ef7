"""What holds for every event: planted secrets go, shapes stay, twice is once, nothing raises."""

import json

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.hosted.scrub.corpus import core_of, secrets
from tests.hosted.scrub.engines import EVENT, as_text, records, scrubbed, shape

SECRETS = [secret for seed in range(20, 24) for secret in secrets(seed).values()]
TEXT = st.text(max_size=40) | st.sampled_from(
    ["=", ":", "@", "a:b", "password", "Bearer ", "key", "%40", "&#64;", "4111", "::1", "<a>", "+1"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.dictionaries(st.sampled_from(sorted(EVENT)) | TEXT, JSON, max_size=6)
PROFILES = st.sampled_from(["minimal", "scrub"])


def planted(value, secret):
    """Every JSON value with a secret put beside each of its parts."""
    if isinstance(value, dict):
        return {name: planted(below, secret) for name, below in value.items()} | {"zz": secret}
    return (
        [planted(item, secret) for item in value] + [secret] if isinstance(value, list) else value
    )


@settings(max_examples=150)
@given(FIELDS, st.sampled_from(SECRETS), PROFILES)
def test_a_planted_secret_is_gone_from_any_event(event, secret, profile):
    assume(core_of(secret) not in as_text(event))  # by chance, where nothing says that it is one
    left = as_text(scrubbed(planted(event, secret), profile))
    assert core_of(secret) not in left


@settings(max_examples=150)
@given(FIELDS, PROFILES, st.none() | TEXT)
def test_any_event_keeps_its_shape_and_is_scrubbed_once(event, profile, alias):
    scrubber = records(profile)
    once = scrubber.scrubbed({"event": event, "alias": alias})
    assert shape(once["event"]) == shape(event)
    assert scrubber.scrubbed(once) == once
    assert scrubber.failures == 0
    msgspec.json.decode(msgspec.json.encode(once))


@settings(max_examples=100)
@given(TEXT, st.sampled_from(SECRETS), TEXT)
def test_a_secret_between_other_words_is_gone(before, secret, after):
    left = as_text(scrubbed({"body": f"{before} {secret} {after}"}))
    assert core_of(secret) not in left


@settings(max_examples=150)
@given(st.lists(JSON, max_size=3) | st.dictionaries(TEXT, JSON, max_size=4), st.booleans())
def test_json_in_a_text_is_scrubbed_as_the_same_json_outside_one(body, is_spaced):
    text = msgspec.json.format(msgspec.json.encode(body), indent=0 if is_spaced else -1).decode()
    kept = scrubbed({"body": text})["body"]
    assert msgspec.json.decode(kept) == scrubbed({"body": msgspec.json.decode(text)})["body"]
    assert scrubbed({"body": kept})["body"] == kept


@settings(max_examples=100)
@given(FIELDS, st.sampled_from(SECRETS))
def test_a_secret_in_json_inside_json_in_a_text_is_gone(event, secret):
    assume(core_of(secret) not in as_text(event))
    inner = json.dumps({"deeper": json.dumps(planted(event, secret)), "zz": secret})
    assert core_of(secret) not in as_text(scrubbed({"body": inner}))
