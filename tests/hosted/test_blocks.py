"""Blocked endpoints: for everybody or one customer, told to SDKs, kept no longer than they hold."""

import pytest

from hosted.clock import SECOND_US, rfc3339
from hosted.metering.blocks import MOST_ENTRIES, MOST_IDENTITIES, Blocks
from hosted.storage.configuration_records import ConfigRow
from tests.hosted.lab import APP, OTHER_CIPHER, policy
from tests.hosted.test_admission import START, scene

IDENTITY = "ann.lee@example.com"


def block(method="GET", url="/x", **fields):
    """Body of a block."""
    return {"application_id": APP, "method": method, "url": url, **fields}


def entries(lab):
    """What SDKs are told to block, as texts."""
    routes = [(found.method, found.url) for found in lab.directory.endpoints.all_of(APP)]
    told = lab.rules.blocks.entries(APP, routes, lab.clock())
    return {
        " ".join(entry[name] for name in ("method", "url", "identity") if name in entry)
        for entry in told
    }


def customer_of(lab, identity):
    return lab.meter._places._customer_of(APP, identity)


def test_block_for_everybody_refuses_who_asks_and_names_who_was_heard():
    async def story(lab, _clock):
        assert await lab.request(IDENTITY)
        await lab.put("block", "blk_1", block(reason="Spam"))
        assert entries(lab) == {"GET /x"}
        assert await lab.request(IDENTITY) is None
        assert await lab.request() is None
        assert await lab.request(IDENTITY, url="/y")
        assert entries(lab) == {"GET /x", f"GET /x {IDENTITY}"}
        await lab.put("block", "blk_1", None)
        assert entries(lab) == set()
        assert await lab.request(IDENTITY)

    scene(story, policy({"allowed": 9}))


def test_block_of_one_customer_leaves_the_others_alone():
    async def story(lab, _clock):
        assert await lab.request(IDENTITY)
        customer = customer_of(lab, IDENTITY)
        await lab.put("block", "blk_1", block(customer_id=customer))
        assert entries(lab) == set()
        assert await lab.request(IDENTITY) is None
        assert await lab.request("ben")
        assert entries(lab) == {f"GET /x {IDENTITY}"}

    scene(story, policy({"allowed": 9}))


def test_identity_is_learnt_from_any_call_of_a_blocked_customer():
    async def story(lab, _clock):
        lab.report(IDENTITY, url="/y")
        customer = customer_of(lab, IDENTITY)
        await lab.put("block", "blk_1", block("*", "/v1/*", customer_id=customer))
        lab.report("ben", url="/v1/a")
        lab.report(IDENTITY, url="/y")
        assert entries(lab) == {f"GET /v1/a {IDENTITY}"}

    scene(story)


def test_anonymous_callers_can_be_blocked_alone():
    async def story(lab, _clock):
        await lab.put("block", "blk_1", block(customer_id="anonymous"))
        assert await lab.request() is None
        assert await lab.request("ben")
        assert entries(lab) == {"GET /x"}

    scene(story, policy({"allowed": 9}))


@pytest.mark.parametrize("ending", ["expiry", "deletion", "edit"])
def test_identity_is_gone_from_memory_and_disk_when_the_block_ends(ending):
    async def story(lab, clock):
        expires = rfc3339(START + 60 * SECOND_US)
        await lab.put("block", "blk_1", block(expires_at=expires))
        assert await lab.request(IDENTITY) is None
        await lab.upkeep.end_what_ran_out()
        (kept,) = lab.storage.blocked_callers()
        assert IDENTITY.encode() not in kept.sealed
        if ending == "expiry":
            clock.pass_s(60)
            await lab.upkeep.end_what_ran_out()
        elif ending == "deletion":
            await lab.put("block", "blk_1", None)
        else:
            await lab.put("block", "blk_1", block(url="/elsewhere", expires_at=expires))
        assert lab.storage.blocked_callers() == []
        assert all(not found.learnt for found in lab.rules.blocks._blocked.values())
        assert await lab.request(IDENTITY)

    scene(story, policy({"allowed": 9}))


def test_restart_does_not_open_a_block():
    async def story(lab, _clock, life):
        if life == 0:
            await lab.put("block", "blk_1", block())
            assert await lab.request(IDENTITY) is None
            await lab.upkeep.end_what_ran_out()
        else:
            assert entries(lab) == {"GET /x", f"GET /x {IDENTITY}"}
            assert await lab.request("ben") is None

    scene(story, policy({"allowed": 9}), lives=2)


def test_identity_another_key_sealed_is_forgotten_and_learnt_anew():
    async def story(lab, _clock, life):
        if life == 0:
            await lab.put("block", "blk_1", block())
            lab.callers._cipher = OTHER_CIPHER
            assert await lab.request(IDENTITY) is None
            await lab.upkeep.end_what_ran_out()
        else:
            assert entries(lab) == {"GET /x"}
            await lab.upkeep.end_what_ran_out()
            assert lab.storage.blocked_callers() == []

    scene(story, policy({"allowed": 9}), lives=2)


def test_wildcards_cover_whole_fields_and_beginnings():
    blocks = Blocks()
    rows = [("a", block("*", "/v1/*")), ("b", block("POST", "*")), ("c", block("GET", "/f/*path"))]
    for block_id, body in rows:
        blocks.apply(ConfigRow("block", block_id, APP, 1, body))

    def found(method, url):
        hit = blocks.find(APP, method, url, "cus_1", START)
        return None if hit is None else hit.block_id

    assert found("GET", "/v1/items") == "a"
    assert found("GET", "/v1") is None
    assert found("POST", "/anything") == "b"
    assert found("GET", "/f/*path") == "c"
    assert found("GET", "/f/x") is None
    assert blocks.find("app_2", "POST", "/anything", "cus_1", START) is None


def test_what_is_learnt_is_bounded_and_hidden_from_logs():
    blocks = Blocks()
    blocks.apply(ConfigRow("block", "a", APP, 1, block()))
    for number in range(MOST_IDENTITIES + 10):
        blocks.learn(APP, f"cus_{number}", f"identity {number}", ("GET", "/x"))
    (blocked,) = blocks._blocked.values()
    assert len(blocked.learnt) == MOST_IDENTITIES
    assert "identity" not in repr(blocked.learnt["cus_1"])


def test_block_of_a_call_that_waits_for_nothing_lets_it_count():
    async def story(lab, _clock):
        await lab.put("block", "blk_1", block())
        allocation = lab.report(IDENTITY)
        await lab.writer.catch_up()
        assert lab.storage.trace(APP, allocation).state == "open"

    scene(story)


def test_answer_to_a_poll_is_bounded_and_made_without_comparing_everything():
    blocks = Blocks()
    routes = [("GET", f"/r{number}") for number in range(2000)]
    for number in range(3000):
        body = block("*", "/elsewhere/*", customer_id=f"cus_{number}")
        blocks.apply(ConfigRow("block", f"blk_{number}", APP, 1, body))
        blocks.learn(APP, f"cus_{number}", f"who {number}", None)
    assert blocks.entries(APP, routes, START) == []
    blocks.apply(ConfigRow("block", "all", APP, 1, block("*", "*", customer_id="cus_1")))
    blocks.apply(ConfigRow("block", "one", APP, 1, block(customer_id="cus_2")))
    blocks.apply(ConfigRow("block", "too", APP, 1, block("GET", "*", customer_id="cus_3")))
    blocks.apply(ConfigRow("block", "new", APP, 1, block("*", "*", customer_id="cus_4")))
    assert len(blocks.entries(APP, routes, START)) == MOST_ENTRIES


def test_other_spelling_of_a_blocked_identity_is_stopped_too():
    async def story(lab, _clock, life):
        if life == 0:
            await lab.put("block", "blk_1", block())
            assert await lab.request("ann@Example.com") is None
            assert await lab.request("ann@example.com") is None
            await lab.upkeep.end_what_ran_out()
        spellings = {"GET /x", "GET /x ann@Example.com", "GET /x ann@example.com"}
        assert entries(lab) == spellings

    scene(story, policy({"allowed": 9}), lives=2)


def test_new_key_of_pseudonyms_opens_no_block():
    async def story(lab, _clock):
        assert await lab.request(IDENTITY)
        await lab.put("block", "blk_1", block(customer_id=customer_of(lab, IDENTITY)))
        pseudonyms = lab.meter._secrets.pseudonyms
        pseudonyms.epoch += 1
        try:
            assert await lab.request(IDENTITY) is None
            assert await lab.request("ben")
            assert entries(lab) == {f"GET /x {IDENTITY}"}
        finally:
            pseudonyms.epoch -= 1

    scene(story, policy({"allowed": 9}))


def test_new_key_of_pseudonyms_gives_no_fresh_quota():
    async def story(lab, _clock):
        assert await lab.request(IDENTITY)
        pseudonyms = lab.meter._secrets.pseudonyms
        pseudonyms.epoch += 1
        try:
            assert await lab.request(IDENTITY)
            assert await lab.request(IDENTITY) is None
            assert await lab.request("ben")
        finally:
            pseudonyms.epoch -= 1

    scene(story, policy({"allowed": 2}))
