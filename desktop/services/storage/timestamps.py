"""Times as the vault stores them: integer microseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """`moment` is aware."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(stored_us: int) -> datetime:
    """Aware, UTC."""
    return EPOCH + timedelta(microseconds=stored_us)
