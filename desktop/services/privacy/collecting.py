"""Everything the vault holds about a person, as datasets. Rows are read when they are written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.money import decimal_text
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.requests import PrivacyRequest
from desktop.services.privacy.finding import Match
from desktop.services.privacy.package.datasets import Dataset, Field, Kind, Prose
from desktop.services.storage import privacy_choices, privacy_queries

if TYPE_CHECKING:
    from sqlite3 import Connection

MICRO: Final = Decimal(1_000_000)
APPLICATION: Final = Field("application_id", Kind.TEXT, "Which API.")
CUSTOMER: Final = Field("customer_id", Kind.TEXT, "The pseudonym under which you are known.")
ENDPOINT: Final = Field("endpoint_id", Kind.TEXT, "Which part of the API was called.")
UNITS: Final = Field("units", Kind.DECIMAL, "Units as they are billed.")


@dataclass(frozen=True, slots=True)
class Subject:
    """A person as the vault knows them."""

    matches: tuple[Match, ...]
    identities: tuple[tuple[str, str, str], ...]
    """Application, customer and the identity in clear, of those that could be opened."""
    references: tuple[bytes, ...] = ()
    """Keyed hashes of the addresses and ids the person is known by."""

    @property
    def customers(self) -> list[tuple[str, str]]:
        return [(match.application_id, match.customer_id) for match in self.matches]


def datasets(
    db: "Connection", subject: Subject, requests: Sequence[PrivacyRequest]
) -> tuple[Dataset, ...]:
    """The datasets, by category; the connection must stay in its reading while they are read."""
    return (
        _customers(subject),
        _usage_days(db, subject),
        _usage_hours(db, subject),
        _configured(db, subject, "limit_override", "limits", Category.CONFIGURATION),
        _configured(db, subject, "block", "blocks", Category.SECURITY),
        _calls(db, subject),
        _requests(requests),
        _choices(db, subject),
    )


def _customers(subject: Subject) -> Dataset:
    known = {(app, customer): identity for app, customer, identity in subject.identities}

    def rows() -> Iterator[dict[str, Any]]:
        for match in subject.matches:
            yield {
                "application_id": match.application_id,
                "customer_id": match.customer_id,
                "name": match.name,
                "identity": known.get((match.application_id, match.customer_id), ""),
            }

    fields = (
        APPLICATION,
        CUSTOMER,
        Field("name", Kind.TEXT, "The name the API's owner gave; empty without one."),
        Field("identity", Kind.TEXT, "How you identified yourself; empty where it is not kept."),
    )
    return Dataset("customers", "Who you are to us", Category.ACCOUNT, fields, rows)


def _usage_days(db: "Connection", subject: Subject) -> Dataset:
    fields = (
        APPLICATION,
        Field("day", Kind.DAY, "Day in the time zone of the API."),
        CUSTOMER,
        ENDPOINT,
        Field("meter", Kind.TEXT, "What was counted."),
        UNITS,
        Field("calls", Kind.WHOLE, "Number of calls."),
        Field("largest", Kind.DECIMAL, "The largest single call, in units."),
    )

    def rows() -> Iterator[dict[str, Any]]:
        for (
            app,
            day,
            customer,
            endpoint,
            meter,
            quantity,
            events,
            peak,
        ) in privacy_queries.usage_days(db, subject.customers):
            values = (app, day, customer, endpoint, meter, _units(quantity), events, _units(peak))
            yield {field.name: value for field, value in zip(fields, values, strict=True)}

    return Dataset("usage_days", "What you used, by day", Category.USAGE, fields, rows, "day")


def _usage_hours(db: "Connection", subject: Subject) -> Dataset:
    fields = (
        APPLICATION,
        Field("hour", Kind.INSTANT, "Start of the hour, UTC."),
        CUSTOMER,
        ENDPOINT,
        Field("calls", Kind.WHOLE, "Number of calls."),
        UNITS,
    )

    def rows() -> Iterator[dict[str, Any]]:
        for app, hour, customer, endpoint, requests, units in privacy_queries.usage_hours(
            db, subject.customers
        ):
            values = (app, hour, customer, endpoint, requests, _units(units))
            yield {field.name: value for field, value in zip(fields, values, strict=True)}

    return Dataset("usage_hours", "What you used, by hour", Category.USAGE, fields, rows, "hour")


def _configured(
    db: "Connection", subject: Subject, entity: str, name: str, category: Category
) -> Dataset:
    fields = (
        APPLICATION,
        Field("id", Kind.TEXT, "The row's own id."),
        Field("content", Kind.TEXT, "What was agreed or decided, as JSON.", Prose.JSON),
    )

    def rows() -> Iterator[dict[str, Any]]:
        for app, row_id, body in privacy_queries.configuration(db, entity, subject.customers):
            yield {"application_id": app, "id": row_id, "content": body}

    return Dataset(name, f"Your own {name}", category, fields, rows)


def _calls(db: "Connection", subject: Subject) -> Dataset:
    fields = (
        Field("at", Kind.INSTANT, "When the call was made."),
        Field("method", Kind.TEXT, "HTTP method."),
        Field("url", Kind.TEXT, "The route that was called.", Prose.TEXT),
        Field("content", Kind.TEXT, "Everything kept of the call, as JSON.", Prose.JSON),
    )

    def rows() -> Iterator[dict[str, Any]]:
        for at, method, url, body in privacy_queries.kept_calls(db, subject.customers):
            yield {"at": at, "method": method, "url": url, "content": body}

    return Dataset(
        "calls", "Single calls that were looked at", Category.TECHNICAL, fields, rows, "at"
    )


def _requests(requests: Sequence[PrivacyRequest]) -> Dataset:
    fields = (
        Field("number", Kind.TEXT, "Number of the request."),
        Field("received_at", Kind.INSTANT, "When it arrived."),
        Field("kind", Kind.TEXT, "What was asked for."),
        Field("text", Kind.TEXT, "What you wrote.", Prose.TEXT),
    )

    def rows() -> Iterator[dict[str, Any]]:
        for request in requests:
            yield {
                "number": f"PR-{request.number:04}",
                "received_at": request.asked.received_at.isoformat(),
                "kind": request.asked.kind.value,
                "text": request.asked.text,
            }

    title = "Your privacy requests"
    return Dataset("privacy_requests", title, Category.SUPPORT, fields, rows, "received_at")


def _choices(db: "Connection", subject: Subject) -> Dataset:
    fields = (
        Field("purpose", Kind.TEXT, "What you may be written to for."),
        Field("wanted", Kind.YES_NO, "Whether you want it."),
        Field("means", Kind.TEXT, "How you told us."),
        Field("at", Kind.INSTANT, "When."),
    )

    def rows() -> Iterator[dict[str, Any]]:
        for reference in subject.references:
            for choice in privacy_choices.of(db, reference):
                at = choice.at.isoformat()
                values = (choice.purpose.value, choice.wanted, choice.means.value, at)
                yield {field.name: value for field, value in zip(fields, values, strict=True)}

    title = "What you want to be written to for"
    return Dataset("choices", title, Category.SUPPORT, fields, rows, "at")


def _units(millionths: int) -> str:
    return decimal_text(Decimal(millionths) / MICRO)
