"""Signals of sleep and of sessions, as logind and the screen savers send them."""

import os
import shutil
import subprocess
import sys
import threading

import pytest

from desktop import core
from desktop.services import session_watch
from desktop.services.session_watch import Heard, Reason, own_session, reason_of

OURS = "/org/freedesktop/login1/session/_32"
OTHER = "/org/freedesktop/login1/session/_37"
SESSION = "org.freedesktop.login1.Session"


def changed(path, **values):
    body = (SESSION, {name: ("b", value) for name, value in values.items()}, [])
    return Heard("org.freedesktop.DBus.Properties", "PropertiesChanged", path, body)


@pytest.mark.parametrize(
    ("heard", "reason"),
    [
        (Heard("org.freedesktop.login1.Manager", "PrepareForSleep", "/", (True,)), Reason.SLEEP),
        (Heard("org.freedesktop.login1.Manager", "PrepareForSleep", "/", (False,)), None),
        (Heard(SESSION, "Lock", OURS, ()), Reason.SESSION_LOCKED),
        (Heard(SESSION, "Lock", OTHER, ()), None),
        (Heard(SESSION, "Unlock", OURS, ()), None),
        (changed(OURS, LockedHint=True), Reason.SESSION_LOCKED),
        (changed(OURS, LockedHint=False), None),
        (changed(OURS, Active=False), Reason.USER_SWITCHED),
        (changed(OTHER, Active=False), None),
        (changed(OURS, IdleHint=True), None),
        (Heard("org.gnome.ScreenSaver", "ActiveChanged", "/", (True,)), Reason.SESSION_LOCKED),
        (Heard("org.gnome.ScreenSaver", "ActiveChanged", "/", (False,)), None),
        (Heard("org.freedesktop.DBus", "NameAcquired", "/", (":1.5",)), None),
    ],
)
def test_signal_locks_or_does_not(heard, reason):
    assert reason_of(heard, OURS) == reason


def test_session_that_is_not_known_listens_to_every_one():
    assert reason_of(Heard(SESSION, "Lock", OTHER, ()), "") is Reason.SESSION_LOCKED
    assert own_session({}) == ""


@pytest.mark.parametrize(
    ("session_id", "path"), [("2", OURS), ("c1", "/org/freedesktop/login1/session/c1")]
)
def test_path_of_a_session_is_logind_s(session_id, path):
    assert own_session({"XDG_SESSION_ID": session_id}) == path


@pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="needs the package dbus")
def test_35_screen_saver_on_a_real_bus_locks(monkeypatch, tmp_path):
    from jeepney import DBusAddress, new_signal
    from jeepney.io.blocking import open_dbus_connection

    bus = subprocess.Popen(
        [shutil.which("dbus-daemon"), "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )  # fmt: skip
    address = bus.stdout.readline().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    heard, locked = [], threading.Event()

    def note(reason):
        heard.append(reason)
        locked.set()

    watch = session_watch.SessionWatch(note)
    listener = threading.Thread(target=watch._listen, args=("SESSION",))
    listener.start()
    saver = DBusAddress("/org/gnome/ScreenSaver", interface="org.gnome.ScreenSaver")
    with open_dbus_connection(address) as sender:
        for _ in range(200):  # until the listener has subscribed
            sender.send(new_signal(saver, "ActiveChanged", "b", (True,)))
            if locked.wait(0.05):
                break
    assert heard[0] is Reason.SESSION_LOCKED
    bus.kill()
    bus.wait()
    bus.stdout.close()
    listener.join(10)
    assert not listener.is_alive()


@pytest.mark.parametrize("bus", ["SYSTEM", "SESSION"])
def test_computer_without_a_bus_only_has_no_signals(monkeypatch, bus):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")
    with pytest.raises((OSError, KeyError, ValueError, EOFError)):
        next(session_watch.signals(bus))
    heard = []
    session_watch.SessionWatch(heard.append)._listen(bus)
    assert heard == []


def test_bus_that_ends_was_heard_until_then_and_a_fault_is_not_taken_for_an_end(monkeypatch):
    def ending(_bus):
        yield Heard(SESSION, "Lock", OURS, ())
        raise EOFError

    def broken(_bus):
        yield Heard(SESSION, "Lock", OURS, ())
        raise TypeError

    monkeypatch.setenv("XDG_SESSION_ID", "2")
    heard = []
    watch = session_watch.SessionWatch(heard.append)
    monkeypatch.setattr(session_watch, "signals", ending)
    watch._listen("SYSTEM")
    assert heard == [Reason.SESSION_LOCKED]
    monkeypatch.setattr(session_watch, "signals", broken)
    with pytest.raises(TypeError):
        watch._listen("SYSTEM")


CORE = """
import os, sys, threading
from multiprocessing import Pipe
from desktop import core
core.SECONDS_TO_LOCK = 0.1
ours, theirs = Pipe()
threading.Thread(target=lambda: print(ours.recv_bytes(), flush=True), daemon=True).start()
core.lock(core.Pipe(theirs), core.Reason.SLEEP)
"""


def test_35_core_tells_the_window_and_ends_even_if_nobody_answers():
    done = subprocess.run([sys.executable, "-c", CORE], capture_output=True, timeout=60, check=True)
    assert b"lock:sleep" in done.stdout
    assert core.SECONDS_TO_LOCK <= 2
