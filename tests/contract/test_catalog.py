"""A file's operations against the endpoints that were called."""

from contract.catalog import compare
from contract.messages.applications import CatalogBody, Route


def catalog(*operations, base_path=""):
    return CatalogBody(
        application_id="app_1",
        title="Items",
        base_path=base_path,
        operations=tuple(routes(*operations)),
        imported_at="2026-11-23T10:00:00Z",
    )


def routes(*texts):
    return [Route(method=method, url=url) for method, url in (text.split() for text in texts)]


def texts(found):
    return [f"{route.method} {route.url}" for route in found]


def test_operations_are_found_in_every_framework_s_spelling():
    promised = catalog("GET /items/{id}", "POST /items", "DELETE /items/{id}")
    found = compare(promised, routes("GET /items/<int:item>", "POST /items/"))
    assert texts(found.never_called) == ["DELETE /items/{id}"]
    assert texts(found.not_in_file) == []
    assert (found.title, found.operations) == ("Items", 3)


def test_base_path_may_be_part_of_the_application_s_routes_or_not():
    promised = catalog("GET /items", "GET /users", "GET /rest", base_path="/v1")
    found = compare(promised, routes("GET /items", "GET /v1/users"))
    assert texts(found.never_called) == ["GET /rest"]
    assert texts(found.not_in_file) == []


def test_what_was_called_and_is_not_in_the_file_is_told():
    found = compare(catalog("GET /items"), routes("GET /items", "GET /debug", "PUT /items"))
    assert texts(found.not_in_file) == ["GET /debug", "PUT /items"]


def test_functions_unmatched_calls_and_automatic_methods_are_not_told():
    called = routes(
        "* (unmatched)", "FUNCTION app.py:work", "OPTIONS /items", "HEAD /items", "GET *"
    )
    found = compare(catalog("GET /items"), called)
    assert (texts(found.never_called), found.not_in_file) == (["GET /items"], ())


def test_an_empty_file_promises_nothing():
    found = compare(catalog(), [])
    assert (found.operations, found.never_called, found.not_in_file) == (0, (), ())
