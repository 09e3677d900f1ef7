"""Policies to begin with."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from contract.terms import IdentityLocation, LimitCounts, LimitInterval, LimitKind, LimitScope
from desktop.domain.policies import LimitDraft, PolicyDraft


@dataclass(frozen=True, slots=True)
class Template:
    title: str
    draft: PolicyDraft
    """Its application and route mean nothing."""

    def applied(self, draft: PolicyDraft) -> PolicyDraft:
        """The template for the endpoint of a draft, whose note stays."""
        return replace(
            self.draft,
            application_id=draft.application_id,
            method=draft.method,
            url=draft.url,
            kind=draft.kind,
            function_name=draft.function_name,
            function_path=draft.function_path,
            note=draft.note,
        )


def templates(empty: PolicyDraft) -> tuple[Template, ...]:
    """Templates in the owner's language; `empty` is a draft without rules."""
    by_header = replace(
        empty, identity_location=IdentityLocation.HEADERS, identity_name="X-Customer-Id"
    )
    by_token = replace(empty, identity_location=IdentityLocation.BEARER, identity_name="sub")
    minute = LimitDraft("600", LimitInterval.MINUTE)
    return (
        Template(
            QCoreApplication.translate("templates", "By header, 600 calls a minute"),
            replace(by_header, limits=(minute,)),
        ),
        Template(
            QCoreApplication.translate("templates", "By bearer token, 600 calls a minute"),
            replace(by_token, limits=(minute,)),
        ),
        Template(
            QCoreApplication.translate("templates", "Bursts allowed: a bucket of 50, 10 a second"),
            replace(
                by_header,
                limits=(
                    LimitDraft("10", LimitInterval.SECOND, LimitKind.TOKEN_BUCKET, burst="50"),
                ),
            ),
        ),
        Template(
            QCoreApplication.translate("templates", "Tokens of a model, 1,000,000 a day"),
            replace(
                by_header,
                response_field="usage.total_tokens",
                limits=(LimitDraft("1000000", LimitInterval.DAY, counts=LimitCounts.UNITS),),
            ),
        ),
        Template(
            QCoreApplication.translate("templates", "Public: 1,000 calls an hour for all together"),
            replace(
                empty,
                limits=(LimitDraft("1000", LimitInterval.HOUR, scope=LimitScope.APPLICATION),),
            ),
        ),
    )
