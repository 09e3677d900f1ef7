"""Other ways out than the service's: sign-in, mail; the registry lists them all."""

import socket
import ssl

import httpx
import pytest

from desktop.domain.network import Purpose
from desktop.services.door import Door
from desktop.services.network_log import NetworkLog
from tests.fakes import NOON

LIMIT_S = 5


@pytest.fixture
def log(device):
    return NetworkLog(device.services.vault, lambda: NOON)


@pytest.fixture
def door(device, log):
    return Door(device.services.vault, log)


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_each_way_out_is_listed_with_its_purpose(door, log, listener):
    port = listener.getsockname()[1]
    door.transport("https://issuer.example/", Purpose.SIGN_IN).close()
    door.connect("127.0.0.1", port, Purpose.MAIL, LIMIT_S).close()
    door.note_exchange("127.0.0.1", port, 12)
    purposes = {one.host: (one.purpose, one.sent_bytes) for one in log.hosts()}
    assert purposes["issuer.example:443"] == (Purpose.SIGN_IN, 0)
    assert purposes[f"127.0.0.1:{port}"] == (Purpose.MAIL, 12)


def test_failed_connection_is_noted_with_its_reason(door, log, listener):
    port = listener.getsockname()[1]
    listener.close()
    with pytest.raises(ConnectionRefusedError):
        door.connect("127.0.0.1", port, Purpose.MAIL, LIMIT_S)
    (mail,) = (one for one in log.hosts() if one.purpose is Purpose.MAIL)
    assert mail.last_error == "ConnectionRefusedError"


def test_host_of_another_purpose_is_still_guarded(door):
    transport = door.transport("https://issuer.example", Purpose.SIGN_IN)
    with httpx.Client(transport=transport) as client, pytest.raises(Exception, match="not list"):
        client.get("https://elsewhere.example/")


def test_mail_is_checked_against_trusted_authorities(door):
    context = door.tls()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
