"""Every route and every role: what may be done, and that no route was forgotten."""

import asyncio
import re
from contextlib import ExitStack

import pytest
from fastapi import FastAPI

from contract import live
from contract.terms import Role
from hosted.admin import api as api_module
from hosted.admin.access import Needs
from hosted.admin.kinds import KINDS
from hosted.admin.roles import GRANTS, Permission, roles_with
from hosted.app import Service
from hosted.clock import system_clock
from hosted.secrets import Secrets
from hosted.storage.embedded import EmbeddedStorage
from tests.hosted.tokens import client, client_of_role, new_token

LIVE = f"GET {live.PATH}"
EVERYBODY = set(Role)
EDITORS = {Role.OWNER, Role.EDITOR}
OF_PEOPLE = {Role.OWNER, Role.EDITOR, Role.PRIVACY_OFFICER}
OWNER = {Role.OWNER}
NO_TOKEN_NEEDED = {
    "GET /healthz",
    "GET /readyz",
    "GET /v1/service",
    "POST /v1/session",  # guarded by the token of a sign-in
    "POST /v1/webhooks/{address}",  # guarded by the address and the provider's signature
}
ERASERS = {Role.OWNER, Role.PRIVACY_OFFICER}
READ_ONLY_KINDS = {"rule-versions", "endpoints", "identities"}

MAY = {
    "GET /v1/changes": EVERYBODY,
    "POST /v1/changes": OF_PEOPLE,
    "GET /v1/usage/rollups": EVERYBODY,
    LIVE: EVERYBODY,
    "POST /v1/applications/{row_id}/customers/lookup": OF_PEOPLE,
    "GET /v1/applications/{row_id}/catalog": EVERYBODY,
    "GET /v1/applications/{row_id}/keys": EVERYBODY,
    "POST /v1/applications/{row_id}/keys": EDITORS,
    "POST /v1/applications/{row_id}/keys/{key_id}/rotate": EDITORS,
    "DELETE /v1/applications/{row_id}/keys/{key_id}": EDITORS,
    "POST /v1/applications/{row_id}/explain": EVERYBODY,
    "GET /v1/health/connections": EVERYBODY,
    "GET /v1/health/events": EVERYBODY,
    "GET /metrics": EVERYBODY,
    "GET /v1/traces": EVERYBODY,
    "GET /v1/traces/{row_id}": EVERYBODY,
    "GET /v1/traces/{row_id}/explanation": EVERYBODY,
    "GET /v1/ledgers": EVERYBODY,
    "GET /v1/corrections": EVERYBODY,
    "POST /v1/applications/{row_id}/corrections": EDITORS,
    "GET /v1/applications/{row_id}/billing/claims": EVERYBODY,
    "POST /v1/applications/{row_id}/billing/claims": EDITORS,
    "POST /v1/applications/{row_id}/billing/outcomes": EDITORS,
    "GET /v1/tokens": OWNER,
    "GET /v1/token": EVERYBODY,
    "GET /v1/members": OWNER,
    "POST /v1/members": OWNER,
    "PUT /v1/members/{row_id}": OWNER,
    "DELETE /v1/members/{row_id}": OWNER,
    "GET /v1/devices": EVERYBODY,
    "DELETE /v1/devices/{row_id}": EVERYBODY,
    "POST /v1/tokens": OWNER,
    "POST /v1/tokens/{row_id}/rotate": OWNER,
    "DELETE /v1/tokens/{row_id}": OWNER,
    "POST /v1/tokens/{row_id}/restore": OWNER,
    "GET /v1/account/sealing-key": EVERYBODY,
    "PUT /v1/account/sealing-key": OWNER,
    "GET /v1/erasures": EVERYBODY,
    "POST /v1/erasure-preview": ERASERS,
    "PUT /v1/erasures/{erasure_id}": ERASERS,
    "POST /v1/erasures/{erasure_id}/apply": ERASERS,
    "PUT /v1/account-deletion/{deletion_id}": OWNER,
    "POST /v1/account-deletion/{deletion_id}/apply": OWNER,
    "GET /v1/privacy": OF_PEOPLE,
    "POST /v1/privacy/inbox/{row_id}/take": OF_PEOPLE,
    "DELETE /v1/privacy/inbox/{row_id}": OF_PEOPLE,
    "PUT /v1/privacy/requests/{row_id}": OF_PEOPLE,
    "POST /v1/privacy/links": OF_PEOPLE,
    "PUT /v1/privacy/policy": EDITORS,
    "GET /v1/audit": OF_PEOPLE,
    "GET /v1/audit/verification": OF_PEOPLE,
    "GET /v1/billing/webhooks": OWNER,
    "PUT /v1/billing/webhooks/{row_id}": OWNER,
    "DELETE /v1/billing/webhooks/{row_id}": OWNER,
    "GET /v1/billing/events": EDITORS,
}
for path in (kind.path for kind in KINDS):
    MAY[f"GET /v1/{path}"] = MAY[f"GET /v1/{path}/{{row_id}}"] = EVERYBODY
    if path not in READ_ONLY_KINDS:
        may_edit = OF_PEOPLE if path in {"customers", "freezes"} else EDITORS
        MAY[f"PUT /v1/{path}/{{row_id}}"] = MAY[f"DELETE /v1/{path}/{{row_id}}"] = may_edit


@pytest.fixture(scope="module")
def callers(running):
    with ExitStack() as stack:
        yield {role: stack.enter_context(client_of_role(running, role)) for role in Role}


def ask(http, operation, **options):
    """A request that changes nothing: every id in it is nobody's."""
    method, path = operation.split(" ")
    asked = http.build_request(method, re.sub(r"\{\w+\}", "nobody", path), **options)
    answer = http.send(asked, stream=True)
    if operation == LIVE and answer.is_success:
        answer.close()  # it has no end
    else:
        answer.read()
    return answer


def test_the_table_knows_every_route(running):
    paths = running.http.get("/openapi.json").json()["paths"]
    documented = {
        f"{method.upper()} {path}" for path, methods in paths.items() for method in methods
    }
    assert documented == MAY.keys() | NO_TOKEN_NEEDED


def test_no_route_of_the_code_asks_for_nothing(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(api_module, "build", lambda context: seen.append(context) or FastAPI())
    storage = EmbeddedStorage(tmp_path, "5a" * 32, system_clock)

    async def make():
        Service(storage, Secrets.of(b"k" * 32, "svc_1"), system_clock)

    asyncio.run(make())
    storage.close()
    routes = [
        (f"{method} {route.path}", [d for d in route.dependant.dependencies if is_guard(d)])
        for module in api_module.MODULES
        for route in module.router(seen[0]).routes
        for method in route.methods
    ]
    open_routes = {name for name, guards in routes if not guards}
    assert open_routes == NO_TOKEN_NEEDED
    assert {name for name, guards in routes if guards} == MAY.keys()
    assert all(len(guards) == 1 for name, guards in routes if name in MAY)


def is_guard(dependency):
    return isinstance(dependency.call, Needs)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("operation", MAY)
def test_a_route_lets_in_whom_it_should(callers, operation, role):
    answer = ask(callers[role], operation)
    assert (answer.status_code == 403) == (role not in MAY[operation]), answer.text
    assert answer.status_code != 401
    if answer.status_code == 403:
        assert answer.json()["code"] == "forbidden"
        assert "Nothing was changed." in answer.json()["detail"]


@pytest.mark.parametrize("operation", MAY)
def test_a_route_lets_in_nobody_without_a_token(running, operation):
    with client(running, None) as nobody:
        answer = ask(nobody, operation)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("operation", MAY)
def test_the_document_says_who_may(running, operation):
    method, path = operation.split(" ")
    described = running.http.get("/openapi.json").json()["paths"][path][method.lower()]
    assert set(described["x-roles"]) == MAY[operation]
    assert described["security"] == [{"HTTPBearer": []}]
    assert {"401", "403", "429"} <= described["responses"].keys()


def test_a_privacy_officer_names_customers_and_changes_nothing_else(api, callers):
    officer = callers[Role.PRIVACY_OFFICER]
    body = {"application_id": api.application_id, "name": "Ann"}
    edit = {"idempotency_key": "named-by-officer", "entity_id": "cus_x", "base_revision": 0}
    customer = {**edit, "edit": {"entity": "customer", "body": body}}
    renamed = {
        **edit, "idempotency_key": "renamed", "entity_id": api.application_id,
        "edit": {"entity": "application", "body": {"name": "Mine"}},
    }  # fmt: skip
    refused = officer.post("/v1/changes", json={"edits": [customer, renamed]})
    assert refused.status_code == 403
    assert api.http.get("/v1/customers/cus_x").status_code == 404
    taken = officer.post("/v1/changes", json={"edits": [customer]})
    assert taken.json()["results"][0]["outcome"] == "accepted"


def test_a_viewer_explains_by_pseudonym_and_not_by_identity(api, callers):
    path = f"/v1/applications/{api.application_id}/explain"
    call = {"method": "GET", "url": "/items"}
    by_pseudonym = callers[Role.VIEWER].post(path, json={**call, "customer_id": "cus_x"})
    assert by_pseudonym.status_code == 200
    by_identity = callers[Role.VIEWER].post(path, json={**call, "identity": "ann"})
    assert by_identity.status_code == 403
    allowed = callers[Role.PRIVACY_OFFICER].post(path, json={**call, "identity": "ann"})
    assert allowed.status_code == 200


def test_an_editor_may_all_but_access_and_a_viewer_only_read():
    assert GRANTS[Role.EDITOR] == set(Permission) - {Permission.ACCESS, Permission.ERASE}
    assert GRANTS[Role.VIEWER] == {Permission.READ}
    assert roles_with(Permission.ACCESS) == (Role.OWNER,)


def test_a_token_knows_itself(running):
    issued = new_token(running, "viewer", expires_at="2999-01-01T00:00:00Z")
    with client(running, issued["token"]) as viewer:
        own = viewer.get("/v1/token").json()
    assert (own["token_id"], own["role"], own["is_current"]) == (
        issued["token_id"], "viewer", True,
    )  # fmt: skip
    assert own["expires_at"] == issued["expires_at"] == "2999-01-01T00:00:00.000000Z"
