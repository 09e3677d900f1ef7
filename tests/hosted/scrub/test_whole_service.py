"""Secrets in every place of real frames are in no file, no log line and no answer."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.hosted.disk import decrypted, stored_bytes
from tests.hosted.scrub.corpus import core_of, secrets
from tests.hosted.scrub.engines import EVENT, places, planted
from tests.hosted.service import connected, new_api, serving

CORPUS = [
    (name, secret)
    for name, secret in secrets(77).items()
    if len(core_of(secret)) > 7 and any(c.isdigit() for c in core_of(secret))
]
"""Those with a piece that cannot stand in an answer by chance."""
ROUTE = {"method": "POST", "url": "/v1/a/{id}"}
FEEDS = (
    "changes?limit=500",
    "endpoints",
    "customers",
    "audit",
    "policies",
    "health",
    "scrub-rules",
)


def frames():
    """Payloads with one secret each, in every place of an event and beside it."""
    paths = [path for path in places(EVENT) if path]
    for number, path in enumerate(paths):
        for how in ("value", "list", "key"):
            _, secret = CORPUS[number % len(CORPUS)]
            metadata = planted(path, secret, how=how)
            if metadata is None:
                continue
            metadata.pop("type", None)
            identity = CORPUS[(number + 7) % len(CORPUS)][1]
            yield {
                "alias": f"POST /v1/a/{{id}} {identity}",
                "amount": 1,
                "allocationId": str(uuid.uuid4()),
                "metadata": metadata,
                "identityMetadata": {"x": secret},
                "requestMetadata": {secret: 1},
            }


async def report(api):
    """Send everything in all messages an SDK has, and wait until it is stored."""
    async with connected(api) as socket:
        for payload in frames():
            await socket.send("request_for_allocation", payload)
            await socket.send("use_allocation", payload)
        for payload in list(frames())[:20]:
            await socket.send("report_call_chain", payload["metadata"])
            await socket.send("log_response", payload["metadata"])
            await socket.send("get_credits", {"identity": payload["alias"]})
            odd = payload | {"allocationId": payload["alias"], "amount": payload["alias"]}
            await socket.send("use_allocation", odd)
        await socket.send(CORPUS[0][1], {"x": CORPUS[1][1]})
        await socket.settled()


def told(running):
    """Every answer of the admin API that tells of calls."""
    answers = [running.http.get(f"/v1/{feed}") for feed in FEEDS]
    answers.append(running.http.get("/openapi.json"))
    return "\n".join(answer.text for answer in answers)


@pytest.mark.parametrize("keeps_contents", [False, True], ids=["minimal", "scrub"])
def test_planted_secrets_are_nowhere(tmp_path, keeps_contents):
    data, log = tmp_path / "data", tmp_path / "log"
    with log.open("wb") as errors, serving(data, "--bootstrap", stderr=errors) as running:
        api = new_api(running)
        if keeps_contents:
            until = datetime.now(UTC) + timedelta(hours=1)
            rule = ROUTE | {"application_id": api.application_id, "reason": "A question"}
            expires_at = until.strftime("%Y-%m-%dT%H:%M:%SZ")
            api.put("scrub-rules", "scrub_1", rule | {"expires_at": expires_at})
        asyncio.run(report(api))
        said = told(running) + repr(api.rollups())
        key = bytes.fromhex((data / "service.key").read_text())
        running.stop()
    raw = stored_bytes(data) + log.read_bytes()
    plain = decrypted(data, key).decode(errors="replace")
    assert ('"event"' in plain) is keeps_contents
    for name, secret in CORPUS:
        core = core_of(secret)
        assert core not in said, name
        assert core not in plain, name
        assert core.encode() not in raw, name
