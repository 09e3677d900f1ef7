"""Desktop notifications on a real bus, and on computers without any."""

import os
import shutil
import subprocess
import threading

import pytest

from desktop.services.alerts import notifying
from desktop.services.alerts.notifying import DesktopNotifier, NoNotifier


@pytest.fixture
def bus(monkeypatch, tmp_path):
    """Address of a session bus of our own."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("needs the package dbus")
    process = subprocess.Popen(
        [shutil.which("dbus-daemon"), "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )  # fmt: skip
    address = process.stdout.readline().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    yield address
    process.kill()
    process.wait()
    process.stdout.close()


class Desktop:
    """Answers as a desktop's notification service does, until it was asked twice."""

    def __init__(self, address, calls):
        self.address, self.calls, self.is_up = address, [], threading.Event()
        self._left = calls
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        assert self.is_up.wait(10)

    def _serve(self):
        from jeepney import MessageType, new_method_return
        from jeepney.bus_messages import message_bus
        from jeepney.io.blocking import open_dbus_connection

        with open_dbus_connection(self.address) as connection:
            connection.send_and_get_reply(message_bus.RequestName(notifying.BUS_NAME))
            self.is_up.set()
            while self._left:
                asked = connection.receive(timeout=10)
                if asked.header.message_type is not MessageType.method_call:
                    continue
                self._left -= 1
                self.calls.append(asked.body)
                information = ("Fake", "Tests", "1", "1.2")
                signature, body = ("u", (7,)) if asked.body else ("ssss", information)
                connection.send(new_method_return(asked, signature, body))


def test_notification_arrives_as_it_was_written(bus):
    desktop = Desktop(bus, 2)
    notifier = DesktopNotifier()
    assert notifier.is_there()
    notifier.notify("Busy", "Requests: 60 > 50 <b>")
    desktop.thread.join(10)
    assert not desktop.thread.is_alive()
    name, replaces, icon, title, text, actions, hints, timeout = desktop.calls[1]
    assert (name, replaces, icon, title) == ("UsageFlow", 0, "", "Busy")
    assert text == "Requests: 60 &gt; 50 &lt;b&gt;", "markup is shown, not obeyed"
    assert (actions, timeout) == ([], -1)
    assert hints["desktop-entry"] == ("s", "usageflow")


def test_bus_without_a_notification_service_is_quiet(bus):
    notifier = DesktopNotifier()
    assert not notifier.is_there()
    notifier.notify("Busy", "60")


@pytest.mark.parametrize("address", ["unix:path=/nowhere", "", "nonsense"])
def test_computer_without_a_bus_is_quiet(monkeypatch, address):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    notifier = DesktopNotifier()
    assert not notifier.is_there()
    notifier.notify("Busy", "60")


def test_other_systems_have_none(monkeypatch):
    monkeypatch.setattr(notifying.sys, "platform", "win32")
    assert not DesktopNotifier().is_there()


def test_command_line_disturbs_nobody():
    NoNotifier().notify("Busy", "60")
    assert not NoNotifier().is_there()
