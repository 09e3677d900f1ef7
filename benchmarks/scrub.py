"""The scrubber's promises: events of 1 KB a second on one core, and hostile texts."""

import time
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.figures import Figure, ratio_of_medians
from hosted.scrub.fields import EventScrubber, Profile
from hosted.scrub.gate import best_gate
from hosted.scrub.identity import Pseudonyms
from hosted.scrub.walker import Walker
from hosted.server import settle_memory

EVENT_LIMIT_US: Final = 50
"""20,000 events a second."""
RATIO_LIMIT: Final = 30
"""Against decoding and encoding the same event."""
HOSTILE_LIMIT_MS: Final = 20
HOSTILE_BYTES: Final = 50_000
EVENTS: Final = 2_000
ROUNDS: Final = 7
ALIAS: Final = "POST /v1/accounts/{account_id}/transfers user-17"
EVENT: Final[dict[str, Any]] = {
    "method": "POST", "url": "/v1/accounts/{account_id}/transfers",
    "rawUrl": "/v1/accounts/4711/transfers", "clientIP": "203.0.113.9",
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0",
    "timestamp": "2026-11-23T06:28:50Z", "userId": "user-17", "responseStatusCode": 201,
    "headers": {
        "host": "api.example.test", "accept": "application/json", "content-length": "187",
        "accept-encoding": "gzip, deflate, br", "content-type": "application/json",
        "authorization": "Bearer abcdefghijklmnop0123456789", "cookie": "sid=abc; theme=dark",
        "x-request-id": "8ca08e75-b1bb-457c-a890-ea4a01f082bb",
    },
    "queryParams": {"page": "2", "limit": "50"}, "pathParams": {"account_id": "4711"},
    "body": {
        "amount": 125.5, "currency": "EUR", "note": "rent november", "tags": ["a", "b"],
        "recipient": {"name": "Blue Widget", "email": "jo@corp.example", "reference": "INV-0042"},
    },
    "requestDuration": 12, "responseHeaders": {"content-type": "application/json"},
    "responseSchema": {"id": {"type": "string", "path": "id"}},
}  # fmt: skip
HOSTILE: Final = (
    "a@", "4111 ", "1.1.", "a:", "eyJa", "Basic ", "password=", '"', "<a>", "%25", "://a:",
    "&#64;", "[", "+1 ", "a/", "A", " ", "\u00e4",
)  # fmt: skip


def scrub_us(scrubber: EventScrubber, raw: bytes) -> float:
    """Processor time of one event, from bytes to bytes; no value is remembered between two."""
    pseudonyms = Pseudonyms(bytes(32))

    def pseudonym(identity: str) -> str:
        return pseudonyms.shown("app_1", identity)

    began = time.process_time_ns()
    for _ in range(EVENTS):
        kept, _ = scrubber.event(msgspec.json.decode(raw), pseudonym, ALIAS)
        msgspec.json.encode(kept)
    return (time.process_time_ns() - began) / 1000 / EVENTS


def floor_us(raw: bytes) -> float:
    """Processor time of decoding and encoding the event alone."""
    began = time.process_time_ns()
    for _ in range(EVENTS):
        msgspec.json.encode(msgspec.json.decode(raw))
    return (time.process_time_ns() - began) / 1000 / EVENTS


def hostile_ms(walker: Walker) -> tuple[float, str]:
    """The text that takes longest, the best of three times each, and what it is made of."""
    slowest = (0.0, "")
    for piece in HOSTILE:
        text = (piece * HOSTILE_BYTES)[:HOSTILE_BYTES]
        times = []
        for _ in range(3):
            began = time.process_time_ns()
            walker.text(text)
            times.append((time.process_time_ns() - began) / 1_000_000)
        slowest = max(slowest, (min(times), piece))
    return slowest


def measure(_directory: Path) -> list[Figure]:
    settle_memory()  # as the service does
    raw = msgspec.json.encode(EVENT)
    figures = []
    for profile in Profile:
        scrubber = EventScrubber(Walker(best_gate()), profile)
        ours, floor = [], []
        for _ in range(ROUNDS):
            ours.append(scrub_us(scrubber, raw))
            floor.append(floor_us(raw))
        basis = f"{len(raw)} bytes, {1_000_000 / min(ours):,.0f} events a second"
        name = f"scrubbed event, profile {profile}"
        ratio = ratio_of_medians(ours, floor)
        figures += [
            Figure(name, min(ours), EVENT_LIMIT_US, "us", basis),
            Figure(f"{name}, against its JSON", ratio, RATIO_LIMIT, "x", f"{min(floor):.1f} us"),
        ]
    worst, piece = hostile_ms(Walker(best_gate()))
    basis = f"{HOSTILE_BYTES:,} bytes of {piece!r}, slowest of {len(HOSTILE)}"
    return [*figures, Figure("hostile text", worst, HOSTILE_LIMIT_MS, "ms", basis)]
