"""Access tokens of the service: who may use it, and how. Nothing here works without it but reading.

A token is shown once, when it is made; the service keeps a hash, and this vault only the token it
is connected with itself.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from contract.terms import Role
from desktop.domain.access import (
    AccessToken,
    IssuedToken,
    TokenDraft,
    TokensPicture,
    TokenState,
)
from desktop.domain.errors import InvalidInput, ServiceUnreachable
from desktop.domain.ids import TokenId
from desktop.domain.policy_text import MAX_NAME
from desktop.domain.usage import Stamp
from desktop.services.calls import callable_from_window
from desktop.services.storage import applications, kept
from desktop.services.storage.kept import KeptAnswer

if TYPE_CHECKING:
    from contract.messages.access import TokenInfo, TokenIssued
    from desktop.services.link import ServiceLink
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault

OVERLAP_S: Final = 3600
"""How long a rotated token goes on, so that nothing that carries it stops at once."""
MOST_DAYS: Final = 3650


class AccessService:
    """Needs the open vault. Any thread."""

    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        link: "ServiceLink",
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._store = store
        self._link = link
        self._clock = clock

    @callable_from_window
    def tokens(self) -> TokensPicture:
        """Every token, those that work first; without the service as it last told them.

        Raises: ServiceRefused (this workspace's token may not know), VaultError.
        """
        online = self._ask()
        names = self._application_names()
        with self._vault.reading() as db:
            answer = kept.answer(db, kept.TOKENS)
        if answer is None:
            return TokensPicture((), Stamp(None, online=online))
        now = self._clock()
        listed = [_token(row, names) for row in _rows(answer.body)]
        # Two sorts: the second keeps the order of the first among equals.
        listed.sort(key=lambda token: token.created_at, reverse=True)
        listed.sort(key=lambda token: token.state(now) is not TokenState.ACTIVE)
        return TokensPicture(tuple(listed), Stamp(answer.asked_at, online=online))

    @callable_from_window
    def create(self, draft: TokenDraft) -> IssuedToken:
        """A new token, shown this once.

        Raises: InvalidInput (field `name`, `days` or `application_ids`), ServiceUnreachable,
            ServiceRefused, VaultError.
        """
        from contract.messages.access import TokenRequest  # not for the window to load

        request = TokenRequest(
            name=_checked_name(draft.name),
            role=draft.role,
            expires_at=self._end(draft.days),
            application_ids=_checked_applications(draft),
        )
        with self._link.service() as service:
            issued = service.issue_token(request)
        return self._shown(issued, request.name)

    @callable_from_window
    def rotate(self, token_id: TokenId) -> IssuedToken:
        """A token in the place of another, which goes on for an hour; shown this once.

        The workspace's own token is replaced in the vault as well.
        Raises: InvalidInput, ServiceUnreachable, ServiceRefused, VaultError.
        """
        with self._link.service() as service:
            old = _found(service.tokens(), token_id)
            issued = service.rotate_token(token_id, OVERLAP_S)
        if old.is_current:
            with self._vault.transaction() as db:
                self._store.replace_owner_token(db, issued.token)
            self._link.forget()
        return self._shown(issued, old.name)

    @callable_from_window
    def revoke(self, token_id: TokenId) -> None:
        """End a token at once; `restore` takes it back within an hour.

        Raises: InvalidInput (it is the one this workspace is connected with), ServiceUnreachable,
            ServiceRefused (no owner token would be left), VaultError.
        """
        with self._link.service() as service:
            if _found(service.tokens(), token_id).is_current:
                raise InvalidInput(
                    "This workspace itself is connected with this token. Nothing was changed. "
                    "Rotate it, or revoke it from another workspace."
                )
            service.revoke_token(token_id)

    @callable_from_window
    def restore(self, token_id: TokenId) -> None:
        """Undo a revocation. Raises: ServiceUnreachable, ServiceRefused, VaultError."""
        with self._link.service() as service:
            service.restore_token(token_id)

    def _ask(self) -> bool:
        """Keep the service's answer; whether there was one."""
        from contract.messages.access import TokensPage

        try:
            with self._link.client() as client:
                if client is None:
                    return False
                page = TokensPage(rows=client.tokens())
        except ServiceUnreachable:
            return False
        with self._vault.transaction() as db:
            kept.keep_answer(db, kept.TOKENS, KeptAnswer(page.model_dump_json(), self._clock()))
        return True

    def _shown(self, issued: "TokenIssued", name: str) -> IssuedToken:
        token = AccessToken(
            token_id=TokenId(issued.token_id),
            name=name,
            role=issued.role,
            created_at=datetime.fromisoformat(issued.created_at),
            expires_at=_moment(issued.expires_at),
            applications=_names(issued.application_ids, self._application_names()),
        )
        return IssuedToken(token, issued.token)

    def _application_names(self) -> dict[str, str]:
        with self._vault.reading() as db:
            return {one.application_id: one.name for one in applications.listed(db)}

    def _end(self, days: str) -> str | None:
        if not days.strip():
            return None
        if not (days.strip().isascii() and days.strip().isdigit()) or not (
            1 <= int(days) <= MOST_DAYS
        ):
            raise InvalidInput(
                f"This must be a whole number of days from 1 to {MOST_DAYS:,}, or empty. Nothing "
                "was made.",
                field="days",
            )
        return f"{self._clock() + timedelta(days=int(days)):%Y-%m-%dT%H:%M:%SZ}"


def _rows(body: str) -> "tuple[TokenInfo, ...]":
    from contract.messages.access import TokensPage

    return TokensPage.model_validate_json(body).rows


def _token(row: "TokenInfo", names: dict[str, str]) -> AccessToken:
    return AccessToken(
        token_id=TokenId(row.token_id),
        name=row.name,
        role=row.role,
        created_at=datetime.fromisoformat(row.created_at),
        last_used_at=_moment(row.last_used_at),
        expires_at=_moment(row.expires_at),
        revoked_at=_moment(row.revoked_at),
        is_current=row.is_current,
        applications=_names(row.application_ids, names),
    )


def _names(ids: Iterable[str] | None, names: dict[str, str]) -> tuple[str, ...]:
    """Names of applications; the id of one that this vault does not know."""
    return tuple(names.get(one, one) for one in ids or ())


def _found(tokens: "Iterable[TokenInfo]", token_id: TokenId) -> "TokenInfo":
    for token in tokens:
        if token.token_id == token_id:
            return token
    raise InvalidInput("The service has no such token any more. Nothing was changed.")


def _checked_name(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= MAX_NAME:
        raise InvalidInput(
            f"A token needs a name of 1 to {MAX_NAME} characters, to tell it from others. Nothing "
            "was made.",
            field="name",
        )
    return name


def _checked_applications(draft: TokenDraft) -> tuple[str, ...] | None:
    if draft.application_ids and draft.role is Role.OWNER:
        raise InvalidInput(
            "An owner's token holds for every application. Nothing was made. Choose another role, "
            "or every application.",
            field="application_ids",
        )
    return tuple(draft.application_ids) or None


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
