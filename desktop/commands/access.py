"""`usageflow tokens …` and `usageflow audit`: who may use the service, and who did what."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from contract.terms import Role
from desktop.commands.answers import FAILED, AsJson, moment, say
from desktop.commands.supplied import in_vault
from desktop.domain.access import (
    AccessToken,
    AuditLine,
    AuditQuery,
    ChainReport,
    ChainState,
    IssuedToken,
    TokenDraft,
)
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.services.compose import Services

MOST_ENTRIES: Final = 10_000
CHAIN_WORDS: Final = {
    ChainState.UNKNOWN: "The log was never checked.",
    ChainState.INTACT: "The log is whole: {entries} entries fit their chain.",
    ChainState.BROKEN: "The log was changed: entry {broken_at} does not fit the one before it.",
    ChainState.CUT: "The log was cut off and written anew since it was last checked.",
}
TokenName = Annotated[str, typer.Argument(help="Name or id of the token.")]

tokens_app = typer.Typer(help="Say who may use the service.", no_args_is_help=True)


@tokens_app.command("list")
@in_vault
def list_tokens(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the tokens of the service, ended ones too, without themselves."""
    picture = services.access.tokens()
    now = datetime.now(UTC)
    lines = (
        f"{token.token_id}  {token.role:16} {token.state(now):8} {token.name}"
        for token in picture.tokens
    )
    answer = {
        "tokens": [_told(token, now) for token in picture.tokens],
        "as_of": moment(picture.stamp.as_of),
    }
    say("\n".join(lines) or "No tokens are known.", answer, as_json=as_json)


@tokens_app.command("create")
@in_vault
def create_token(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    name: Annotated[str, typer.Argument(help="Name, to tell the token from others.")],
    role: Annotated[Role, typer.Option(help="What it may do.")] = Role.VIEWER,
    days: Annotated[int | None, typer.Option(help="How long it lasts; for good without.")] = None,
    application: Annotated[
        list[str] | None,
        typer.Option(help="Id of the only application it holds for. May be given again."),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Make a token and print it; it is shown this once."""
    only = tuple(ApplicationId(one) for one in application or ())
    draft = TokenDraft(name, role, "" if days is None else str(days), only)
    issued = services.access.create(draft)
    _say_issued(issued, as_json=as_json)


@tokens_app.command("rotate")
@in_vault
def rotate_token(
    services: Services,
    name: TokenName,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Make a token in the place of another, which goes on for an hour; print the new one."""
    issued = services.access.rotate(_named(services, name).token_id)
    _say_issued(issued, as_json=as_json)


@tokens_app.command("revoke")
@in_vault
def revoke_token(
    services: Services,
    name: TokenName,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """End a token at once; `usageflow tokens restore` takes that back within an hour."""
    token = _named(services, name)
    services.access.revoke(token.token_id)
    say(f"Revoked “{token.name}”.", {"revoked": token.token_id}, as_json=as_json)


@tokens_app.command("restore")
@in_vault
def restore_token(
    services: Services,
    name: TokenName,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Take a revocation back."""
    token = _named(services, name)
    services.access.restore(token.token_id)
    say(f"“{token.name}” works again.", {"restored": token.token_id}, as_json=as_json)


@in_vault
def audit(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    text: Annotated[str, typer.Option(help="In the row's id or in what was changed.")] = "",
    action: Annotated[str, typer.Option(help="Such as create, change, delete, revoke.")] = "",
    entity: Annotated[str, typer.Option(help="Kind of row, such as policy.")] = "",
    days: Annotated[int | None, typer.Option(min=1, help="Only the last days.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_ENTRIES, help="Entries at most.")] = 100,
    verify: Annotated[bool, typer.Option("--verify", help="Check the chain too.")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Print who changed what, newest first. With --verify a log that was changed is status 1."""
    since = None if days is None else datetime.now(UTC) - timedelta(days=days)
    query = AuditQuery(text, action, entity, since)
    lines = _lines(services, query, limit)
    report = services.activity.verify() if verify else None
    answer: dict[str, Any] = {"entries": [_told_line(line) for line in lines]}
    words = [_line_text(line) for line in lines]
    if report is not None:
        answer["chain"] = _told_chain(report)
        words.append(
            CHAIN_WORDS[report.state].format(entries=report.entries, broken_at=report.broken_at)
        )
    say("\n".join(words) or "No entries.", answer, as_json=as_json)
    if report is not None and report.state in {ChainState.BROKEN, ChainState.CUT}:
        raise typer.Exit(FAILED)


def _lines(services: Services, query: AuditQuery, limit: int) -> list[AuditLine]:
    lines: list[AuditLine] = []
    cursor = None
    while True:
        picture = services.activity.page(query, cursor)
        lines += picture.lines
        cursor = picture.next_cursor
        if cursor is None or len(lines) >= limit:
            return lines[:limit]


def _named(services: Services, name: str) -> AccessToken:
    """The token with this id or name. Raises: InvalidInput when there is none, or several."""
    tokens = services.access.tokens().tokens
    matching = [one for one in tokens if name == one.token_id] or [
        one for one in tokens if name == one.name
    ]
    if len(matching) != 1:
        many = "several tokens have this name; use the id" if matching else "no token is named so"
        raise InvalidInput(f"“{name}”: {many}. Nothing was done. See: usageflow tokens list --json")
    return matching[0]


def _say_issued(issued: IssuedToken, *, as_json: bool) -> None:
    told = _told(issued.token, datetime.now(UTC))
    say(issued.secret, {**told, "token": issued.secret}, as_json=as_json)


def _told(token: AccessToken, now: datetime) -> dict[str, Any]:
    return {
        "id": token.token_id,
        "name": token.name,
        "role": token.role.value,
        "state": token.state(now).value,
        "created_at": moment(token.created_at),
        "last_used_at": moment(token.last_used_at),
        "expires_at": moment(token.expires_at),
        "revoked_at": moment(token.revoked_at),
        "is_current": token.is_current,
        "applications": list(token.applications) or None,
    }


def _told_line(line: AuditLine) -> dict[str, Any]:
    return {
        "sequence": line.sequence,
        "at": moment(line.at),
        "actor": line.actor,
        "action": line.action,
        "entity": line.entity,
        "entity_id": line.entity_id,
        "changes": [
            {"field": one.field, "before": one.before or None, "after": one.after or None}
            for one in line.changes
        ],
        "chain": line.chain,
    }


def _line_text(line: AuditLine) -> str:
    parts = (moment(line.at), line.actor, line.action, line.entity, line.entity_id)
    return "  ".join([*(str(part) for part in parts), *_change_texts(line)])


def _change_texts(line: AuditLine) -> Iterable[str]:
    for one in line.changes:
        yield f"{one.field}: {one.before or '-'} -> {one.after or '-'}"


def _told_chain(report: ChainReport) -> dict[str, Any]:
    return {
        "state": report.state.value,
        "entries": report.entries,
        "broken_at": report.broken_at,
        "checked_at": moment(report.checked_at),
    }
