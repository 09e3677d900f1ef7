"""When tokens and SDK keys were last used: known at once, written once a minute."""

from dataclasses import dataclass

from hosted.storage.base import Transaction


@dataclass(frozen=True, slots=True)
class StoreLastUsed:
    """Stores instants by id."""

    tokens: dict[str, int]
    sdk_keys: dict[str, int]

    def apply(self, transaction: Transaction) -> None:
        transaction.put_last_used(self.tokens, self.sdk_keys)


class LastUsed:
    """On the event loop's thread. A kill loses what was noted since it was written."""

    def __init__(self) -> None:
        self._noted: dict[str, int] = {}
        self._tokens: dict[str, int] = {}
        self._sdk_keys: dict[str, int] = {}

    def token(self, token_id: str, at_us: int) -> None:
        """A token was used."""
        self._noted[token_id] = self._tokens[token_id] = at_us

    def sdk_key(self, key_id: str, at_us: int) -> None:
        """A key was used, or a socket that it opened is open still."""
        self._noted[key_id] = self._sdk_keys[key_id] = at_us

    def of(self, row_id: str, stored_us: int | None) -> int | None:
        """When a token or key was last used, as far as it was noted here, else as stored."""
        return self._noted.get(row_id, stored_us)

    def to_store(self) -> StoreLastUsed | None:
        """What was used since this was asked last; None for nothing."""
        if not self._tokens and not self._sdk_keys:
            return None
        command = StoreLastUsed(self._tokens, self._sdk_keys)
        self._tokens, self._sdk_keys = {}, {}
        return command
