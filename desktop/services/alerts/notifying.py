"""Desktop notifications: the one of this computer, where it has any.

On Linux they are a service of the session's D-Bus (org.freedesktop.Notifications, version 1.2 of
the Desktop Notifications Specification), which the core may call: it needs no window and no Qt.
Other systems give notifications to windows of installed programs only; there, alerts are listed in
the window and nowhere else.
"""

import sys
from contextlib import suppress
from html import escape
from typing import Final, Protocol

BUS_NAME: Final = "org.freedesktop.Notifications"
OBJECT_PATH: Final = "/org/freedesktop/Notifications"
TIMEOUT_S: Final = 2.0
BY_ITSELF: Final = -1
"""Lets the desktop decide how long a notification is shown."""


class Notifier(Protocol):
    """Shows a short message outside the window."""

    def is_there(self) -> bool:
        """Whether this computer would show one."""

    def notify(self, title: str, text: str) -> None:
        """Show one; a computer without notifications is quiet. Takes at most some seconds."""


class NoNotifier:
    """For programs that disturb nobody, such as the command line."""

    def is_there(self) -> bool:
        return False

    def notify(self, title: str, text: str) -> None:
        """Do nothing."""


class DesktopNotifier:
    """The notifications of the session this process belongs to. Any thread."""

    def is_there(self) -> bool:
        """Whether somebody answers under the name of notifications."""
        return self._call("GetServerInformation", None, ()) is not None

    def notify(self, title: str, text: str) -> None:
        """Show a notification; `text` may hold anything, markup is shown as it is written."""
        hints = {"desktop-entry": ("s", "usageflow")}
        shown, actions = escape(text, quote=False), list[str]()
        body = ("UsageFlow", 0, "", title, shown, actions, hints, BY_ITSELF)
        self._call("Notify", "susssasa{sv}i", body)

    def _call(self, method: str, signature: str | None, body: tuple[object, ...]) -> object:
        """Body of the answer; None where nobody answers."""
        if sys.platform != "linux":
            return None
        from jeepney import DBusAddress, MessageType, new_method_call
        from jeepney.io.blocking import open_dbus_connection

        address = DBusAddress(OBJECT_PATH, bus_name=BUS_NAME, interface=BUS_NAME)
        # No bus, one that hangs, or nobody of that name: then nothing can be shown.
        with suppress(OSError, KeyError, ValueError, EOFError):
            with open_dbus_connection("SESSION") as connection:
                asked = new_method_call(address, method, signature, body)
                answer = connection.send_and_get_reply(asked, timeout=TIMEOUT_S)
            if answer.header.message_type is MessageType.method_return:
                return answer.body
        return None
