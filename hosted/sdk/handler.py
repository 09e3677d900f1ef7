"""Answers to the messages of SDKs. Everything comes from memory but credits and outcomes of calls.

Source: SDK protocol, section 3.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from hosted.errors import StorageUnavailable
from hosted.metering.directory import Application
from hosted.metering.functions import FunctionBook
from hosted.metering.meter import Admitted, Denied, Meter, Told, Verdict
from hosted.metering.reports import ReportBook
from hosted.scrub.events import scrubbed
from hosted.sdk import frames
from hosted.sdk.credit_desk import CreditDesk
from hosted.sdk.frames import Envelope
from hosted.sdk.pace import Pace
from hosted.sdk.presence import CALLS, Visit
from hosted.sdk.protocol import SdkConnection
from hosted.sdk.views import SdkViews

REPORTS: Final = frozenset({"log_response", "report_call_chain"})
"""Types that expect no answer."""


@dataclass(slots=True, eq=False)
class Client:
    """An open socket of an application."""

    application_id: str
    key_hash: bytes
    connection: SdkConnection
    visit: Visit
    last_data_us: int
    pace: Pace = field(default_factory=Pace)


class MessageHandler:
    """Takes the messages of every socket, one at a time and without waiting."""

    def __init__(
        self,
        meter: Meter,
        views: SdkViews,
        books: tuple[FunctionBook, ReportBook],
        credit_desk: CreditDesk,
    ) -> None:
        """`books` take what is reported beside the calls."""
        self._meter = meter
        self._views = views
        self._functions, self._reports = books
        self._credit_desk = credit_desk
        self._looking_up: set[asyncio.Task[None]] = set()

    def handle(self, application: Application, client: Client, envelope: Envelope) -> None:
        """Do what a message asks for. A message that makes no sense is ignored."""
        client.visit.heard(envelope.type, client.last_data_us, waits=bool(envelope.id))
        if envelope.type in CALLS:
            self._meter_call(application, client, envelope)
            return
        if envelope.type in REPORTS:
            self._take_report(application, envelope)
        if not envelope.id:
            return
        if envelope.type == "get_credits":
            looking_up = asyncio.create_task(self._tell_credits(application, client, envelope))
            self._looking_up.add(looking_up)
            looking_up.add_done_callback(self._looking_up.discard)
            return
        client.connection.reply(self._answer(application, client, envelope, envelope.id))

    def _take_report(self, application: Application, envelope: Envelope) -> None:
        if envelope.type == "log_response":
            logged = frames.logged_response(envelope.payload)
            if logged is not None:
                self._reports.response(application, logged)
            return
        chain = frames.call_chain(envelope.payload)
        if chain is not None:
            self._functions.report(application, chain)
            self._reports.chain(application, chain)

    async def _tell_credits(
        self, application: Application, client: Client, envelope: Envelope
    ) -> None:
        """The one answer that needs the storage; nothing else waits for it."""
        message_id = envelope.id or ""
        question = frames.credits_question(envelope.payload)
        try:
            payload = await self._credit_desk.answer(application, question)
        except StorageUnavailable:
            refusal = frames.failure(message_id, frames.NOT_READ_MESSAGE, frames.NOT_READ_ERROR)
            client.connection.reply(refusal)
        else:
            client.connection.reply(frames.success(message_id, payload))

    def _answer(
        self, application: Application, client: Client, envelope: Envelope, message_id: str
    ) -> bytes:
        kind = client.connection.kind
        match envelope.type:
            case "get_application_policies":
                payload = self._views.policies(application, kind)
                client.visit.polled(client.last_data_us, payload)
            case "get_application_config":
                payload = self._views.config(application, kind)
                client.visit.polled(client.last_data_us)
            case "get_blocked_endpoints":
                payload = self._views.blocked(application, kind)
                client.visit.polled(client.last_data_us)
            case report if report in REPORTS:
                payload = b"{}"
            case unknown:
                return frames.no_handler(message_id, unknown)
        return frames.success(message_id, payload)

    def _meter_call(self, application: Application, client: Client, envelope: Envelope) -> None:
        message = frames.allocation(envelope.payload)
        is_request = envelope.type == "request_for_allocation"
        told = _told(client, envelope.id, "allocationId" if is_request else "eventId")
        if message is None:
            if envelope.id:
                client.connection.reply(_not_recorded(envelope.id))
            return
        take = self._meter.request if is_request else self._meter.use
        take(application, scrubbed(message, client.connection.kind), told)


def _told(client: Client, message_id: str | None, id_field: str) -> Told | None:
    """What is sent when the verdict is known; None when the client waits for nothing."""
    if not message_id:
        return None

    def tell(verdict: Verdict) -> None:
        match verdict:
            case Admitted(allocation_id):
                payload = frames.identified(id_field, allocation_id)
                client.connection.reply(frames.success(message_id, payload))
            case Denied():
                client.connection.reply(
                    frames.failure(message_id, frames.DENIED_MESSAGE, frames.DENIED_ERROR)
                )
            case _:
                client.connection.reply(_not_recorded(message_id))

    return tell


def _not_recorded(message_id: str) -> bytes:
    return frames.failure(message_id, frames.NOT_RECORDED_MESSAGE, frames.NOT_RECORDED_ERROR)
