"""What providers told the service reaches the lists once, and only forward in time."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from contract.messages.webhooks import Webhook, WebhookEvent, WebhookEventsPage, WebhooksPage
from contract.problems import Problem, ProblemCode
from contract.sealing import new_private_key, public_key_of, seal_message
from contract.terms import BillingProvider
from desktop.domain.billing.mirror import MirrorQuestion, ObjectKind
from desktop.domain.billing.providers import Account, Mode
from desktop.domain.billing.webhooks import EventOutcome, account_of, webhook_id
from desktop.domain.errors import InvalidInput
from desktop.services.billing.provider_events import NOTHING, told_by
from desktop.services.storage import billing_mirror, secrets
from desktop.services.storage.billing_mirror import EVENTS
from tests.billing.paddle_scene import ACCOUNT, PaddleShop
from tests.fakes import NOON, URL
from tests.hosted.webhook_senders import paddle_event, stripe_event

STRIPE_TEST = Account(BillingProvider.STRIPE, Mode.TEST)
FEED = ("GET", "/v1/billing/events")
HOOKS = "/v1/billing/webhooks"
LATER = NOON + timedelta(minutes=5)


class Feed:
    """The service's feed: everything after a cursor, in small pages."""

    def __init__(self, hosted, public_key):
        self.rows = []
        self.public_key = public_key
        self.asked = 0
        hosted.live[FEED] = self.page

    def page(self, request):
        self.asked += 1
        after = int(request.url.params.get("cursor", "0"))
        rows = self.rows[after : after + 2]
        reached = after + len(rows)
        return WebhookEventsPage(
            rows=tuple(rows), next_cursor=str(reached), has_more=reached < len(self.rows)
        )

    def tell(self, event_id, body, *, at=LATER, webhook="paddle_test", key=None, about="ctm_1"):  # noqa: PLR0913
        bound = (webhook, event_id)
        row = WebhookEvent(
            webhook_id=webhook,
            event_id=event_id,
            type="customer.updated",
            object_id=about,
            occurred_at=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            received_at=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            sealed=None if body is None else seal_message(key or self.public_key, bound, body),
        )
        self.rows.append(row)


def customer(name, object_id="ctm_1"):
    """An event of Paddle about a customer."""
    data = {"id": object_id, "name": name, "email": "ann@corp.example", "status": "active",
            "created_at": "2026-01-01T00:00:00Z"}  # fmt: skip
    return paddle_event(data=data)


@pytest.fixture
def shop(tmp_path, hosted):
    shop = PaddleShop(tmp_path / "a", hosted)
    shop.connect()
    yield shop
    shop.device.close()


@pytest.fixture
def feed(shop):
    with shop.device.services.vault.reading() as db:
        (sealed,) = secrets.of_kind(db, "sealing_key")
    private = shop.device.services.vault.unseal(sealed.sealed, sealed.bound)
    return Feed(shop.hosted, public_key_of(base64.b64decode(private)))


def customers(shop, account=ACCOUNT):
    page = shop.billing.mirror.objects(MirrorQuestion(account, ObjectKind.CUSTOMER))
    return {one.object_id: one.name for one in page.rows}


def outcomes(shop, account=ACCOUNT):
    rows = shop.billing.webhooks.events(account, 0, 100).rows
    return {one.event_id: one.outcome for one in rows}


def test_an_event_is_in_the_list_after_the_next_round(shop, feed):
    feed.tell("evt_1", customer("Ann"))
    shop.device.notices.clear()
    shop.device.sync()
    assert customers(shop) == {"ctm_1": "Ann"}
    assert outcomes(shop) == {"evt_1": EventOutcome.APPLIED}
    assert "billing" in shop.device.notices


def test_every_page_is_followed_once(shop, feed):
    for number in range(5):
        feed.tell(
            f"evt_{number}", customer(f"Name {number}", f"ctm_{number}"), about=f"ctm_{number}"
        )
    shop.device.sync()
    assert len(customers(shop)) == 5
    asked = feed.asked
    shop.device.sync()
    assert feed.asked == asked + 1


def test_events_in_any_order_leave_the_newest(shop, feed):
    feed.tell("evt_2", customer("New"), at=LATER + timedelta(minutes=1))
    feed.tell("evt_1", customer("Old"), at=LATER)
    shop.device.sync()
    assert customers(shop) == {"ctm_1": "New"}
    assert outcomes(shop)["evt_1"] is EventOutcome.OLDER


def test_what_was_read_since_is_not_overwritten(shop, feed):
    feed.tell("evt_1", customer("Before the reading"), at=NOON - timedelta(hours=1))
    shop.device.sync()
    assert customers(shop) == {}
    assert outcomes(shop) == {"evt_1": EventOutcome.OLDER}


def test_an_event_told_twice_counts_once(shop, feed):
    for _ in range(2):
        feed.tell("evt_1", customer("Ann"))
    shop.device.sync()
    assert list(outcomes(shop)) == ["evt_1"]


def test_an_event_for_another_vault_or_without_contents_is_only_noticed(shop, feed):
    feed.tell("evt_1", customer("Ann"), key=public_key_of(new_private_key()))
    feed.tell("evt_2", None)
    feed.tell("evt_3", b"no json")
    shop.device.sync()
    assert set(outcomes(shop).values()) == {EventOutcome.NOTICED}
    assert customers(shop) == {}


def test_events_of_a_provider_that_is_not_connected_touch_no_list(shop, feed):
    feed.tell("evt_1", stripe_event("evt_1"), webhook="stripe_test", about="cus_1")
    shop.device.sync()
    assert customers(shop, STRIPE_TEST) == {}
    assert outcomes(shop, STRIPE_TEST) == {"evt_1": EventOutcome.NOTICED}


def test_nothing_is_asked_while_no_provider_is_connected(shop, feed):
    shop.billing.connections.disconnect(ACCOUNT)
    shop.device.sync()
    assert feed.asked == 0


def test_a_token_that_may_not_read_the_feed_leaves_sync_alone(shop):
    shop.hosted.live.pop(FEED, None)
    shop.device.sync()
    assert shop.device.services.sync.state().problem == ""


def test_after_a_gap_everything_is_read_from_the_provider_again(shop, feed):
    feed.tell("evt_1", customer("Ann"))
    shop.device.sync()
    gone = Problem(title="?", status=410, detail="?", code=ProblemCode.CURSOR_UNKNOWN)
    answered = shop.hosted.handle
    shop.hosted.handle = lambda request: _gone(request, gone) or answered(request)
    shop.device.reopen()
    shop.device.sync()
    with shop.device.services.vault.reading() as db:
        assert billing_mirror.reading(db, ACCOUNT, EVENTS).as_of_us is None


def _gone(request, problem):
    import httpx

    if (request.method, request.url.path) != FEED:
        return None
    headers = {"content-type": "application/problem+json"}
    return httpx.Response(410, content=problem.model_dump_json(), headers=headers)


def test_old_events_are_forgotten(shop, feed):
    feed.tell("evt_1", customer("Ann"))
    shop.device.sync()
    shop.device.clock.forward(days=36)
    feed.tell("evt_2", customer("Bo", "ctm_2"), at=LATER + timedelta(days=36), about="ctm_2")
    shop.device.sync()
    assert list(outcomes(shop)) == ["evt_2"]


def hook(**fields):
    return Webhook(**{
        "webhook_id": "paddle_test", "provider": BillingProvider.PADDLE, "is_live": False,
        "path": "/v1/webhooks/abc", "secrets": 1, "changed_at": "2026-06-15T12:00:00Z", **fields,
    })  # fmt: skip


def test_a_webhook_is_set_up_at_the_service(shop):
    sent = []

    def put(request):
        sent.append(json.loads(request.content))
        return hook(secrets=2)

    shop.hosted.live["PUT", f"{HOOKS}/paddle_test"] = put
    setup = shop.billing.webhooks.set_up(ACCOUNT, (" pdl_secret_new ", "", "pdl_secret_old"))
    assert (setup.url, setup.secrets) == (f"{URL}/v1/webhooks/abc", 2)
    assert sent[0]["secrets"] == ["pdl_secret_new", "pdl_secret_old"]
    assert sent[0]["is_live"] is False


def test_signing_secrets_stay_at_the_service_only(shop):
    shop.hosted.live["PUT", f"{HOOKS}/paddle_test"] = hook()
    shop.billing.webhooks.set_up(ACCOUNT, ("pdl_secret_never_kept",))
    with shop.device.services.vault.reading() as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table'")
        ]
        held = str([db.execute(f"SELECT * FROM '{table}'").fetchall() for table in tables])  # noqa: S608
    assert "never_kept" not in held


def test_webhooks_of_other_programs_are_not_shown(shop):
    rows = (hook(), hook(webhook_id="somebody_elses"))
    shop.hosted.live["GET", HOOKS] = WebhooksPage(rows=rows)
    assert [one.account for one in shop.billing.webhooks.setups()] == [ACCOUNT]


@pytest.mark.parametrize(
    "secrets_given",
    [
        ("short",),
        ("with spaces in it",),
        ("ünicode_secret",),
        tuple(f"secret_{n}" for n in range(5)),
    ],
)
def test_what_cannot_be_a_signing_secret_is_refused(shop, secrets_given):
    with pytest.raises(InvalidInput, match="signing secrets"):
        shop.billing.webhooks.set_up(ACCOUNT, secrets_given)


def test_ids_of_webhooks_name_their_account():
    for provider in BillingProvider:
        for mode in Mode:
            assert account_of(webhook_id(Account(provider, mode))) == Account(provider, mode)
    assert account_of("stripe_other") is None


def test_a_deleted_customer_of_stripe_is_gone_and_a_cancelled_subscription_stays():
    deleted = stripe_event(type="customer.deleted")
    assert told_by(BillingProvider.STRIPE, deleted).gone.object_id == "cus_1"
    body = {"object": {"id": "sub_1", "object": "subscription", "status": "canceled",
                       "created": int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())}}  # fmt: skip
    ended = stripe_event(type="customer.subscription.deleted", data=body)
    assert told_by(BillingProvider.STRIPE, ended).changed.status == "canceled"


@pytest.mark.parametrize("provider", BillingProvider)
@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"data": 1}', b'{"event_type": 7}'])
def test_an_event_of_a_form_that_is_not_known_brings_nothing(provider, content):
    assert told_by(provider, content) is NOTHING
