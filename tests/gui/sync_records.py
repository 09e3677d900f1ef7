"""What the Sync page reads, and examples of it; `fake_sync` answers with them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from desktop.domain.editing import Conflict, FieldDifference
from desktop.domain.network import HostContact, NetworkOptions, Purpose
from desktop.domain.syncing import (
    Draft,
    HistoryEntry,
    LiveMode,
    LiveState,
    Outcome,
    OutgoingEdit,
    Refusal,
    StreamProgress,
)

SYNCED_AT = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)
WAITING = OutgoingEdit(
    7, "pricing_rule", "rule_1", "Generate", False, ("unit_price", "note"), SYNCED_AT, None,  # noqa: FBT003
)  # fmt: skip
SENT = OutgoingEdit(
    8, "customer", "cus_1", "Aurora", False, ("name",), SYNCED_AT, SYNCED_AT + A_MINUTE,  # noqa: FBT003
)  # fmt: skip
REFUSED = OutgoingEdit(
    9, "policy", "pol_1", "GET /v1/search", False, ("limits",), SYNCED_AT, SYNCED_AT,  # noqa: FBT003
    problem="limits: A policy has at most 20 limits.",
)  # fmt: skip
HISTORY = [
    HistoryEntry(
        2, "customer", "cus_2", "Kite", "{}", SYNCED_AT, SYNCED_AT, SYNCED_AT, Outcome.MERGED,
        None, ("name",), "",
    ),
    HistoryEntry(
        1, "pricing_rule", "rule_2", "Search", "{}", SYNCED_AT - A_MINUTE, SYNCED_AT - A_MINUTE,
        SYNCED_AT - A_MINUTE, Outcome.ACCEPTED, 41, (), "",
    ),
]  # fmt: skip
LEFT_OUT = Refusal(
    "usage", "endpoint_hour", "app_9", "It belongs to an application that this account does not "
    "have.", 3, SYNCED_AT, SYNCED_AT,
)  # fmt: skip
DRAFT = Draft(4, "pricing_rule", "rule_1", "Generate", "{}", SYNCED_AT)
SECOND_CONFLICT = Conflict(
    12,
    "customer",
    "cus_3",
    "North Labs",
    (
        FieldDifference("name", "North", "North Labs", "North Ltd"),
        FieldDifference("note", "-", "-", "pays by invoice"),
    ),
    deleted_there=False,
)


SHOWN, PINNED = "ab" * 32, "cd" * 32
HOSTS = [
    HostContact(
        "meter.example:443", Purpose.SERVICE, SYNCED_AT, 1_204, 88_031, 5_400_321, "", None
    ),
    HostContact("proxy.example:3128", Purpose.PROXY, None, 0, 0, 0, "The proxy refused", SYNCED_AT),
]
TOLD = LiveState(LiveMode.TOLD, "")
NETWORK = NetworkOptions(host="meter.example:443", shown=SHOWN)


@dataclass
class SyncRecords:
    """What the Sync page reads; `fake_sync` answers with it."""

    outgoing: list[OutgoingEdit] = field(default_factory=list)
    history: list[HistoryEntry] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    live: LiveState = TOLD
    network: NetworkOptions = NETWORK
    hosts: list[HostContact] = field(default_factory=lambda: list(HOSTS))
    progress: tuple[StreamProgress, ...] = (
        StreamProgress("changes", 412, is_complete=True),
        StreamProgress("tail", 1_204, is_complete=True),
        StreamProgress("backfill", 88_031, is_complete=True),
    )
