"""A real service with callers, and a vault that knows each of them in several ways."""

import asyncio
import json
import uuid
from datetime import UTC, datetime

import httpx

from contract.terms import BillingProvider, IdentityLocation
from desktop.domain.billing.providers import Account, Mode
from desktop.domain.ids import ApplicationId, CustomerId
from desktop.domain.mail import Letter, MailPurpose
from desktop.domain.policies import PolicyDraft
from desktop.services.client import ServiceClient
from desktop.services.compose import Surroundings, build_services
from desktop.services.identities import opened as identity_in
from desktop.services.storage import privacy_queries
from tests.billing.report_victim import OneWay
from tests.billing.scene import gateways_to
from tests.billing.stripe_stand_in import KEY
from tests.e2e.processes import wait_until
from tests.fakes import PASSPHRASE, no_report
from tests.hosted.service import GO_AGENT, Api, connected, metadata

ACCOUNT = Account(BillingProvider.STRIPE, Mode.TEST)


def email_of(number):
    return f"person{number:04}x@example.org"


def name_of(number):
    return f"Nomen{number:04}x"


def new_name_of(number):
    return f"Novum{number:04}y"


def surroundings(url, stripe_url, prefix, wrap=lambda transport: transport):
    """Real network on loopback; ids that no other life makes."""
    return Surroundings(
        clock=lambda: datetime.now(UTC),
        new_id=lambda: f"{prefix}{uuid.uuid4().hex[:16]}",
        make_client=lambda _url, token: ServiceClient(url, token, wrap(httpx.HTTPTransport())),
        gateways=gateways_to(wrap(OneWay(stripe_url))),
    )


def opened(directory, outside):
    """The vault of a directory in a process that just started."""
    services = build_services(directory, directory, syncs_by_itself=False, surroundings=outside)
    services.workspace.unlock(PASSPHRASE)
    return services


class Town:
    """One vault and one service, and as many people as are asked for: each is erased once."""

    def __init__(self, directory, running, stripe, stripe_url):
        self.directory = directory
        self.running = running
        self.stripe = stripe
        self.stripe_url = stripe_url
        self.ids = []
        """Customer ids, by the number of the person."""
        ready = running.ready
        self.application_id = ApplicationId(ready["application_id"])
        self.api = Api(running, ready["application_id"], ready["sdk_key"])

    @property
    def url(self):
        return self.running.ready["url"]

    def found(self, people):
        """Make the vault, and let everybody call and be known."""
        outside = surroundings(self.url, self.stripe_url, "town")
        services = build_services(
            self.directory, self.directory, syncs_by_itself=False, surroundings=outside
        )
        services.workspace.create(PASSPHRASE)
        services.connection.use_remote(self.url, self.running.ready["owner_token"])
        draft = PolicyDraft(
            self.application_id, "GET", "/x",
            identity_location=IdentityLocation.HEADERS, identity_name="X-User",
        )  # fmt: skip
        services.policies.save_policy(draft, None, ())
        services.sync.run(no_report)
        asyncio.run(self._call(people))
        self._sync_until_known(services, people)
        self._know(services, people)
        services.close()
        return self

    async def _call(self, people):
        async with connected(self.api, GO_AGENT) as socket:
            for number in range(people):
                identity = email_of(number)
                facts = {**metadata("GET", "/x"), "headers": {"X-User": [identity]}}
                call = {"alias": f"GET /x {identity}", "amount": 2, "metadata": facts}
                call["allocationId"] = str(uuid.uuid4())
                await socket.ask("request_for_allocation", call)
                facts["responseStatusCode"] = 200
                await socket.ask("use_allocation", call)

    def _sync_until_known(self, services, people):
        known = "SELECT count(*) FROM configuration WHERE entity = 'identity'"
        counted = "SELECT count(DISTINCT customer_id) FROM customer_days"

        def are_known():
            services.sync.run(no_report)
            with services.vault.reading() as db:
                return all(db.execute(sql).fetchone()[0] >= people for sql in (known, counted))

        wait_until(are_known, "the callers in the vault")

    def _know(self, services, people):
        """Give everybody a name, a payer at Stripe and a letter that waits."""
        known = self._identities(services)
        for number in range(people):
            self.ids.append(known[email_of(number)])
            services.customers.edits.rename(CustomerId(self.ids[number]), name_of(number))
            self.stripe.put(
                "customer", id=f"pay_{number}", name=name_of(number), email=email_of(number),
                metadata={"caller": self.ids[number]},
            )  # fmt: skip
        services.billing.connections.connect(BillingProvider.STRIPE, KEY)
        services.billing.mirror.read(no_report, ACCOUNT, False)  # noqa: FBT003
        services.billing.mapping.match(ACCOUNT, self.application_id, "caller")
        with services.vault.transaction() as db:
            for number in range(people):
                text = f"Dear {name_of(number)}"
                letter = Letter(MailPurpose.INVOICE_READY, email_of(number), "Your invoice", text)
                services.mail.outbox.put(db, letter)
        services.sync.run(no_report)

    def _identities(self, services):
        """Customer ids by identity."""
        with services.vault.reading() as db:
            keys = services.privacy_packages._store.sealing_keys(db)
            rows = list(privacy_queries.sealed_identities(db))
        return {identity_in(keys, *row): row[1] for row in rows}

    def customer_at_service(self, number):
        """The row of a customer as the service has it."""
        found = self.running.http.get(f"/v1/customers/{self.ids[number]}")
        return found.raise_for_status().json()["body"]

    def task(self, number, **more):
        """What a life is told to do about one person."""
        return {
            "directory": str(self.directory), "url": self.url, "stripe_url": self.stripe_url,
            "application_id": self.application_id, "customer_id": self.ids[number],
            "number": number, "outcome": "", "step": 0, "resumes": False, **more,
        }  # fmt: skip


def dump(services, *, left_out=("privacy_requests", "privacy_events")):
    """Every value of every table of the vault, but for those in which people say who they are."""
    with services.vault.reading() as db:
        tables = [
            name
            for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if name not in left_out
        ]
        return {name: repr(db.execute(f"SELECT * FROM {name}").fetchall()) for name in tables}  # noqa: S608


def traces_of(dumped, words):
    """Tables in which a word stands."""
    return sorted({table for table, text in dumped.items() for word in words if word in text})


def certificate(text):
    """What a certificate says but for ids and times, which are of one erasure alone."""
    told = json.loads(text)["certificate"]
    return {name: told[name] for name in ("is_complete", "done", "processors", "kept")} | {
        "subjects": len(told["subjects"])
    }
