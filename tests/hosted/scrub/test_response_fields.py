"""What values responses have: told by path, and only while somebody meters by one."""

import json
from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages.health import SdkKind
from hosted.scrub.details import Details
from hosted.scrub.events import scrubbed
from hosted.scrub.response_fields import MOST_FIELDS, fields_of_schema, fields_of_shape
from hosted.scrub.scrub_rules import ScrubRules
from hosted.sdk.frames import AllocationMessage
from tests.hosted.scrub.engines import PSEUDONYMS
from tests.hosted.test_sdk_views import APP, application, policy, views_of

SCHEMA = {
    "id": {"type": "integer", "path": "id"},
    "usage": {
        "type": "object",
        "path": "usage",
        "properties": {"total_tokens": {"type": "integer", "path": "usage.total_tokens"}},
    },
    "data": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "number"}}}},
    "model": {"type": "string", "path": "model"},
    "gone": {"type": "null"},
}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def same(name):
    return name


def test_paths_are_those_of_the_schema_with_lists_as_their_items():
    assert fields_of_schema(SCHEMA, same) == {
        "id": "number", "usage.total_tokens": "number", "data[*].n": "number", "model": "string",
    }  # fmt: skip


def test_a_body_of_go_tells_the_same_without_lists():
    shape = {"usage": {"total_tokens": "integer"}, "model": "string", "data": [{"n": "number"}]}
    assert fields_of_shape(shape, same) == {"usage.total_tokens": "number", "model": "string"}


def test_endless_schemas_take_bounded_room():
    deep = {"type": "integer"}
    for _ in range(40):
        deep = {"type": "object", "properties": {"a": deep}}
    assert fields_of_schema({"a": deep}, same) == {}
    wide = {f"f{number}": {"type": "integer"} for number in range(5 * MOST_FIELDS)}
    assert len(fields_of_schema(wide, same)) == MOST_FIELDS


@given(ANY)
def test_whatever_is_sent_as_a_schema_or_a_shape_makes_paths_of_texts(value):
    for found in (fields_of_schema(value, same), fields_of_shape(value, same)):
        assert Counter(type(kind) for kind in found.values()).keys() <= {str}
        assert len(found) <= MOST_FIELDS


def detail(sdk, **facts):
    raw = json.dumps({"method": "POST", "url": "/login", **facts}).encode()
    message = AllocationMessage(alias="POST /login", metadata=msgspec.Raw(raw))
    kept, _ = Details(ScrubRules(), PSEUDONYMS).of("app_1", scrubbed(message, sdk), 0)
    return kept


def test_a_call_keeps_the_fields_of_its_response_and_no_value():
    kept = detail(SdkKind.PYTHON, responseSchema={**SCHEMA, "jo@corp.example": {"type": "integer"}})
    assert kept["response_fields"]["usage.total_tokens"] == "number"
    assert "jo@corp.example" not in json.dumps(kept)
    go = detail(SdkKind.GO, body={"usage": {"total_tokens": 7}})
    assert go["response_fields"] == {"usage.total_tokens": "number"}


@pytest.mark.parametrize("schema", [None, "null", {}, [], 7, "x"])
def test_a_response_without_a_schema_has_no_fields(schema):
    assert "response_fields" not in detail(SdkKind.PYTHON, responseSchema=schema)


@pytest.mark.parametrize(
    ("metering", "wanted"),
    [
        ({}, False),
        ({"expression": "tokens"}, False),
        ({"response_field": "usage.total_tokens"}, True),
        ({"trigger": "response_value", "condition": "status == 200"}, True),
    ],
)
def test_sdks_look_at_responses_only_where_somebody_meters_by_them(metering, wanted):
    views, directory, _ = views_of(application(), policy(metering=metering))
    told = json.loads(views.policies(directory.application(APP), SdkKind.PYTHON))
    assert told["extractResponseSchema"] is wanted
