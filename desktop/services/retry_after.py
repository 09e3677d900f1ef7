"""How long an answer asks to wait."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_S: Final = 30 * 86_400.0
"""A month: nobody who means it asks for more."""


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Seconds from `Retry-After`, 0 without, a month at most. Source: RFC 9110 section 10.2.3."""
    value = headers.get("retry-after", "").strip()
    if value.isdigit():
        return min(float(value), LONGEST_S)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return min(max(0.0, (at - datetime.now(UTC)).total_seconds()), LONGEST_S)
