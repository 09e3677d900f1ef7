"""The provider of this test session, and desktops that sign in there."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from desktop.domain.sign_in import Provider, ProviderKind
from desktop.services.door import Door
from desktop.services.network_log import NetworkLog
from desktop.services.secret_store import SecretStore
from desktop.services.sign_in.keeping import SignInService
from desktop.services.sign_in.provider import ProviderLink
from tests.fakes import Device, FakeHosted, no_report
from tests.identity_provider import running


@pytest.fixture(scope="session")
def provider():
    with running.running() as one:
        yield one


class Person:
    """Somebody at a desktop, with a clock of their own and a browser."""

    def __init__(self, device, provider):
        self.device, self.provider = device, provider
        self.ahead = timedelta(0)
        self.vault = device.services.vault
        self.log = NetworkLog(self.vault, self.clock)
        self.secrets = SecretStore(self.vault, device.surroundings.new_id, self.clock)
        self.service = self.anew()

    def anew(self):
        """The service as a program that was started again has it."""
        self.service = SignInService(self.vault, self.secrets, self.connect, self.clock)
        return self.service

    def connect(self, provider, client_secret):
        return ProviderLink(Door(self.vault, self.log), provider, client_secret)

    def clock(self):
        return datetime.now(UTC) + self.ahead

    def choose(self, **changes):
        wanted = {"kind": ProviderKind.OTHER, "issuer": self.provider.issuer} | changes
        return self.service.set_provider(Provider(**{"client_id": "desktop"} | wanted), None)

    def sign_in(self, change=lambda url: url, login="ann"):
        """Sign in as a browser does it; `change` meddles with the address it comes back to."""
        start = self.service.begin(declares_adult=True)
        with ThreadPoolExecutor(1, thread_name_prefix="browser") as pool:
            page = pool.submit(lambda: visit(change(self.provider.sign_in(start.url, login))))
            signed_in = self.service.finish(no_report)
            self.page = page.result()
        return signed_in

    def kept(self, kind="sign_in_refresh"):
        with self.vault.reading() as db:
            return self.secrets.kept_one(db, kind)

    def keep(self, token, kind="sign_in_refresh"):
        with self.vault.transaction() as db:
            self.secrets.keep_one(db, kind, "Sign-in", token)


def visit(url):
    """What the browser is shown there."""
    with httpx.Client(timeout=10, trust_env=False) as browser:
        return browser.get(url)


@pytest.fixture(scope="module")
def signing_device(tmp_path_factory):
    device = Device(tmp_path_factory.mktemp("vault") / "a", FakeHosted(), connect=False)
    yield device
    device.close()


@pytest.fixture
def stranger(signing_device, provider):
    """Somebody who has chosen no provider yet."""
    with signing_device.services.vault.transaction() as db:
        db.execute("DELETE FROM sign_in")
        db.execute("DELETE FROM profile_corrections")
        db.execute("DELETE FROM secrets WHERE kind LIKE 'sign_in_%'")
        db.execute(
            "UPDATE account_profile SET name = '', email = '', company = '', "
            "adult_declared_at_us = NULL"
        )
    person = Person(signing_device, provider)
    yield person
    person.service.abandon()
    provider.control("clock", ahead=0)
    provider.control("lose", answers=0)


@pytest.fixture
def person(stranger):
    stranger.choose()
    return stranger


@pytest.fixture
def threads_end():
    """No thread of ours is left behind."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before
