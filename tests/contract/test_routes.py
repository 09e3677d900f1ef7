"""The logical route: one text for one route, whatever framework wrote it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.routes import logical_route

SEGMENTS = st.text("abcxyz019-_.", min_size=1, max_size=8).filter(lambda text: text.strip("."))
NAMES = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)


@pytest.mark.parametrize(
    "url",
    [
        "/items/{id}", "/items/{item_id:int}", "/items/{id:[0-9]{1,3}}", "/items/{rest:path}",
        "/items/<id>", "/items/<int:id>", "/items/<path:rest>", "/items/:id", "/items/:id?",
        "/items/:id(\\d+)", "/items/*rest", "/items/*", "/items/{id}/", "items/{id}",
        "/items/{id}?verbose=1", "/items/{id}#part",
    ],
)  # fmt: skip
def test_one_parameter_is_one_route_in_every_framework(url):
    assert logical_route(url) == "/items/{}"


@pytest.mark.parametrize(
    ("url", "logical"),
    [
        ("/", "/"), ("", "/"), ("*", "*"), ("/a:b", "/a:b"), ("/v1/items/{id}:cancel", None),
        ("/flights/:from-:to", "/flights/{}-{}"), ("/files/{name}.{ext}", "/files/{}.{}"),
        ("/a/{b}/c/<d>/:e", "/a/{}/c/{}/{}"), ('/x/<regex("[a-z]<2>"):y>', "/x/{}"),
        ("/open/{never", "/open/{}"), ("/items/id", "/items/id"), ("/ITEMS/{id}", "/ITEMS/{}"),
    ],
)  # fmt: skip
def test_what_is_no_parameter_stays(url, logical):
    assert logical_route(url) == (logical or "/v1/items/{}:cancel")


@given(st.lists(st.tuples(SEGMENTS, NAMES), min_size=1, max_size=5))
def test_three_spellings_of_any_route_are_one(parts):
    spellings = [
        "".join(f"/{segment}/{opening}{name}{closing}" for segment, name in parts)
        for opening, closing in (("{", "}"), ("<int:", ">"), (":", ""))
    ]
    assert len({logical_route(url) for url in spellings}) == 1


@given(st.text(max_size=60))
def test_a_logical_route_is_its_own_logical_route(text):
    once = logical_route(text)
    assert logical_route(once) == once
