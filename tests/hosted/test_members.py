"""People who sign in: believed by their provider's signature only, and members by invitation."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from hosted import serve
from hosted.errors import StartFailed
from tests.contract.issuer import CLIENT, RSA, document, new_rsa, shared_secret, signed
from tests.hosted.service import serving
from tests.hosted.tokens import client, client_of_role, new_token

ANN = {"sub": "ann-1", "email": "Ann@Reader.example", "email_verified": True}
OTHER = new_rsa(RSA.kid)
DEVICE = {"device_name": "Ann's laptop", "declares_adult": True}


class Issuer:
    """A provider that publishes its keys, and counts how often they are read."""

    def __init__(self):
        self.keys, self.read = [RSA], 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                found = {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"}
                if self.path == "/keys":
                    issuer.read += 1
                    found = document(*issuer.keys)
                content = json.dumps(found).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def token(self, **changes):
        now = int(time.time())
        good = {"iss": self.url, "iat": now, "exp": now + 300, "nonce": None}
        return signed(**good | ANN | changes)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def issuer():
    one = Issuer()
    yield one
    one.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory, issuer):
    options = ("--bootstrap", "--sign-in-issuer", issuer.url, "--sign-in-audience", CLIENT)
    with serving(tmp_path_factory.mktemp("service"), *options) as running:
        yield running


@pytest.fixture(autouse=True)
def _nobody_yet(service):
    for row in service.http.get("/v1/members").json()["rows"]:
        if row["role"] != "owner":
            service.http.delete(f"/v1/members/{row['member_id']}")
    for row in service.http.get("/v1/members").json()["rows"]:
        service.http.delete(f"/v1/members/{row['member_id']}")


def invite(service, role="editor", **who):
    who = who or {"address": "ann@reader.example"}
    answer = service.http.post("/v1/members", json={"name": "Ann", "role": role, **who})
    assert answer.status_code == 201, answer.text
    return answer.json()


def begin(service, token, **fields):
    with client(service, token) as http:
        return http.post("/v1/session", json=DEVICE | fields)


def session(service, issuer, **changes):
    answer = begin(service, issuer.token(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


def asks(service, token, path="/v1/changes"):
    with client(service, token) as http:
        return http.get(path)


def test_invited_address_becomes_a_member_with_the_role(service, issuer):
    member = invite(service)
    assert (member["state"], member["devices"]) == ("invited", 0)
    started = session(service, issuer)
    assert (started["role"], started["member_id"]) == ("editor", member["member_id"])
    assert started["token"].startswith("uf_device_")
    assert asks(service, started["token"]).status_code == 200
    assert asks(service, started["token"], "/v1/tokens").status_code == 403
    (row,) = service.http.get("/v1/members").json()["rows"]
    assert (row["state"], row["devices"]) == ("active", 1)


def test_invited_subject_becomes_a_member_without_an_address(service, issuer):
    invite(service, subject="ann-1")
    assert session(service, issuer, email=None, email_verified=None)["role"] == "editor"


def test_nobody_is_a_member_without_an_invitation(service, issuer):
    refused = begin(service, issuer.token())
    assert refused.status_code == 403
    assert "Ask an owner" in refused.json()["detail"]


def test_address_that_the_provider_did_not_check_opens_nothing(service, issuer):
    invite(service)
    assert begin(service, issuer.token(email_verified=False)).status_code == 403


def test_invitation_is_used_by_one_person_only(service, issuer):
    invite(service)
    session(service, issuer)
    assert begin(service, issuer.token(sub="somebody-else")).status_code == 403
    assert session(service, issuer, email="new@reader.example")["role"] == "editor"


def test_members_of_less_than_eighteen_years_are_not_signed_in(service, issuer):
    invite(service)
    refused = begin(service, issuer.token(), declares_adult=False)
    assert (refused.status_code, refused.json()["field"]) == (422, "declares_adult")
    session(service, issuer)
    assert begin(service, issuer.token(), declares_adult=False).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"azp": "another"},
        {"exp": 1},
        {"iat": 32_503_680_000},
        {"key": OTHER},
        {"key": shared_secret("s" * 40), "alg": "HS256"},
    ],
)
def test_token_that_is_not_right_signs_nobody_in(service, issuer, changes):
    invite(service)
    answer = begin(service, issuer.token(**changes))
    assert answer.status_code == 401
    assert "cannot be believed" in answer.json()["detail"]


def test_token_without_a_signature_signs_nobody_in(service, issuer):
    invite(service)
    head = "eyJhbGciOiJub25lIn0"
    assert begin(service, f"{head}.{issuer.token().split('.')[1]}.").status_code == 401


def test_token_of_the_sign_in_itself_is_taken_beside_those_of_the_service(service, issuer):
    invite(service)
    assert asks(service, issuer.token()).status_code == 403
    session(service, issuer)
    assert asks(service, issuer.token()).status_code == 200
    assert asks(service, issuer.token(aud="another")).status_code == 401
    own = asks(service, issuer.token(), "/v1/token").json()
    assert (own["role"], own["name"], own["is_current"]) == ("editor", "Ann", True)


def test_role_holds_from_the_next_request_on(service, issuer):
    member = invite(service)
    token = session(service, issuer)["token"]
    path = f"/v1/members/{member['member_id']}"
    assert service.http.put(path, json={"role": "viewer"}).json()["role"] == "viewer"
    with client(service, token) as http:
        assert http.post("/v1/changes", json={"edits": []}).status_code in {200, 403}
        assert http.get("/v1/token").json()["role"] == "viewer"


def test_removed_member_is_signed_out_everywhere_and_told(service, issuer):
    member = invite(service)
    token = session(service, issuer)["token"]
    assert service.http.delete(f"/v1/members/{member['member_id']}").status_code == 204
    told = asks(service, token)
    assert (told.status_code, told.json()["code"]) == (401, "signed_out")
    assert begin(service, issuer.token()).status_code == 403
    assert service.http.delete(f"/v1/members/{member['member_id']}").status_code == 404


def test_last_owner_stays(service, issuer):
    owner = invite(service, "owner")
    other = invite(service, "viewer", subject="bob-1")
    session(service, issuer)
    path = f"/v1/members/{owner['member_id']}"
    demoted, removed = service.http.put(path, json={"role": "viewer"}), service.http.delete(path)
    assert (demoted.status_code, removed.status_code) == (409, 409)
    assert "no owner is left" in demoted.json()["detail"]
    service.http.put(f"/v1/members/{other['member_id']}", json={"role": "owner"})
    assert service.http.put(path, json={"role": "viewer"}).status_code == 409
    session(service, issuer, sub="bob-1", email=None)
    assert service.http.put(path, json={"role": "viewer"}).status_code == 200


def test_devices_are_listed_by_day_and_signed_out_one_by_one(service, issuer):
    invite(service)
    first, second = session(service, issuer), session(service, issuer)
    asks(service, first["token"])
    rows = asks(service, first["token"], "/v1/devices").json()["rows"]
    assert {row["device_id"] for row in rows} == {first["device_id"], second["device_id"]}
    (current,) = (row for row in rows if row["is_current"])
    assert current["name"] == "Ann's laptop"
    assert len(current["last_seen_on"]) == len("2026-01-01")
    with client(service, first["token"]) as http:
        assert http.delete(f"/v1/devices/{second['device_id']}").status_code == 204
    told = asks(service, second["token"])
    assert (told.status_code, told.json()["code"]) == (401, "signed_out")
    assert "Sign in again" in told.json()["detail"]
    assert asks(service, first["token"]).status_code == 200


def test_members_see_and_end_only_devices_of_their_own(service, issuer):
    invite(service)
    invite(service, "viewer", subject="bob-1")
    ann, bob = session(service, issuer), session(service, issuer, sub="bob-1", email=None)
    rows = asks(service, bob["token"], "/v1/devices").json()["rows"]
    assert [row["device_id"] for row in rows] == [bob["device_id"]]
    with client(service, bob["token"]) as http:
        assert http.delete(f"/v1/devices/{ann['device_id']}").status_code == 404
    assert len(service.http.get("/v1/devices").json()["rows"]) == 2


def test_session_is_renewed_unless_the_device_was_signed_out(service, issuer):
    invite(service)
    first = session(service, issuer)
    again = begin(service, issuer.token(), replaces=first["device_id"])
    assert again.status_code == 201
    assert asks(service, first["token"]).json()["code"] == "signed_out"
    service.http.delete(f"/v1/devices/{again.json()['device_id']}")
    refused = begin(service, issuer.token(), replaces=again.json()["device_id"])
    assert (refused.status_code, refused.json()["code"]) == (401, "signed_out")


def test_device_of_somebody_else_is_not_replaced(service, issuer):
    invite(service)
    invite(service, "viewer", subject="bob-1")
    ann = session(service, issuer)
    taken = begin(service, issuer.token(sub="bob-1", email=None), replaces=ann["device_id"])
    assert taken.status_code == 404
    assert asks(service, ann["token"]).status_code == 200


@pytest.mark.parametrize("who", [{}, {"address": "a@b.example", "subject": "s"}])
def test_invitation_names_somebody_in_one_way(service, who):
    answer = service.http.post("/v1/members", json={"name": "Ann", "role": "viewer", **who})
    assert (answer.status_code, answer.json()["field"]) == (422, "address")


def test_nobody_is_invited_twice(service):
    invite(service)
    again = {"name": "Ann", "role": "viewer", "address": "ANN@reader.example"}
    assert service.http.post("/v1/members", json=again).status_code == 409


def test_names_and_addresses_are_in_no_log(service, issuer):
    member = invite(service)
    session(service, issuer)
    log = service.http.get("/v1/audit", params={"entity_id": member["member_id"]}).text
    assert '"join"' in log
    for text in ("Ann", "reader.example", "ann-1"):
        assert text not in log


def test_devices_are_no_tokens_of_the_list(service, issuer):
    invite(service)
    started = session(service, issuer)
    assert started["device_id"] not in service.http.get("/v1/tokens?limit=500").text


def test_members_and_devices_are_there_after_a_restart(tmp_path, issuer):
    options = ("--sign-in-issuer", issuer.url, "--sign-in-audience", CLIENT)
    with serving(tmp_path, "--bootstrap", *options) as first:
        invite(first)
        started = session(first, issuer)
    with serving(tmp_path, *options) as second:
        assert asks(second, started["token"]).status_code == 200


@pytest.mark.parametrize(
    "options",
    [
        ("--sign-in-issuer", "http://issuer.example", "--sign-in-audience", "c"),
        ("--sign-in-issuer", "https://issuer.example"),
        ("--sign-in-audience", "c"),
        ("--sign-in-issuer", "issuer", "--sign-in-audience", "c"),
    ],
)
def test_options_that_would_believe_too_much_are_refused(tmp_path, options):
    arguments = serve._parser().parse_args(["--data", str(tmp_path), *options])
    with pytest.raises(StartFailed, match="--sign-in"):
        serve._sign_in(arguments)


def test_restricted_token_sees_no_device(service, issuer):
    invite(service)
    session(service, issuer)
    application = service.http.get("/v1/applications").json()["rows"][0]["entity_id"]
    issued = new_token(service, "editor", application_ids=[application])
    assert asks(service, issued["token"], "/v1/devices").json()["rows"] == []


def test_service_without_a_provider_says_so(running):
    with httpx.Client(base_url=running.ready["url"]) as http:
        answer = http.post(
            "/v1/session", json=DEVICE, headers={"authorization": "Bearer eyJ.eyJ.x"}
        )
    assert answer.status_code == 401
    assert "named no provider" in answer.json()["detail"]
    with client_of_role(running, "owner") as owner:
        invited = owner.post("/v1/members", json={"name": "A", "role": "viewer", "subject": "s"})
    assert invited.status_code == 409
