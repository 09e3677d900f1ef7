"""OpenAPI files of every version and form, and those that would do harm."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import InvalidInput
from desktop.services.openapi_import import MAX_BYTES, MAX_OPERATIONS, read_openapi

ITEMS = {
    "/items": {"get": {}, "post": {}, "parameters": [], "summary": "x"},
    "/items/{id}": {"delete": {}},
}
OPERATIONS = (("GET", "/items"), ("POST", "/items"), ("DELETE", "/items/{id}"))


def read(document):
    return read_openapi(json.dumps(document).encode())


def refusal(content):
    with pytest.raises(InvalidInput) as caught:
        read_openapi(content)
    assert caught.value.field == "file"
    assert "Nothing was changed." in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.1.1"])
def test_operations_of_version_3(version):
    found = read({"openapi": version, "info": {"title": "Items"}, "paths": ITEMS})
    assert (found.title, found.base_path, found.operations) == ("Items", "", OPERATIONS)


def test_operations_of_version_2_with_their_base_path():
    found = read({"swagger": "2.0", "basePath": "/v1/", "paths": ITEMS})
    assert (found.base_path, found.operations) == ("/v1", OPERATIONS)


@pytest.mark.parametrize(
    ("server", "base_path"),
    [
        ({"url": "https://api.example.com/v2"}, "/v2"),
        ({"url": "/"}, ""),
        ({"url": "https://{host}/{base}/x", "variables": {"base": {"default": "b"}}}, "/b/x"),
        ({"url": "http://[broken"}, ""),
        ({}, ""),
        ("no mapping", ""),
    ],
)
def test_base_path_is_that_of_the_first_server(server, base_path):
    document = {"openapi": "3.1.0", "servers": [server, {"url": "/other"}], "paths": {}}
    assert read(document).base_path == base_path


YAML = b"""\xef\xbb\xbf
# a comment
openapi: 3.1.0
info: {title: Items, version: 2024-01-01}
x-tag: !!python/object/apply:os.system ["exit 1"]
paths:
  x-extension: {get: {}}
  /items: &items
    get: {responses: {200: {description: ok}}}
    on: 1
    post:
  /copy: *items
  /merged:
    <<: *items
    delete: {}
  /many: {<<: [*items, {head: {}}]}
"""


def test_yaml_is_read_without_following_its_tags():
    found = read_openapi(YAML)
    assert found.title == "Items"
    assert found.operations == (
        ("GET", "/items"), ("POST", "/items"), ("GET", "/copy"), ("POST", "/copy"),
        ("GET", "/merged"), ("POST", "/merged"), ("DELETE", "/merged"),
        ("GET", "/many"), ("POST", "/many"), ("HEAD", "/many"),
    )  # fmt: skip


def test_yaml_may_begin_with_a_brace():
    assert read_openapi(b"{openapi: 3.0.0, paths: {/a: {get: }}}").operations == (("GET", "/a"),)


def test_references_inside_the_file_are_followed():
    document = {
        "openapi": "3.1.0",
        "paths": {"/a": {"$ref": "#/components/pathItems/a~1b%20c", "put": {}}},
        "components": {"pathItems": {"a/b c": {"$ref": "#/x"}}},
        "x": {"get": {}},
    }
    assert read(document).operations == (("GET", "/a"), ("PUT", "/a"))


def test_references_that_lead_nowhere_promise_nothing():
    document = {"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/no/where"}, "/b": 7, "/c": None}}
    assert read(document).operations == ()


def test_references_to_other_files_and_in_circles_are_refused():
    paths = {"/a": {"$ref": "items.yaml#/a"}}
    assert "another file" in refusal(json.dumps({"openapi": "3.1.0", "paths": paths}).encode())
    paths = {"/a": {"$ref": "#/paths/~1a"}}
    assert "circles" in refusal(json.dumps({"openapi": "3.1.0", "paths": paths}).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b"hello", b"a: b", b"openapi: 4.0.0", b"\xff\xfe{", b"{", b"\t- :[",
        b"a: &a [*b]", b"\x00", b"--- 1\n--- 2", b'{"openapi": 3',
    ],
)  # fmt: skip
def test_what_is_no_openapi_file_is_refused_in_words(content):
    assert refusal(content).startswith("This file ")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b" " * (MAX_BYTES + 1), "larger"),
        (b"[" * 200_000, "deep"),
        (b'{"a":' * 200_000, "deep"),
        (b"a: " + b"[" * 500 + b"]" * 500, "deep"),
        (b"- x\n" * 1_100_000, "many parts"),
        (b"a: &a x\nb: [" + b"*a," * 2000 + b"]", "many parts"),
    ],
)
def test_files_that_would_take_much_more_room_than_they_have_are_refused(content, word):
    begun = time.monotonic()
    assert word in refusal(content)
    assert time.monotonic() - begun < 20


def test_doubling_aliases_take_no_room():
    lines = ["openapi: 3.1.0", "a0: &a0 {get: {}}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 60)]
    lines += ["paths: {/x: {<<: *a1}}", "loop: &loop [*loop]"]
    assert read_openapi("\n".join(lines).encode()).operations == ()


def test_more_operations_than_a_catalog_holds_are_refused():
    paths = {f"/{number}": {"get": {}} for number in range(MAX_OPERATIONS + 1)}
    content = json.dumps({"openapi": "3.0.0", "paths": paths}).encode()
    assert "operations" in refusal(content)


def test_a_path_no_framework_has_is_refused():
    content = json.dumps({"openapi": "3.0.0", "paths": {"/" + "x" * 3000: {}}}).encode()
    assert "path of more than" in refusal(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(content):
    with suppress(InvalidInput):
        assert isinstance(read_openapi(content).operations, tuple)
