"""How the SDKs of one application are connected."""

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from contract.terms import ConnectionState
from desktop.domain.applications import ApplicationConnection, ConnectionHealth
from desktop.views import figures
from desktop.views.applications import words
from desktop.views.lines import IconLine, Lines
from desktop.views.scrolled import Scrolled


class ConnectionPanel(Scrolled):
    """The state in a sentence, each kind of client, and what is odd about them."""

    def __init__(self) -> None:
        super().__init__("")
        self.setAccessibleName(self.tr("Connection"))
        self.lines = Lines(spacing=12)
        self.column.insertWidget(0, self.lines)

    def show_connection(
        self, connection: ApplicationConnection | None, health: ConnectionHealth
    ) -> None:
        """Show what the service said last."""
        self.lines.fill((*self._state(connection, health), *self._others(health)))

    def _state(
        self, connection: ApplicationConnection | None, health: ConnectionHealth
    ) -> Iterator[QWidget]:
        if health.stamp.as_of is None:
            said = self.tr("The service has not been asked yet: connect one, or go online.")
            yield IconLine("cloud-off", "muted", said, "muted")
            return
        yield IconLine(*words.state_icon(connection), words.sentence(connection), "heading")
        if not health.stamp.online:
            moment = figures.moment(health.stamp.as_of)
            said = self.tr("The service cannot be reached. This was so at {moment}.")
            yield IconLine("clock", "warn", said.format(moment=moment), "warn")
        if connection is not None:
            yield from self._details(connection)

    def _details(self, connection: ApplicationConnection) -> Iterator[QWidget]:
        for client in connection.clients:
            yield IconLine("plug", "muted", words.client_line(client))
            if not client.up_to_date:
                said = self.tr("{sdk} has not asked for the newest policies yet.")
                text = said.format(sdk=words.client(client))
                yield IconLine("clock", "muted", text, "muted")
        if connection.last_call_at is not None:
            said = self.tr("Last call {moment}.")
            text = said.format(moment=figures.moment(connection.last_call_at))
            yield IconLine("info", "muted", text, "muted")
        yield from self._odd(connection)

    def _odd(self, connection: ApplicationConnection) -> Iterator[QWidget]:
        if connection.state is ConnectionState.SILENT:
            said = self.tr(
                "Its sockets are open and send nothing. A file upload does this to FastAPI's SDK: "
                "whitelist upload routes. The service recycles silent sockets one by one."
            )
            yield IconLine("triangle-alert", "warn", said)
        if connection.state is ConnectionState.LOST:
            said = self.tr(
                "If it still runs, its calls pass unmetered. Python tries again by itself; a Go "
                "application that was cut off for more than 80 seconds must be restarted."
            )
            yield IconLine("triangle-alert", "warn", said)
        if connection.recycled_sockets:
            said = self.tr("%n silent socket(s) recycled.", "", connection.recycled_sockets)
            yield IconLine("refresh-cw", "muted", said, "muted")
        if connection.refused_handshakes:
            said = self.tr(
                "An SDK with a revoked key knocks: %n time(s), last {moment}. It meters nothing.",
                "",
                connection.refused_handshakes,
            )
            at = connection.refused_at
            moment = figures.moment(at) if at is not None else figures.NOTHING
            yield IconLine("key-round", "bad", said.format(moment=moment))

    def _others(self, health: ConnectionHealth) -> Iterator[QWidget]:
        if health.unknown_keys:
            said = self.tr(
                "Somebody knocks with a key this service never made: %n time(s), last {moment}.",
                "",
                health.unknown_keys,
            )
            at = health.unknown_key_at
            moment = figures.moment(at) if at is not None else figures.NOTHING
            yield IconLine("key-round", "warn", said.format(moment=moment))
