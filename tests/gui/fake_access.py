"""Tokens and an audit log in memory, with the names and signatures of the real services."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from contract.terms import Role
from desktop.domain.access import (
    AccessToken,
    AuditLine,
    AuditPicture,
    AuditQuery,
    ChainReport,
    ChainState,
    FieldChange,
    IssuedToken,
    TokenDraft,
    TokensPicture,
)
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import CustomerId, TokenId
from desktop.services import access, activity, identities
from desktop.services.calls import callable_from_window

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NEW_TOKEN = "uf_editor_1f0c5c2e9b7a4d63"
PAGE = 40
IDENTITY = "jo@corp.example"
CHAIN = "5e884898da280471" * 4


def token(number, name, role=Role.VIEWER, **fields):
    made = NOON - timedelta(days=10 * number)
    return AccessToken(TokenId(f"tok_{number}"), name, role, made, **fields)


TOKENS = (
    token(1, "Desktop on studio", Role.OWNER, last_used_at=NOON, is_current=True),
    token(2, "Deploy script", Role.EDITOR, last_used_at=NOON - timedelta(hours=3),
          expires_at=NOON + timedelta(days=200)),
    token(3, "Shop team", Role.EDITOR, applications=("Acme API · Production",)),
    token(4, "Prometheus", Role.VIEWER, last_used_at=NOON - timedelta(minutes=1)),
    token(5, "Data protection", Role.PRIVACY_OFFICER, last_used_at=NOON - timedelta(days=9)),
    token(6, "Old laptop", Role.OWNER, revoked_at=NOON - timedelta(minutes=20)),
    token(7, "Contractor", Role.VIEWER, expires_at=NOON - timedelta(days=30)),
)  # fmt: skip


def change(sequence, action, entity, entity_id, *changes, actor="Desktop on studio"):
    at = NOON - timedelta(minutes=7 * (200 - sequence))
    return AuditLine(sequence, at, actor, action, entity, entity_id, changes, CHAIN)


NEWEST = (
    change(200, "revoke", "token", "tok_6",
           FieldChange("revoked_at", "", "2026-11-23T11:40:00.000000Z")),
    change(199, "change", "pricing_rule", "rule_generate",
           FieldChange("unit_price", "0.0018", "0.002"), FieldChange("name", "Gen", "Generate")),
    change(198, "create", "block", "block_7", FieldChange("url", "", "/v1/search"),
           FieldChange("reason", "", "Scraping"), actor="Shop team"),
    change(197, "issue", "token", "tok_1", actor="command_line"),
)  # fmt: skip
CHANGES = NEWEST + tuple(
    change(number, "change", "policy", f"pol_{number}", FieldChange("note", "", f"No. {number}"))
    for number in range(196, 100, -1)
)


class AccessService(access.AccessService):
    def __init__(self, controls):
        self.controls = controls

    @callable_from_window
    def tokens(self) -> TokensPicture:
        self.controls.enter("AccessService.tokens")
        return TokensPicture(tuple(self.controls.tokens), self.controls.stamp())

    @callable_from_window
    def create(self, draft: TokenDraft) -> IssuedToken:
        self.controls.enter("AccessService.create", draft)
        if not draft.name.strip():
            raise InvalidInput("A token needs a name. Nothing was made.", field="name")
        only = ("Acme API · Production",) if draft.application_ids else ()
        made = AccessToken(TokenId("tok_new"), draft.name, draft.role, NOON, applications=only)
        self.controls.tokens.insert(0, made)
        return IssuedToken(made, NEW_TOKEN)

    @callable_from_window
    def rotate(self, token_id: TokenId) -> IssuedToken:
        self.controls.enter("AccessService.rotate", token_id)
        old = next(one for one in self.controls.tokens if one.token_id == token_id)
        made = replace(old, token_id=TokenId("tok_new"), created_at=NOON, last_used_at=None)
        self.controls.tokens.insert(0, made)
        return IssuedToken(made, NEW_TOKEN)

    @callable_from_window
    def revoke(self, token_id: TokenId) -> None:
        self.controls.enter("AccessService.revoke", token_id)
        self._put(token_id, revoked_at=NOON)

    @callable_from_window
    def restore(self, token_id: TokenId) -> None:
        self.controls.enter("AccessService.restore", token_id)
        self._put(token_id, revoked_at=None)

    def _put(self, token_id, **fields):
        self.controls.tokens = [
            replace(one, **fields) if one.token_id == token_id else one
            for one in self.controls.tokens
        ]


class ActivityService(activity.ActivityService):
    def __init__(self, controls):
        self.controls = controls

    @callable_from_window
    def page(self, query: AuditQuery, cursor: str | None) -> AuditPicture:
        self.controls.enter("ActivityService.page", query, cursor)
        fitting = [line for line in self.controls.changes if _fits(line, query)]
        start = int(cursor or 0)
        more = str(start + PAGE) if start + PAGE < len(fitting) else None
        return AuditPicture(tuple(fitting[start : start + PAGE]), more, self.controls.stamp())

    @callable_from_window
    def verify(self) -> ChainReport:
        self.controls.enter("ActivityService.verify")
        broken_at = 17 if self.controls.chain is ChainState.BROKEN else None
        return ChainReport(self.controls.chain, 200, broken_at, NOON, self.controls.stamp())


def _fits(line, query):
    return (
        query.text in f"{line.entity_id} {line.changes}"
        and query.action in {"", line.action}
        and query.entity in {"", line.entity}
        and (query.since is None or line.at >= query.since)
    )


class IdentityService(identities.IdentityService):
    def __init__(self, controls):
        self.controls = controls

    @callable_from_window
    def identity_of(self, customer_id: CustomerId) -> str:
        self.controls.enter("IdentityService.identity_of", customer_id)
        return IDENTITY
