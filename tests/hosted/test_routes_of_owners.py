"""Which routes of the owner cover a call, and how many endpoints are told apart."""

import pytest

from contract.messages.rollups import UNMATCHED
from hosted.metering import endpoints
from hosted.metering.endpoints import EndpointBook, endpoint_id
from hosted.metering.probes import is_probe
from hosted.metering.route_match import covers, is_listed, is_pattern


@pytest.mark.parametrize(
    ("route", "method", "url", "is_covered"),
    [
        (("GET", "/a"), "GET", "/a", True),
        (("GET", "/a"), "POST", "/a", False),
        (("GET", "/a"), "GET", "/a/b", False),
        (("*", "/a"), "DELETE", "/a", True),
        (("GET", "*"), "GET", "/anything", True),
        (("GET", "/a/*"), "GET", "/a/b/c", True),
        (("GET", "/a/*"), "GET", "/a/", True),
        (("GET", "/a/*"), "GET", "/a", False),
        (("GET", "/a/*"), "GET", "/ab", False),
        (("GET", "/a*"), "GET", "/ab", False),
    ],
)
def test_a_block_covers_what_its_star_stands_for(route, method, url, is_covered):
    assert covers(route, method, url) is is_covered


def test_only_routes_with_a_star_may_cover_others():
    patterns = [("*", "/a"), ("GET", "*"), ("GET", "/a/*")]
    assert all(map(is_pattern, patterns))
    assert not any(map(is_pattern, [("GET", "/a"), ("GET", "/a*"), ("GET", "/{id}")]))


def test_a_star_in_a_list_stands_for_a_whole_field_only():
    routes = (("GET", "/a/*"), ("*", "/b"))
    assert is_listed(routes, "PUT", "/b")
    assert not is_listed(routes, "GET", "/a/b")
    assert not is_listed((), "GET", "/b")
    assert is_listed((("*", "*"),), "GET", "/b")


def test_an_endpoint_has_the_same_id_each_time_and_another_in_another_application():
    first, second = EndpointBook(), EndpointBook()
    found = first.find("app_1", "GET", "/x", "go")
    assert second.find("app_1", "GET", "/x", "python").endpoint_id == found.endpoint_id
    assert first.find("app_1", "GET", "/x", "python") is found
    ids = {
        endpoint_id(app, method, "/x") for app in ("app_1", "app_2") for method in ("GET", "PUT")
    }
    assert len(ids) == 4


def test_beyond_the_bound_new_endpoints_are_the_unmatched_one_and_known_ones_stay(monkeypatch):
    monkeypatch.setattr(endpoints, "ENDPOINTS_PER_APPLICATION", 2)
    book = EndpointBook()
    known = [book.find("app_1", "GET", f"/{name}") for name in "ab"]
    assert book.find("app_1", "GET", "/c").url == UNMATCHED
    assert not book.knows("app_1", "GET", "/c")
    assert [book.find("app_1", "GET", f"/{name}") for name in "ab"] == known
    assert book.find("app_2", "GET", "/c").url == "/c"
    assert {found.url for found in book.all_of("app_1")} == {"/a", "/b"}


@pytest.mark.parametrize(
    "path", ["/.env", "/a/.git/config", "/wp-login.php", "/cgi-bin/x", "/a/../etc/passwd", "/x.sql"]
)
def test_what_scanners_try_is_a_probe(path):
    assert is_probe(path)


@pytest.mark.parametrize(
    "path",
    ["/v1/items/{id}", "/.well-known/openid-configuration", "/environment", "/php", "/a.b/c"],
)
def test_what_an_api_may_have_is_none(path):
    assert not is_probe(path)
