"""The website of the service: requests come in sealed, one click opts out, a signal counts."""

import asyncio
import html.parser
import json
import re
from dataclasses import replace

import httpx

from contract.messages.privacy import PrivacyMail
from contract.sealing import new_private_key, public_key_of, unseal_message
from hosted.app import Service
from hosted.bootstrap import first_account
from hosted.metering.maintenance import ForgetOld
from hosted.secrets import Secrets
from hosted.storage.embedded import EmbeddedStorage
from hosted.storage.privacy_records import OwnedRow, SubmissionRow
from hosted.web import form, links
from tests.hosted.lab import KEY

DAY_US = 86_400 * 1_000_000
START_US = 1_795_424_400 * 1_000_000
SUBJECT = "9f86d081884c7d659a2feaa0c55ad015"
JANE = {"kind": "access", "email": "jane@example.org", "name": "Jane Doe", "text": "Everything."}
OPEN_DSR = {
    "subject_request_type": "erasure",
    "subject_request_id": "abc-1",
    "subject_identities": [
        {"identity_type": "email", "identity_value": "jane@example.org", "identity_format": "raw"}
    ],
}
DRP = {"exercise": "sale:opt_out", "agent-request-id": "drp-9", "email": "jane@example.org"}


class Site:
    """A service in this process under a clock that tests hold, and a browser that looks at it."""

    def __init__(self, secrets, clock, http, token):
        self.secrets, self.clock, self.http, self.token = secrets, clock, http, token
        self.key = new_private_key()

    async def open(self):
        public = {"public_key": public_key_of(self.key)}
        answer = await self.admin("PUT", "/v1/account/sealing-key", json=public)
        assert answer.status_code == 200, answer.text

    async def admin(self, method, path, **options):
        headers = {"authorization": f"Bearer {self.token}"}
        return await self.http.request(method, path, headers=headers, **options)

    async def mail(self, after=0):
        answer = await self.admin("GET", "/v1/privacy", params={"after": after})
        return PrivacyMail.model_validate_json(answer.text)

    async def opened(self):
        """Everything that waits, as its vault reads it."""
        mail = await self.mail()
        return [
            json.loads(unseal_message(self.key, ("privacy", row.submission_id), row.sealed))
            for row in mail.submissions
        ]

    async def fields(self, **changes):
        page = await self.http.get("/privacy")
        stamp = re.search(r'name="stamp" value="([^"]+)"', page.text)[1]
        return {**JANE, "stamp": stamp, **changes}


class Clock:
    def __init__(self):
        self.now_us = START_US

    def __call__(self):
        return self.now_us


def visit(story):
    """Run a test's story against a service of its own."""

    def test(tmp_path):
        run(tmp_path, story)

    return test


def run(tmp_path, story):
    """The storage is closed after the loop: a chore's thread may still be reading until then."""
    clock = Clock()
    storage = EmbeddedStorage(tmp_path, KEY, clock)
    try:
        asyncio.run(_visited(storage, clock, story))
    finally:
        storage.close()


async def _visited(storage, clock, story):
    secrets = Secrets.of(bytes(32), storage.service_id)
    token = first_account(storage, secrets, clock, "test")["owner_token"]
    service = Service(storage, secrets, clock)
    transport = httpx.ASGITransport(service)
    async with (
        service.running(),
        httpx.AsyncClient(transport=transport, base_url="http://service") as http,
    ):
        await story(Site(secrets, clock, http, token))


class Labels(html.parser.HTMLParser):
    """What a page asks for, and what it loads."""

    def __init__(self, text):
        super().__init__()
        self.fields, self.labels, self.ids, self.described, self.loads = [], set(), set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids.add(given.get("id"))
        if tag in {"script", "img", "iframe", "link", "object"} or "onclick" in given:
            self.loads.append(tag)
        if tag == "label":
            self.labels.add(given.get("for"))
        if tag in {"input", "textarea"} and given.get("type") not in {"hidden", "radio"}:
            self.fields.append(given["id"])
        self.described += (given.get("aria-describedby") or "").split()


@visit
async def test_form_asks_in_words_and_loads_nothing(site):
    await site.open()
    answer = await site.http.get("/privacy")
    page = Labels(answer.text)
    assert answer.status_code == 200
    assert set(page.fields) <= page.labels, "a field without a label"
    assert set(page.described) <= page.ids
    assert page.loads == []
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text


@visit
async def test_request_is_sealed_before_it_is_stored(site):
    await site.open()
    answer = await site.http.post("/privacy", data=await site.fields())
    assert answer.status_code == 201
    (content,) = await site.opened()
    assert (content["kind"], content["email"], content["gpc"]) == (
        "access", "jane@example.org", False,
    )  # fmt: skip
    reference = re.search(r"web_[0-9a-f]{24}", answer.text)[0]
    mail = await site.mail()
    assert mail.submissions[0].submission_id == reference
    assert "jane" not in mail.model_dump_json()
    assert "2026-12-2" in answer.text, "the last day to answer is told"


@visit
async def test_nothing_is_taken_in_while_nobody_could_read_it(site):
    for answer in (
        await site.http.get("/privacy"),
        await site.http.post("/privacy", data=JANE),
        await site.http.post("/privacy/requests", json=JANE),
    ):
        assert answer.status_code == 503
        assert "Nothing was stored" in answer.text
    assert (await site.mail()).submissions == ()


@visit
async def test_problems_are_told_beside_their_fields_and_answers_stay(site):
    await site.open()
    fields = await site.fields(email="jane", kind="", text="<b>bold</b>")
    answer = await site.http.post("/privacy", data=fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    for words in (form.PROBLEM_OF["kind"], form.PROBLEM_OF["email"]):
        assert answer.text.count(words) == 2, "once at the top, once at the field"
    assert "&lt;b&gt;bold" in answer.text
    assert "<b>bold" not in answer.text
    page = Labels(answer.text)
    assert set(page.described) <= page.ids
    assert (await site.mail()).submissions == ()


@visit
async def test_form_of_another_day_or_another_site_is_not_taken(site):
    await site.open()
    fields = await site.fields()
    site.clock.now_us += 25 * 3600 * 1_000_000
    assert (await site.http.post("/privacy", data=fields)).status_code == 422
    forged = {**fields, "stamp": f"{site.clock.now_us}.aa.{'0' * 64}"}
    assert (await site.http.post("/privacy", data=forged)).status_code == 422
    fresh = await site.fields()
    foreign = {"sec-fetch-site": "cross-site"}
    answer = await site.http.post("/privacy", data=fresh, headers=foreign)
    assert answer.status_code == 403
    assert (await site.http.post("/privacy", data=fresh)).status_code == 201


@visit
async def test_filled_trap_is_told_and_not_stored(site):
    await site.open()
    answer = await site.http.post("/privacy", data=await site.fields(leave_empty="spam"))
    assert answer.status_code == 422
    assert form.PROBLEM_OF[form.TRAP] in answer.text
    assert (await site.mail()).submissions == ()


@visit
async def test_form_sent_twice_is_one_request(site):
    await site.open()
    fields = await site.fields()
    answers = [await site.http.post("/privacy", data=fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len((await site.mail()).submissions) == 1


@visit
async def test_address_that_sends_too_much_has_to_wait(site):
    await site.open()
    for number in range(10):
        answer = await site.http.post("/privacy/requests", json={**JANE, "text": str(number)})
        assert answer.status_code == 201, answer.text
    late = await site.http.post("/privacy/requests", json={**JANE, "text": "11"})
    assert late.status_code == 429
    page = await site.http.post("/privacy", data=await site.fields())
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 0
    site.clock.now_us += 3601 * 1_000_000
    again = await site.http.post("/privacy/requests", json={**JANE, "text": "11"})
    assert again.status_code == 201


@visit
async def test_other_systems_are_answered_in_their_own_words(site):
    await site.open()
    open_dsr = await site.http.post("/privacy/requests", json=OPEN_DSR)
    assert open_dsr.status_code == 201
    assert open_dsr.json() == {
        "subject_request_id": "abc-1",
        "received_time": "2026-11-23T09:00:00Z",
        "expected_completion_time": "2026-12-23T09:00:00Z",
    }
    drp = (await site.http.post("/privacy/requests", json=DRP)).json()
    assert (drp["status"], drp["expected_by"]) == ("open", "2026-12-23T09:00:00Z")
    own = (await site.http.post("/privacy/requests", json=JANE)).json()
    assert own["request_id"].startswith("web_")
    contents = [content["source"] for content in await site.opened()]
    assert sorted(contents, key=str) == sorted([OPEN_DSR, DRP, JANE], key=str)


NO_REQUESTS = (
    (b"{", 422),
    (b"[]", 422),
    (b'{"hello": 1}', 422),
    (b'{"kind": "access", "email": "nobody"}', 422),
    (b'{"kind": "everything", "email": "a@b.c"}', 422),
    (json.dumps({**JANE, "text": "x" * 10_001}).encode(), 422),
    (b'{"kind": "' + b"x" * 70_000 + b'"}', 413),
    (b'{"a":' * 3000, 422),
)


@visit
async def test_json_that_is_no_request_is_refused(site):
    await site.open()
    for body, status in NO_REQUESTS:
        answer = await site.http.post("/privacy/requests", content=body)
        assert answer.status_code == status, body[:40]
        assert "xxx" not in answer.text
    assert (await site.mail()).submissions == ()


@visit
async def test_first_vault_that_asks_answers_and_then_it_is_forgotten(site):
    await site.open()
    await site.http.post("/privacy/requests", json=JANE)
    (row,) = (await site.mail()).submissions
    path = f"/v1/privacy/inbox/{row.submission_id}"
    await site.admin("DELETE", path)
    assert len((await site.mail()).submissions) == 1, "nobody has taken it yet"
    first = await site.admin("POST", f"{path}/take", json={"vault_id": "one"})
    second = await site.admin("POST", f"{path}/take", json={"vault_id": "two"})
    again = await site.admin("POST", f"{path}/take", json={"vault_id": "one"})
    assert [a.status_code for a in (first, second, again)] == [204, 409, 204]
    assert (await site.mail()).submissions[0].taken_by == "one"
    await site.admin("DELETE", path)
    assert (await site.mail()).submissions == ()
    gone = await site.admin("POST", f"{path}/take", json={"vault_id": "one"})
    assert gone.status_code == 404


@visit
async def test_other_desktops_see_number_and_day_of_a_request(site):
    body = {"vault_id": "one", "number": 31, "kind": "access", "due": "2026-12-23"}
    path = "/v1/privacy/requests/req_1"
    assert (await site.admin("PUT", path, json=body)).status_code == 204
    stolen = await site.admin("PUT", path, json={**body, "vault_id": "two"})
    assert stolen.status_code == 409
    (row,) = (await site.mail()).requests
    assert (row.vault_id, row.number, row.due) == ("one", 31, "2026-12-23")
    await site.admin("PUT", path, json={**body, "due": None})
    assert (await site.mail()).requests[0].due is None


async def _link(site, purpose="news"):
    answer = await site.admin(
        "POST", "/v1/privacy/links", json={"subjects": [SUBJECT], "purpose": purpose}
    )
    return answer.json()["paths"][0]


@visit
async def test_one_click_opts_out_at_once_without_signing_in(site):
    link = await _link(site)
    answer = await site.http.get(link)
    assert answer.status_code == 200
    assert "opted out of news" in answer.text
    mail = await site.mail()
    (choice,) = mail.choices
    assert (choice.subject, choice.purpose, choice.wanted, choice.means) == (
        SUBJECT, "news", False, "link",
    )  # fmt: skip
    assert (await site.mail(mail.position)).choices == ()


@visit
async def test_mail_program_opts_out_and_a_mistake_is_undone(site):
    link = await _link(site, "tips")
    await site.http.post(link, data={"List-Unsubscribe": "One-Click"})
    first = await site.mail()
    assert [choice.wanted for choice in first.choices] == [False]
    undone = await site.http.post(link, data={"again": "1"})
    assert "again" in undone.text
    assert [c.wanted for c in (await site.mail(first.position)).choices] == [True]


@visit
async def test_made_up_link_changes_nothing(site):
    essential = links.path_of(site.secrets.web_links, SUBJECT, "security").rpartition("/")[2]
    for token in (f"{SUBJECT}.news.{'0' * 32}", essential, "nonsense", f"{'z' * 32}.news.aa"):
        answer = await site.http.get(f"{links.PATH}/{token}")
        assert answer.status_code == 404
        assert "not whole" in answer.text
    assert (await site.mail()).choices == ()


@visit
async def test_signal_of_the_browser_is_said_and_recorded(site):
    await site.open()
    signal = {"sec-gpc": "1"}
    page = await site.http.get("/privacy", headers=signal)
    assert "Global Privacy Control" in page.text
    assert "Global Privacy Control" not in (await site.http.get("/privacy")).text
    await site.http.post("/privacy", data=await site.fields(), headers=signal)
    assert [content["gpc"] for content in await site.opened()] == [True]
    await site.http.get(await _link(site), headers=signal)
    found = {(c.purpose, c.means) for c in (await site.mail()).choices}
    assert found == {("news", "link"), ("sale_or_share", "global_privacy_control")}


@visit
async def test_policy_of_today_is_shown_with_its_date(site):
    assert (await site.http.get("/privacy/policy")).status_code == 404
    assert (await site.http.get("/.well-known/gpc.json")).json() == {"gpc": True}
    for day, text in (("2026-11-01", "First & oldest"), ("2026-12-01", "Second")):
        body = {"effective": day, "text": text}
        assert (await site.admin("PUT", "/v1/privacy/policy", json=body)).status_code == 204
    page = await site.http.get("/privacy/policy")
    assert "Last updated: 2026-11-01" in page.text
    assert "First &amp; oldest" in page.text
    assert "Second" not in page.text
    told = (await site.http.get("/.well-known/gpc.json")).json()
    assert told == {"gpc": True, "lastUpdate": "2026-11-01"}
    site.clock.now_us += 10 * DAY_US
    assert "Second" in (await site.http.get("/privacy/policy")).text


def test_storage_takes_no_more_than_it_has_room_for_and_forgets_what_ended(tmp_path):
    storage = EmbeddedStorage(tmp_path, KEY, Clock())
    with storage.transaction() as transaction:
        rows = [SubmissionRow(f"web_{number:04}", number, "x") for number in range(1001)]
        assert [transaction.add_submission(row) for row in rows] == [True] * 1000 + [False]
        for number, due in enumerate((None, "2026-12-23")):
            row = OwnedRow(f"req_{number}", "one", number + 1, "access", due, START_US)
            assert transaction.put_owned_request(row)
    ended = ForgetOld(0, 0, 0, START_US, 0)
    for cut_us, left in ((START_US, 2), (START_US + 1, 1)):
        with storage.transaction() as transaction:
            replace(ended, ended_before_us=cut_us).apply(transaction)
        assert len(storage.privacy_mail(0).requests) == left
    storage.close()


def test_stamp_holds_for_a_day_and_one_key():
    made = form.stamp(b"k" * 32, START_US)
    assert form.is_stamp(made, b"k" * 32, START_US + DAY_US)
    assert not form.is_stamp(made, b"k" * 32, START_US + DAY_US + 1)
    assert not form.is_stamp(made, b"l" * 32, START_US)
    assert not form.is_stamp("", b"k" * 32, START_US)


def test_hours_of_customers_are_forgotten_and_the_newest_revision_is_not(tmp_path):
    storage = EmbeddedStorage(tmp_path, KEY, Clock())
    row = "INSERT INTO customer_hours VALUES (:hour, 1, 0, 1, 1, 0, :revision)"
    with storage.transaction() as transaction:
        db = transaction._db
        db.execute("PRAGMA foreign_keys = OFF")
        for hour, revision in ((3600, 1), (7200, 9), (10_800, 2)):
            db.execute(row, {"hour": hour, "revision": revision})
        names = [column[1] for column in db.execute("PRAGMA table_info(endpoint_hours)")]
        values = ", ".join("5" if name == "revision" else "0" for name in names)
        db.execute(f"INSERT INTO endpoint_hours VALUES ({values})")  # noqa: S608
    with storage.transaction() as transaction:
        transaction.forget_hours(10_800)
        left = transaction._db.execute("SELECT hour FROM customer_hours ORDER BY hour").fetchall()
    assert left == [(7200,), (10_800,)]
    storage.close()
