"""How the SDKs of an application are connected, in words."""

from datetime import datetime
from typing import Final

from PySide6.QtCore import QCoreApplication

from contract.terms import ConnectionState
from desktop.domain.applications import ApplicationConnection, SdkClients
from desktop.views import figures
from desktop.views.policies import words

STATE_ICONS: Final = {
    ConnectionState.CONNECTED: ("circle-check", "ok"),
    ConnectionState.SILENT: ("triangle-alert", "warn"),
    ConnectionState.LOST: ("cloud-off", "bad"),
    ConnectionState.NEVER: ("clock", "muted"),
}


def state_icon(connection: ApplicationConnection | None) -> tuple[str, str]:
    """Icon and colour of a connection; nobody was asked yet without one."""
    return STATE_ICONS[connection.state if connection else ConnectionState.NEVER]


def short(connection: ApplicationConnection | None) -> str:
    """One word or two, for a column."""
    if connection is None:
        return figures.NOTHING
    return {
        ConnectionState.CONNECTED: QCoreApplication.translate("applications", "Connected"),
        ConnectionState.SILENT: QCoreApplication.translate("applications", "Silent"),
        ConnectionState.LOST: QCoreApplication.translate("applications", "Not connected"),
        ConnectionState.NEVER: QCoreApplication.translate("applications", "Never connected"),
    }[connection.state]


def sentence(connection: ApplicationConnection | None) -> str:
    """Such as: Connected, 10 sockets, Python 0.3.4."""
    if connection is None or connection.state is ConnectionState.NEVER:
        return QCoreApplication.translate("applications", "No SDK has ever connected.")
    if connection.state is ConnectionState.CONNECTED:
        sockets = sum(client.sockets for client in connection.clients)
        kinds = ", ".join(client(one) for one in connection.clients)
        said = QCoreApplication.translate("applications", "Connected, %n socket(s)", "", sockets)
        return f"{said}, {kinds}" if kinds else said
    since = _since(connection.since)
    if connection.state is ConnectionState.SILENT:
        said = QCoreApplication.translate("applications", "Silent since {moment}")
    else:
        said = QCoreApplication.translate("applications", "Not connected since {moment}")
    return said.format(moment=since)


def client(one: SdkClients) -> str:
    """Such as Python 0.3.4."""
    return f"{words.sdk(one.kind)} {one.version}".strip()


def client_line(one: SdkClients) -> str:
    """Everything that is known of the clients of one kind."""
    parts = [
        client(one),
        QCoreApplication.translate("applications", "%n socket(s)", "", one.sockets),
        QCoreApplication.translate("applications", "%n computer(s)", "", one.addresses),
    ]
    if one.last_message_at is not None:
        said = QCoreApplication.translate("applications", "last message {moment}")
        parts.append(said.format(moment=figures.moment(one.last_message_at)))
    return ", ".join(parts)


def _since(moment: datetime | None) -> str:
    return figures.NOTHING if moment is None else figures.moment(moment)
