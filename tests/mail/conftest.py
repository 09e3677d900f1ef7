"""A vault for the tests of a module, and mail servers with a certificate."""

from datetime import timedelta

import pytest

from desktop.domain.mail import MailServer
from desktop.services.door import Door
from desktop.services.mail.building import build_mail
from desktop.services.network_log import NetworkLog
from desktop.services.secret_store import SecretStore
from tests.fakes import NOON, Device, FakeHosted
from tests.hosted.certificates import Authority
from tests.mail.post_office import PASSWORD, USER, PostOffice, only_owner


class Desk:
    """Mail of one workspace: what tests write letters at, with a clock they move."""

    def __init__(self, device):
        self.device, self.now, self.notices = device, NOON, []
        self._numbers = iter(range(1_000_000))
        self.vault = vault = device.services.vault
        self.log = NetworkLog(vault, self.clock)
        self.door = Door(vault, self.log)
        outside = (lambda: f"mail{next(self._numbers)}", self.clock)
        secrets = SecretStore(vault, lambda: f"secret{next(self._numbers)}", self.clock)
        self.mail = build_mail(vault, secrets, self.log, outside, self.notices.append)
        self.outbox, self.service = self.mail.outbox, self.mail.service

    def clock(self):
        return self.now

    def later(self, **time):
        self.now += timedelta(**time)

    def put(self, letter, once_key=""):
        with self.vault.transaction() as db:
            return self.outbox.put(db, letter, once_key)

    def states(self):
        """States of the letters, the oldest first."""
        return [one.state for one in reversed(self.service.picture().letters)]

    def use(self, office, password=PASSWORD, **changes):
        server = MailServer(
            host="localhost",
            port=office.port,
            sender_address="notices@seller.example",
            sender_name="Weather API",
            **{"user": USER} | changes,
        )
        return self.service.set_server(server, password)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def certificate(authority):
    return authority.sign("localhost")


@pytest.fixture(scope="module")
def office_device(tmp_path_factory, authority):
    device = Device(tmp_path_factory.mktemp("vault") / "a", FakeHosted(), connect=False)
    device.services.network.use_authority(str(authority.file))
    yield device
    device.close()


@pytest.fixture
def desk(office_device):
    with office_device.services.vault.transaction() as db:
        db.execute("DELETE FROM mail_outbox")
        db.execute("DELETE FROM mail_server")
        db.execute("DELETE FROM secrets WHERE kind = 'mail_password'")
    return Desk(office_device)


@pytest.fixture
def post_offices(certificate):
    offices = []

    def open_one(**options):
        offices.append(PostOffice(certificate, **options))
        return offices[-1]

    yield open_one
    for office in offices:
        office.close()


@pytest.fixture
def office(post_offices):
    """A server that wants STARTTLS, a user and a password."""
    return post_offices(authenticator=only_owner, auth_required=True)
