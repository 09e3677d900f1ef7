"""SDK keys, access tokens and the audit log."""

from datetime import datetime
from typing import Final
from urllib.parse import quote

from contract.messages.access import (
    AuditPage,
    AuditVerification,
    RotateRequest,
    SdkKeyInfo,
    SdkKeysPage,
    TokenInfo,
    TokenIssued,
    TokenRequest,
    TokensPage,
)
from contract.messages.service import SdkKeyIssued, SdkKeyRequest
from desktop.services.service_api.http import Call, ServiceCalls, model_of

TOKENS_PATH: Final = "/v1/tokens"
MOST_PAGES_OF_KEYS: Final = 100
"""Of 100 keys each: no application has more, and a service that never ends is not believed."""


class AccessCalls(ServiceCalls):
    """Who and what may use the service."""

    def issue_key(
        self, application_id: str, name: str, expires_at: datetime | None = None
    ) -> SdkKeyIssued:
        """A new SDK key; sent once only, because each request makes another key."""
        ends = None if expires_at is None else expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        request = SdkKeyRequest(name=name, expires_at=ends)
        call = Call(
            "POST",
            f"/v1/applications/{quote(application_id, safe='')}/keys",
            body=request.model_dump_json(exclude_none=True).encode(),
            attempts=1,
        )
        return self._answer(call, model_of(SdkKeyIssued))

    def rotate_key(self, application_id: str, key_id: str, overlap_s: int) -> SdkKeyIssued:
        """A key in the place of another, which goes on for `overlap_s`; sent once only."""
        call = Call(
            "POST",
            f"{_key_path(application_id, key_id)}/rotate",
            body=RotateRequest(overlap_s=overlap_s).model_dump_json().encode(),
            attempts=1,
        )
        return self._answer(call, model_of(SdkKeyIssued))

    def revoke_key(self, application_id: str, key_id: str) -> None:
        """Withdraw an SDK key; a second time changes nothing."""
        self.tell("DELETE", _key_path(application_id, key_id))

    def sdk_keys(self, application_id: str) -> tuple[SdkKeyInfo, ...]:
        """The SDK keys of an application, withdrawn ones too."""
        path = f"/v1/applications/{quote(application_id, safe='')}/keys"
        rows: list[SdkKeyInfo] = []
        query: dict[str, str] = {}
        for _ in range(MOST_PAGES_OF_KEYS):
            page = self.ask("GET", path, SdkKeysPage, query=query)
            rows.extend(page.rows)
            if page.next_cursor is None:
                break
            query = {"cursor": page.next_cursor}
        return tuple(rows)

    def tokens(self) -> tuple[TokenInfo, ...]:
        """Every access token of the service, ended ones too."""
        rows: list[TokenInfo] = []
        query: dict[str, str] = {}
        while True:
            page = self.ask("GET", TOKENS_PATH, TokensPage, query=query)
            rows += page.rows
            if page.next_cursor is None:
                return tuple(rows)
            query = {"cursor": page.next_cursor}

    def issue_token(self, request: TokenRequest) -> TokenIssued:
        """A new access token; sent once only, because each request makes another token."""
        body = request.model_dump_json(exclude_none=True).encode()
        return self._answer(Call("POST", TOKENS_PATH, body=body, attempts=1), model_of(TokenIssued))

    def rotate_token(self, token_id: str, overlap_s: int) -> TokenIssued:
        """A token in the place of another, which goes on for the overlap; sent once only."""
        body = RotateRequest(overlap_s=overlap_s).model_dump_json().encode()
        path = f"{TOKENS_PATH}/{quote(token_id, safe='')}/rotate"
        return self._answer(Call("POST", path, body=body, attempts=1), model_of(TokenIssued))

    def revoke_token(self, token_id: str) -> None:
        """End a token; a second time changes nothing."""
        self.tell("DELETE", f"{TOKENS_PATH}/{quote(token_id, safe='')}")

    def restore_token(self, token_id: str) -> None:
        """Take a revocation back, within an hour of it."""
        path = f"{TOKENS_PATH}/{quote(token_id, safe='')}/restore"
        self.tell("POST", path)

    def own_token(self) -> TokenInfo:
        """The token that is used: what it may do, and when it ends."""
        return self.ask("GET", "/v1/token", TokenInfo)

    def audit(self, filters: dict[str, str]) -> AuditPage:
        """A page of the log, newest first. `filters` are the query of `GET /v1/audit`."""
        return self.ask("GET", "/v1/audit", AuditPage, query=filters)

    def audit_verification(self, sequence: int | None) -> AuditVerification:
        """Whether the log is whole, and the chain value of an entry that was noted before."""
        query = {} if sequence is None else {"sequence": str(sequence)}
        return self.ask("GET", "/v1/audit/verification", AuditVerification, query=query)


def _key_path(application_id: str, key_id: str) -> str:
    return f"/v1/applications/{quote(application_id, safe='')}/keys/{quote(key_id, safe='')}"
