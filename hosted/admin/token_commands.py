"""What is done with access tokens, each with its entry in the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from contract.terms import Role
from hosted.admin import lifetimes
from hosted.admin.problems import Refusal
from hosted.storage.access_records import Token
from hosted.storage.base import Transaction


@dataclass(frozen=True, slots=True)
class IssueToken:
    """Stores a new token; with `ends_others` every other one stops to work."""

    token: Token
    actor: str
    ends_others: bool = False

    def apply(self, transaction: Transaction) -> None:
        now_us = self.token.created_us
        if self.ends_others:
            for other in transaction.tokens():
                lifetimes.revoke(transaction, other, now_us, self.actor)
        lifetimes.store(transaction, self.actor, now_us, [("issue", None, self.token)])


@dataclass(frozen=True, slots=True)
class RotateToken:
    """Puts a new token in the place of an old one, which goes on until `ends_us`."""

    token_id: str
    successor: Token
    ends_us: int
    actor: str

    def apply(self, transaction: Transaction) -> tuple[Token, Token] | Refusal | None:
        """The old token and the new one, which may do the same; None without such a token."""
        old = _find(transaction.tokens(), self.token_id)
        if old is None:
            return None
        successor = replace(self.successor, role=old.role, application_ids=old.application_ids)
        return lifetimes.exchange(transaction, old, successor, self.ends_us, self.actor)


@dataclass(frozen=True, slots=True)
class RevokeToken:
    """Takes a token out of use, unless nobody could manage access any more."""

    token_id: str
    now_us: int
    actor: str

    def apply(self, transaction: Transaction) -> Token | Refusal | None:
        """The token as it is now; None when there is no such token."""
        tokens = transaction.tokens()
        token = _find(tokens, self.token_id)
        if token is None or token.revoked_us is not None:
            return token
        others = [other for other in tokens if other.token_id != self.token_id]
        if token.role is Role.OWNER and not any(_is_lasting_owner(other) for other in others):
            return Refusal(
                409,
                "Without this token there is no owner token that lasts. Nothing was changed. Make "
                "another one first.",
            )
        return lifetimes.revoke(transaction, token, self.now_us, self.actor)


@dataclass(frozen=True, slots=True)
class RestoreToken:
    """Takes a revocation back, within an hour."""

    token_id: str
    now_us: int
    actor: str

    def apply(self, transaction: Transaction) -> Token | Refusal | None:
        """The token as it is now; None when there is no such token."""
        token = _find(transaction.tokens(), self.token_id)
        if token is None:
            return None
        back = lifetimes.restored(token, self.now_us)
        if isinstance(back, Token) and back != token:
            lifetimes.store(transaction, self.actor, self.now_us, [("restore", token, back)])
        return back


def _find(tokens: Iterable[Token], token_id: str) -> Token | None:
    return next((token for token in tokens if token.token_id == token_id), None)


def _is_lasting_owner(token: Token) -> bool:
    return token.role is Role.OWNER and token.revoked_us is None and token.expires_us is None
