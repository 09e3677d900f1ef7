"""Which events beside the owner's own wish lock the vault."""

from desktop.services.calls import callable_from_window
from desktop.services.session_watch import Reason


class LockingService:
    """Any thread. Until the window says otherwise every event locks."""

    def __init__(self) -> None:
        self._ignored: frozenset[Reason] = frozenset()

    @callable_from_window
    def lock_on(self, sleep: bool, session: bool) -> None:  # noqa: FBT001 (two switches)
        """Say whether sleep locks, and whether a locked or left session does."""
        ignored = set() if sleep else {Reason.SLEEP}
        if not session:
            ignored |= {Reason.SESSION_LOCKED, Reason.USER_SWITCHED}
        self._ignored = frozenset(ignored)

    def is_wanted(self, reason: Reason) -> bool:
        """Whether this event locks."""
        return reason not in self._ignored
