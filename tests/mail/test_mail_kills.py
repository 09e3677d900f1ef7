"""A program that is killed while a letter is on its way."""

import os
import subprocess
import sys
import threading

import pytest

from desktop.domain.mail import Letter, MailPurpose, MailState
from tests.fakes import PASSPHRASE
from tests.hosted.service import ROOT

pytestmark = pytest.mark.real_argon2
LETTER = Letter(MailPurpose.NEWS, "ann@reader.example", "News", "All the news.")

VICTIM = """
import sys
from datetime import datetime
from pathlib import Path
from desktop.services.compose import Surroundings, build_services
now = datetime.fromisoformat(sys.argv[3])
services = build_services(
    Path(sys.argv[1]),
    Path(sys.argv[1]) / "service",
    syncs_by_itself=False,
    surroundings=Surroundings(clock=lambda: now, new_id=lambda: "victim"),
)
services.workspace.unlock(sys.argv[2])
services.mail.service.send_now()
"""


def test_kill_after_the_letter_was_given_tells_that_its_fate_is_unknown(desk, office):
    """The server has the letter, its answer never came: sent once, and the owner is asked."""
    desk.use(office)
    desk.put(LETTER)
    given, killed = threading.Event(), threading.Event()

    def hold_back():
        given.set()
        killed.wait(30)

    office.before_answer = hold_back
    desk.device.services.close()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    arguments = (str(desk.device.directory), PASSPHRASE, desk.now.isoformat())
    victim = subprocess.Popen([sys.executable, "-c", VICTIM, *arguments], env=environment)
    try:
        assert given.wait(60)
    finally:
        victim.kill()
        victim.wait()
        killed.set()
        desk.device.services.workspace.unlock(PASSPHRASE)
    assert desk.states() == [MailState.SENDING]
    desk.outbox.send_due()
    (one,) = desk.service.picture().letters
    assert one.state is MailState.UNKNOWN
    assert "The program ended before" in one.reason
    assert len(office.letters) == 1
