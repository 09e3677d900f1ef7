"""The OpenAPI document itself: valid, described, and with an example for everything."""

import jsonschema_rs
import pytest

from contract.problems import ProblemCode


@pytest.fixture(scope="module")
def document(running):
    return running.http.get("/openapi.json").json()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def contents(operation):
    """Bodies of an operation: request, answers."""
    yield from operation.get("requestBody", {}).get("content", {}).items()
    for answer in operation["responses"].values():
        yield from answer.get("content", {}).items()


def test_it_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")


def test_every_operation_says_what_it_does_and_who_may(document):
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        assert operation["operationId"], name
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(ids) == len(set(ids))


def test_every_body_has_an_example_that_fits_its_schema(document):
    for name, operation in operations(document):
        for media_type, content in contents(operation):
            if not media_type.endswith("json"):
                continue
            assert "example" in content, (name, media_type)
            schema = {**content["schema"], "components": document["components"]}
            jsonschema_rs.validate(schema, content["example"])


def test_examples_of_problems_have_the_code_of_their_status(document):
    for _, operation in operations(document):
        for status, answer in operation["responses"].items():
            problem = answer.get("content", {}).get("application/problem+json")
            if problem is not None:
                assert problem["example"]["status"] == int(status)
                assert problem["example"]["code"] in set(ProblemCode)


def test_every_parameter_is_described_or_speaks_for_itself(document):
    spoken = {"order", "limit", "idempotency_key", "base_revision"}
    for name, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            described = parameter.get("description") or parameter["schema"].get("description")
            assert described or parameter["name"] in spoken, (name, parameter["name"])


def test_fields_say_what_the_contract_says_of_them(document):
    schemas = document["components"]["schemas"]
    held = schemas["LedgerRow"]["properties"]["released"]["description"]
    assert held == "Reserved and not used."
    edit = schemas["RowEdit_PolicyBody_"]["properties"]["idempotency_key"]["description"]
    assert edit.startswith("Made once by the client")


def test_every_schema_says_what_it_is(document):
    for name, schema in document["components"]["schemas"].items():
        if schema.get("type") == "object":
            assert schema.get("description"), name


def test_no_secret_of_this_service_is_in_it(running, document):
    for secret in ("owner_token", "sdk_key", "application_id"):
        assert running.ready[secret] not in str(document)
