"""Hears when the computer goes to sleep, or its session is locked or handed to another user.

On Linux these are signals of the D-Bus: logind for sleep and sessions, the desktop's screen saver
beside it. On other systems the window's clock notices the sleep afterwards.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jeepney import MatchRule
    from jeepney.io.blocking import DBusConnection

LOGIND: Final = "org.freedesktop.login1"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"


class Reason(StrEnum):
    """Why the vault locks by itself; also the end of the notice `lock:<reason>`."""

    SLEEP = "sleep"
    SESSION_LOCKED = "session"
    USER_SWITCHED = "user"


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal, as far as it matters here."""

    interface: str
    member: str
    path: str
    body: tuple[Any, ...]


class SessionWatch:
    """Calls `lock` from a thread of its own; a computer without such signals is only quieter."""

    def __init__(self, lock: Callable[[Reason], None]) -> None:
        self._lock = lock

    def start(self) -> None:
        """Listen from now on, until the process ends."""
        if sys.platform != "linux":
            return
        for bus in ("SYSTEM", "SESSION"):
            thread = threading.Thread(target=self._listen, args=(bus,), name="session", daemon=True)
            thread.start()

    def _listen(self, bus: str) -> None:
        # A computer without this bus, or one whose bus ends, has no signals to hear.
        with suppress(OSError, KeyError, ValueError, EOFError):
            for heard in signals(bus):
                reason = reason_of(heard, own_session(os.environ))
                if reason is not None:
                    self._lock(reason)


def reason_of(heard: Heard, session_path: str) -> Reason | None:
    """Why this signal locks the vault; None when it does not.

    Args:
        heard: the signal.
        session_path: logind's path of the owner's session; empty when it is not known, then those
            of every session count.
    """
    is_ours = session_path in {"", heard.path}
    match heard:
        case Heard(member="PrepareForSleep", body=(True,)):
            return Reason.SLEEP
        case Heard(interface="org.freedesktop.login1.Session", member="Lock") if is_ours:
            return Reason.SESSION_LOCKED
        case Heard(member="ActiveChanged", body=(True,)):
            return Reason.SESSION_LOCKED
        case Heard(interface=i, member="PropertiesChanged", body=(name, changed, *_)) if (
            i == PROPERTIES and name == "org.freedesktop.login1.Session" and is_ours
        ):
            return _reason_of_change(changed)
    return None


def own_session(environment: "os._Environ[str] | dict[str, str]") -> str:
    """Logind's path of this session, or nothing where the desktop does not tell its id."""
    session = environment.get("XDG_SESSION_ID", "")
    escaped = "".join(
        letter
        if letter.isalnum() and not (place == 0 and letter.isdigit())
        else f"_{ord(letter):x}"
        for place, letter in enumerate(session)
    )
    return f"/org/freedesktop/login1/session/{escaped}" if session else ""


def signals(bus: str) -> Iterator[Heard]:
    """Signals of a bus that may matter, as they come.

    Raises: OSError, KeyError, ValueError, EOFError when there is no such bus, or it ends.
    """
    from jeepney import HeaderFields
    from jeepney.io.blocking import open_dbus_connection

    with open_dbus_connection(bus) as connection:
        for rule in _rules(bus):
            _subscribe(connection, rule)
        while True:
            message = connection.receive()
            fields = message.header.fields
            yield Heard(
                str(fields.get(HeaderFields.interface, "")),
                str(fields.get(HeaderFields.member, "")),
                str(fields.get(HeaderFields.path, "")),
                tuple(message.body),
            )


def _rules(bus: str) -> "list[MatchRule]":
    from jeepney import MatchRule

    if bus == "SYSTEM":
        return [
            MatchRule(type="signal", sender=LOGIND, interface=f"{LOGIND}.Manager"),
            MatchRule(type="signal", sender=LOGIND, interface=f"{LOGIND}.Session"),
            MatchRule(type="signal", sender=LOGIND, interface=PROPERTIES),
        ]
    savers = ("org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.cinnamon.ScreenSaver")
    return [MatchRule(type="signal", interface=saver, member="ActiveChanged") for saver in savers]


def _subscribe(connection: "DBusConnection", rule: "MatchRule") -> None:
    from jeepney.bus_messages import message_bus

    connection.send_and_get_reply(message_bus.AddMatch(rule))


def _reason_of_change(changed: dict[str, Any]) -> Reason | None:
    """Values travel as pairs of type and value."""
    plain = {name: pair[1] for name, pair in changed.items()}
    if plain.get("LockedHint") is True:
        return Reason.SESSION_LOCKED
    return Reason.USER_SWITCHED if plain.get("Active") is False else None
