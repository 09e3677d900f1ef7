"""Everything the vault holds about a person, as datasets. Rows are read when they are written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from desktop.domain.money import decimal_text
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.requests import PrivacyRequest
from desktop.services.privacy.finding import Match
from desktop.services.privacy.package.datasets import Dataset, Field, JsonKeys, Kind, Prose, Row
from desktop.services.storage import privacy_choices, privacy_queries

if TYPE_CHECKING:
    from sqlite3 import Connection

MICRO: Final = Decimal(1_000_000)
APPLICATION: Final = Field("application_id", Kind.TEXT, "Which API.")
CUSTOMER: Final = Field("customer_id", Kind.TEXT, "The pseudonym under which you are known.")
ENDPOINT: Final = Field("endpoint_id", Kind.TEXT, "Which part of the API was called.")
CALL: Final = JsonKeys(
    facts=frozenset(
        (
            "trace_id", "application_id", "endpoint_id", "customer_id", "at", "state", "units",
            "status", "duration_ms", "late", "odd_amount", "refused_by",
        )
    ),
    words=frozenset(("method", "url", "detail", "functions")),
)  # fmt: skip
"""Of a `Trace` of the contract."""
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

    def rows() -> Iterator[Row]:
        for match in subject.matches:
            identity = known.get((match.application_id, match.customer_id), "")
            yield match.application_id, match.customer_id, match.name, identity

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

    def rows() -> Iterator[Row]:
        for *names, quantity, events, peak in privacy_queries.usage_days(db, subject.customers):
            yield (*names, _units(quantity), events, _units(peak))

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

    def rows() -> Iterator[Row]:
        for *names, units in privacy_queries.usage_hours(db, subject.customers):
            yield (*names, _units(units))

    return Dataset("usage_hours", "What you used, by hour", Category.USAGE, fields, rows, "hour")


def _configured(
    db: "Connection", subject: Subject, entity: str, name: str, category: Category
) -> Dataset:
    fields = (
        APPLICATION,
        Field("id", Kind.TEXT, "The row's own id."),
        Field("content", Kind.TEXT, "What was agreed or decided, as JSON.", Prose.JSON),
    )

    def rows() -> Iterator[Row]:
        return privacy_queries.configuration(db, entity, subject.customers)

    return Dataset(name, f"Your own {name}", category, fields, rows)


def _calls(db: "Connection", subject: Subject) -> Dataset:
    fields = (
        Field("at", Kind.INSTANT, "When the call was made."),
        Field("method", Kind.TEXT, "HTTP method."),
        Field("url", Kind.TEXT, "The route that was called.", Prose.TEXT),
        Field("content", Kind.TEXT, "Everything kept of the call, as JSON.", Prose.JSON, CALL),
    )

    def rows() -> Iterator[Row]:
        return privacy_queries.kept_calls(db, subject.customers)

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

    def rows() -> Iterator[Row]:
        for request in requests:
            asked = request.asked
            received_at = asked.received_at.isoformat()
            yield f"PR-{request.number:04}", received_at, asked.kind.value, asked.text

    title = "Your privacy requests"
    return Dataset("privacy_requests", title, Category.SUPPORT, fields, rows, "received_at")


def _choices(db: "Connection", subject: Subject) -> Dataset:
    fields = (
        Field("purpose", Kind.TEXT, "What you may be written to for."),
        Field("wanted", Kind.YES_NO, "Whether you want it."),
        Field("means", Kind.TEXT, "How you told us."),
        Field("at", Kind.INSTANT, "When."),
    )

    def rows() -> Iterator[Row]:
        for reference in subject.references:
            for choice in privacy_choices.of(db, reference):
                at = choice.at.isoformat()
                yield choice.purpose.value, choice.wanted, choice.means.value, at

    title = "What you want to be written to for"
    return Dataset("choices", title, Category.SUPPORT, fields, rows, "at")


def _units(millionths: int) -> str:
    return decimal_text(Decimal(millionths) / MICRO)
