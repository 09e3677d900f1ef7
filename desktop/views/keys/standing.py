"""Rows of the Keys page: a key with what the service and the report say of it, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desktop.domain.keys import KeyReport, SdkKeyUse, StoredKey
from desktop.views import figures

NO_REPORT: Final = KeyReport((), (), (), (), ())


class Standing(StrEnum):
    """What is to be said of a key, most urgent first."""

    REVOKED = "revoked"
    EXPIRED = "expired"
    EXPIRING = "expiring"
    REUSED = "reused"
    WEAK = "weak"
    OLD = "old"
    ELSEWHERE = "elsewhere"
    FINE = "fine"


ICONS: Final = {
    Standing.REVOKED: ("ban", "muted"),
    Standing.EXPIRED: ("circle-alert", "bad"),
    Standing.EXPIRING: ("clock", "warn"),
    Standing.REUSED: ("triangle-alert", "warn"),
    Standing.WEAK: ("triangle-alert", "warn"),
    Standing.OLD: ("clock", "warn"),
    Standing.ELSEWHERE: ("info", "muted"),
    Standing.FINE: ("circle-check", "ok"),
}
URGENT: Final = frozenset(
    {Standing.EXPIRED, Standing.EXPIRING, Standing.REUSED, Standing.WEAK, Standing.OLD}
)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of this vault, or one of the service that another vault holds."""

    name: str
    key: StoredKey | None
    use: SdkKeyUse | None
    standings: tuple[Standing, ...]

    @property
    def row_id(self) -> str:
        """What makes a row the same after a reload."""
        if self.key is not None:
            return self.key.key_id
        return "" if self.use is None else self.use.service_key_id

    @property
    def is_sdk_key(self) -> bool:
        return self.key is None or self.key.made_by_service

    @property
    def provider(self) -> str:
        return "UsageFlow SDK" if self.key is None else self.key.provider

    @property
    def ends_at(self) -> datetime | None:
        if self.key is not None:
            return self.key.expires_at
        return None if self.use is None else self.use.expires_at

    @property
    def last_used_at(self) -> datetime | None:
        return None if self.use is None else self.use.last_used_at

    @property
    def is_revoked(self) -> bool:
        return Standing.REVOKED in self.standings

    @property
    def has_ended(self) -> bool:
        return self.is_revoked or Standing.EXPIRED in self.standings

    @property
    def is_urgent(self) -> bool:
        return not URGENT.isdisjoint(self.standings)


def rows_of(
    keys: Iterable[StoredKey], uses: Iterable[SdkKeyUse], report: KeyReport, now: datetime
) -> tuple[KeyRow, ...]:
    """Keys of the vault by name, then those of the service that other vaults hold."""
    told = {use.key_id: use for use in uses if use.key_id}
    ours = (KeyRow(key.name, key, told.get(key.key_id), _of_key(key, report)) for key in keys)
    others = (KeyRow(use.name, None, use, _of_use(use, now)) for use in uses if not use.key_id)
    return (*ours, *others)


def _of_key(key: StoredKey, report: KeyReport) -> tuple[Standing, ...]:
    if key.revoked_at is not None:
        return (Standing.REVOKED,)
    reused = {key_id for group in report.reused for key_id in group}
    found = (
        (Standing.EXPIRED, key.key_id in report.expired),
        (Standing.EXPIRING, key.key_id in report.expiring),
        (Standing.REUSED, key.key_id in reused),
        (Standing.WEAK, key.key_id in report.weak),
        (Standing.OLD, key.key_id in report.old),
    )
    return tuple(standing for standing, is_so in found if is_so) or (Standing.FINE,)


def _of_use(use: SdkKeyUse, now: datetime) -> tuple[Standing, ...]:
    if use.revoked_at is not None:
        return (Standing.REVOKED,)
    if use.expires_at is not None and use.expires_at <= now:
        return (Standing.EXPIRED,)
    return (Standing.ELSEWHERE,)


WORDS: Final = {
    Standing.REVOKED: QT_TRANSLATE_NOOP("keys", "Revoked"),
    Standing.EXPIRED: QT_TRANSLATE_NOOP("keys", "Ended"),
    Standing.EXPIRING: QT_TRANSLATE_NOOP("keys", "Ends soon"),
    Standing.REUSED: QT_TRANSLATE_NOOP("keys", "Used twice"),
    Standing.WEAK: QT_TRANSLATE_NOOP("keys", "Weak"),
    Standing.OLD: QT_TRANSLATE_NOOP("keys", "Old"),
    Standing.ELSEWHERE: QT_TRANSLATE_NOOP("keys", "Not in this vault"),
    Standing.FINE: QT_TRANSLATE_NOOP("keys", "Fine"),
}
SENTENCES: Final = {
    Standing.REVOKED: QT_TRANSLATE_NOOP("keys", "Revoked: the service refuses it."),
    Standing.EXPIRED: QT_TRANSLATE_NOOP(
        "keys", "It has ended. Put a new one in its place, then delete it."
    ),
    Standing.EXPIRING: QT_TRANSLATE_NOOP("keys", "It ends on {day}. Replace it in time."),
    Standing.REUSED: QT_TRANSLATE_NOOP(
        "keys", "The same secret is kept as {names}. Who learns one has the other."
    ),
    Standing.WEAK: QT_TRANSLATE_NOOP(
        "keys", "Easy to guess. Have its provider make a longer, random one."
    ),
    Standing.OLD: QT_TRANSLATE_NOOP(
        "keys", "Unchanged since {since}. A new one each year limits what a leak can do."
    ),
    Standing.ELSEWHERE: QT_TRANSLATE_NOOP(
        "keys", "Another computer made it: this vault does not hold the key itself."
    ),
    Standing.FINE: "",
}


def word(row: KeyRow, now: datetime) -> str:
    """The most urgent thing about a key, in a word or two."""
    first, ends = row.standings[0], row.ends_at
    if first is Standing.EXPIRING and ends is not None:
        days = max(0, (ends - now).days)
        return QCoreApplication.translate("keys", "Ends in %n day(s)", "", days)
    return QCoreApplication.translate("keys", str(WORDS[first]))


def sentence(standing: Standing, row: KeyRow, others: tuple[str, ...]) -> str:
    """What to do about it; `others` are the names of keys with the same secret."""
    said = QCoreApplication.translate("keys", str(SENTENCES[standing]))
    return said.format(
        day=_day(row.ends_at),
        names=", ".join(f"“{name}”" for name in others),
        since=_day(None if row.key is None else row.key.created_at),
    )


def _day(moment: datetime | None) -> str:
    return figures.NOTHING if moment is None else figures.day(moment.date(), with_year=True)
