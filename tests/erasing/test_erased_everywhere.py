"""After an erasure nothing is found anywhere but what the certificate lists.

The person lives in every place that can name one; each is read raw, decrypted where it is a
database.
"""

import json
import logging
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from desktop.domain.customer_list import CustomerQuery
from desktop.domain.ids import CustomerId
from desktop.domain.keys import KeyDetails
from desktop.domain.privacy.erasure import ErasureState
from desktop.domain.privacy.kinds import Channel, Evidence, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.domain.traces import TraceQuery
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import Dimension, Filter, Question
from desktop.domain.usage_views import UsageView
from desktop.logs import LINE, TALKATIVE, RedactingFormatter
from desktop.services.compose import build_services
from desktop.services.storage import derivation
from desktop.services.storage.backup import newest_sound
from desktop.services.storage.credentials import passphrase
from hosted.keys import find_key
from hosted.secrets import storage_key
from hosted.storage.connection import connect
from hosted.storage.embedded import DATA_FILE
from hosted.storage.journal import JOURNAL_FILE
from tests.billing.stripe_stand_in import StripeStandIn
from tests.erasing.scene import Town, email_of, name_of, opened, surroundings
from tests.fakes import NOON, PASSPHRASE, no_report
from tests.hosted.service import serving
from tests.loopback import Loopback
from tests.sync_victim import fast_derivation

JANE = 0
PEOPLE = 2
LISTED_IN_VAULT = {
    "privacy_requests": "This privacy request and what was done about it",
}
"""Tables of the vault that may name the person, and where the certificate says so."""
LISTED_IN_SERVICE = {
    "audit": "Audit log: the pseudonym, where the owner edited a row of this customer"
}


class Story:
    """One vault, one service, a provider of payments, an exports directory and logs."""

    def __init__(self, home, running, stripe, url):
        self.home = home
        self.town = Town(home / "vault", running, stripe, url).found(PEOPLE)
        self.outside = surroundings(self.town.url, url, "story")
        self.services = opened(home / "vault", self.outside)
        self.exports = home / "exports"
        self.exports.mkdir()
        self.app, self.jane = self.town.application_id, self.town.ids[JANE]
        self.words = (self.jane, email_of(JANE), name_of(JANE))

    def live(self):
        """The person comes to be in every place that can name one."""
        said = f"Agreed with {name_of(JANE)} ({email_of(JANE)}), caller {self.jane}, and others."
        services = self.services
        details = KeyDetails(f"For {name_of(JANE)}", said, tags=(name_of(JANE), self.jane))
        services.api_keys.add_key(details, "sk_live_0123456789abcdef")
        services.explorer.note_incident(self.app, datetime.now(UTC), said)
        today = datetime.now(UTC).date()
        question = Question(
            DateRange(today - timedelta(days=1), today + timedelta(days=1)),
            application_id=self.app,
            filters=(Filter(Dimension.CUSTOMER, (self.jane,)),),
        )
        services.explorer.save_view(self.app, f"{name_of(JANE)} alone", UsageView(question))
        (call,) = services.traces.page(TraceQuery(self.app, customer_id=self.jane), None).lines
        services.traces.trace(call.trace_id)
        self._find_alert(said)
        for name in ("Somebody", name_of(JANE)):
            services.customers.edits.rename(CustomerId(self.jane), name)
        services.customers.list.bring_up_to_date(no_report)
        assert self.searched() == [self.jane]
        self._write_files()
        services.keeping.back_up(no_report)

    def _find_alert(self, said):
        with self.services.vault.transaction() as db:
            db.execute(
                "INSERT INTO alert_events (rule_id, application_id, rule_name, finding, told, "
                "public_text, began_at_us) VALUES ('rule', ?, 'Much', 'finding', ?, '', 1)",
                (self.app, said),
            )

    def _write_files(self):
        request_id = self.ask(RequestKind.ACCESS)
        found = self.services.privacy_packages.find_person(no_report, request_id).matches
        package = str(self.exports / "package.zip")
        self.services.privacy_packages.build(no_report, request_id, found, package)
        self.services.export.my_data(no_report, str(self.exports / "account.json"))
        configuration = str(self.exports / "configuration.json")
        self.services.privacy.portability.export_configuration(configuration)

    def ask(self, kind):
        """The id of a request whose sender is known."""
        person = Person(name_of(JANE), email_of(JANE))
        asked = NewRequest(kind, Channel.EMAIL, datetime.now(UTC), "UTC", person, "Please.")
        requests = self.services.privacy_requests
        request_id = requests.log_request(asked).line.request_id
        requests.confirm_identity(request_id, (Evidence.CODE,))
        return request_id

    def erase(self):
        """What the certificate says."""
        request_id = self.ask(RequestKind.DELETION)
        matches = self.services.privacy_packages.find_person(no_report, request_id).matches
        assert [one.customer_id for one in matches] == [self.jane]
        erasure = self.services.erasing.erasure
        plan = erasure.plan(no_report, request_id, matches, keeps_blocks=False)
        begun = erasure.start(request_id, matches, keeps_blocks=False)
        done = erasure.go_on(no_report, begun.erasure_id)
        assert done.state is ErasureState.DONE, done.steps
        self.services.sync.run(no_report)
        erasure.write_certificate(request_id, str(self.exports / "certificate.json"))
        told = json.loads((self.exports / "certificate.json").read_text())["certificate"]
        return request_id, plan, told

    def restore(self):
        """Put the backup of before in place of the vault, in a process of its own."""
        self.services.close()
        directory = self.home / "vault"
        self.services = build_services(
            directory, directory, syncs_by_itself=False, surroundings=self.outside
        )
        chosen = newest_sound(directory / "backups")
        self.services.vault.restore(chosen, passphrase(PASSPHRASE), no_report)

    def searched(self):
        """Ids that the list of customers finds by the name."""
        query = CustomerQuery(self.app, search=name_of(JANE))
        page = self.services.customers.list.page(no_report, query, None)
        return [row.customer_id for row in page.rows]

    def in_vault(self):
        """Tables of the vault that name the person, and by which words."""
        with self.services.vault.reading() as db:
            return self._found_in(db)

    def in_service(self):
        """The same of the service's two databases."""
        data = self.home / "service"
        key = storage_key(find_key(data, None, None).key)
        found = {}
        for name in (JOURNAL_FILE, DATA_FILE):
            db = connect(data / name, key)
            found |= self._found_in(db)
            db.close()
        return found

    def _found_in(self, db):
        """The words that stand in each table of an open database, by table."""
        tables = [n for (n,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        texts = {n: repr(db.execute(f'SELECT * FROM "{n}"').fetchall()) for n in tables}  # noqa: S608
        found = {
            name: [one for one in self.words if one.casefold() in text.casefold()]
            for name, text in texts.items()
        }
        return {name: words for name, words in found.items() if words}

    def in_files(self):
        """Files anywhere, among them the logs and the exports, that hold a word as it is."""
        wanted = [form for one in self.words for form in (one.encode(), one.encode("utf-16-le"))]
        return sorted(
            path.name
            for path in self.home.rglob("*")
            if path.is_file() and any(form in path.read_bytes() for form in wanted)
        )


@contextmanager
def everything_logged(path):
    """As the product's processes log, down to the smallest."""
    root, quiet = logging.getLogger(), [logging.getLogger(name) for name in TALKATIVE]
    before = [(one, one.level) for one in (root, *quiet)]
    handler = logging.FileHandler(path)
    handler.setFormatter(RedactingFormatter(LINE))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for one in quiet:
        one.setLevel(logging.WARNING)
    yield
    root.removeHandler(handler)
    handler.close()
    for one, level in before:
        one.setLevel(level)


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.setattr(derivation, "hash_secret_raw", fast_derivation)
    stripe = StripeStandIn(now=int(NOON.timestamp()))
    loopback = Loopback(stripe.handle)
    with (
        (tmp_path / "service.log").open("wb") as log,
        serving(tmp_path / "service", "--bootstrap", stderr=log) as running,
    ):
        story = Story(tmp_path, running, stripe, loopback.url)
        with everything_logged(tmp_path / "core.log"):
            yield story
        story.services.close()
    loopback.close()


def require_listed(found, listed, told):
    """Nobody is named but where the certificate says so."""
    assert {table: words for table, words in found.items() if table not in listed} == {}
    assert {listed[table] for table in found} <= {line["what"] for line in told["kept"]}


EVERYWHERE = {
    "alert_events", "billing_links", "billing_objects", "configuration", "customer_days",
    "customer_list", "customer_words", "edit_history", "incidents", "kept_traces", "mail_outbox",
    "outbox", "saved_views", "secrets", "written_files",
}  # fmt: skip


def test_fresh_look_everywhere_finds_nothing_but_what_the_certificate_lists(story):
    story.live()
    assert set(story.in_vault()) >= EVERYWHERE
    assert set(story.in_service()) >= {"configuration", "named_customers"}
    assert "account.json" in story.in_files()
    request_id, plan, told = story.erase()
    assert told["is_complete"]
    planned = {line.what for line in plan.lines}
    assert planned >= {"secrets", "incidents", "saved_views", "kept_traces"}
    require_listed(story.in_vault(), LISTED_IN_VAULT, told)
    require_listed(story.in_service(), LISTED_IN_SERVICE, told)
    assert story.searched() == []
    assert story.services.privacy_packages.find_person(no_report, request_id).matches == ()
    assert story.in_files() == []
    assert {path.stem for path in story.exports.iterdir()} == {"certificate"}
    story.restore()
    require_listed(story.in_vault(), LISTED_IN_VAULT, told)
    story.services.sync.run(no_report)
    require_listed(story.in_vault(), LISTED_IN_VAULT, told)
    assert story.in_files() == []
    assert (story.home / "core.log").stat().st_size
