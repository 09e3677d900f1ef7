"""The service is told to end while requests are under way: each is answered, or was not begun."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.hosted.service import serving
from tests.hosted.tokens import client
from tests.prices import rule_body

WRITERS = 4
BEFORE_THE_END = 25


def write_until_the_end(running, application_id, confirmed, enough):
    """Make rows one after the other until nobody answers; the ids of those that were confirmed."""
    with client(running, running.ready["owner_token"]) as http:
        while True:
            rule_id = f"rule_{uuid.uuid4().hex}"
            body = rule_body(application_id, "1")
            edit = {"idempotency_key": uuid.uuid4().hex, "base_revision": 0, "body": body}
            try:
                answer = http.put(f"/v1/pricing-rules/{rule_id}", json=edit)
            except httpx.TransportError:
                return
            if answer.status_code != 200:
                assert answer.status_code == 503
                return
            confirmed.append(rule_id)
            if len(confirmed) >= BEFORE_THE_END:
                enough.set()


def test_what_was_answered_before_the_end_is_stored(tmp_path, begin):
    running = begin(tmp_path / "d", "--bootstrap")
    application_id, token = running.ready["application_id"], running.ready["owner_token"]
    confirmed, enough = [], threading.Event()
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [
            pool.submit(write_until_the_end, running, application_id, confirmed, enough)
            for _ in range(WRITERS)
        ]
        assert enough.wait(60)
        assert running.stop() == 0
        for writer in writers:
            writer.result(30)
    with serving(tmp_path / "d") as again, client(again, token) as http:
        rows, cursor = set(), None
        while True:
            query = {"limit": 500} | ({"cursor": cursor} if cursor else {})
            page = http.get("/v1/pricing-rules", params=query).json()
            rows |= {row["entity_id"] for row in page["rows"]}
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert set(confirmed) <= rows
        assert http.get("/v1/audit/verification").json()["intact"]


@pytest.mark.parametrize("size", [50, 4 * 2**20 + 1])
def test_a_body_of_any_size_is_answered(running, size):
    answer = running.http.post(
        "/v1/tokens", content=b"x" * size, headers={"content-type": "application/json"}
    )
    assert answer.status_code == (422 if size == 50 else 413)
    assert answer.headers["content-type"] == "application/problem+json"
