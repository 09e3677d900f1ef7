"""`usageflow policy`, `block`, `applications` and `traces`: rules and calls for scripts."""

import json
from typing import Annotated, Any, Final

import msgspec
import typer

from contract.terms import TraceState
from desktop.commands.supplied import in_vault, of_application
from desktop.domain.applications import ApplicationLine
from desktop.domain.ids import ApplicationId, BlockId, CustomerId
from desktop.domain.policies import BlockDraft, PolicyDraft
from desktop.domain.policy_text import identity as identity_of
from desktop.domain.policy_text import limit_text
from desktop.domain.traces import TraceLine, TraceQuery, TracesPicture
from desktop.services.compose import Services
from desktop.services.limit_words import limit_in_words

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Method = Annotated[str, typer.Option(help="Method such as GET, or * for any.")]
Path = Annotated[str, typer.Option(help="Route as the framework writes it, or * for any.")]
NOTHING: Final = "-"

policy_app = typer.Typer(help="Say how callers are recognised and limited.", no_args_is_help=True)
block_app = typer.Typer(
    help="Close endpoints, for everybody or one customer.", no_args_is_help=True
)


@policy_app.command("set")
@in_vault
@of_application
def set_policy(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    which: ApplicationId,
    method: Method,
    path: Path,
    identity: Annotated[str, typer.Option(help="Place and name, such as header:X-User.")],
    limit: Annotated[
        list[str] | None,
        typer.Option(
            help="Calls and interval, such as 100/minute; words may follow: sliding, bucket "
            "burst=20, units, application, warn, when=Mon-Fri 09:00-17:00. May be given again."
        ),
    ] = None,
    response_field: Annotated[str, typer.Option(help="Response value that counts as units.")] = "",
    expression: Annotated[str, typer.Option(help="Amount worked out from the call.")] = "",
) -> None:
    """Make or replace the policy of a route. It is queued; `usageflow sync` sends it."""
    location, name = identity_of(identity)
    draft = PolicyDraft(
        which,
        method,
        path,
        identity_location=location,
        identity_name=name or "",
        limits=tuple(limit_text(text) for text in limit or ()),
        response_field=response_field,
        expression=expression,
    )
    policy = services.policies.save_policy(draft, None, ())
    typer.echo(f"Queued policy {policy.policy_id}.")


@policy_app.command("list")
@in_vault
@of_application
def list_policies(
    services: Services,
    which: ApplicationId,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print the policies of an application, from the vault."""
    policies = services.policies.policies(which)
    if as_json:
        typer.echo(_json({"policies": policies}))
        return
    for policy in policies:
        where = f"{policy.identity_location}:{policy.identity_name}"
        limits = "; ".join(limit_in_words(limit) for limit in policy.limits)
        caller = where if policy.identity_location else NOTHING
        typer.echo(f"{policy.method} {policy.url}  {caller}  {limits or NOTHING}")


@block_app.command("add")
@in_vault
@of_application
def add_block(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    which: ApplicationId,
    method: Method,
    path: Path,
    customer: Annotated[str, typer.Option(help="Customer id; everybody without it.")] = "",
    reason: Annotated[str, typer.Option(help="Why, for yourself.")] = "",
    hours: Annotated[int | None, typer.Option(help="How long; for good without it.")] = None,
) -> None:
    """Close an endpoint. It is queued; `usageflow sync` sends it."""
    whom = CustomerId(customer) if customer else None
    block = services.blocks.block(BlockDraft(which, method, path, whom, reason, hours))
    typer.echo(f"Queued block {block.block_id}.")


@block_app.command("remove")
@in_vault
def remove_block(
    services: Services,
    block_id: Annotated[str, typer.Argument(help="As `usageflow block list` prints it.")],
) -> None:
    """Open an endpoint again. It is queued; `usageflow sync` sends it."""
    services.blocks.unblock(BlockId(block_id))
    typer.echo(f"Queued the removal of block {block_id}.")


@block_app.command("list")
@in_vault
@of_application
def list_blocks(
    services: Services,
    which: ApplicationId,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print the blocks that hold, from the vault."""
    blocks = services.blocks.blocks(which)
    if as_json:
        typer.echo(_json({"blocks": [ruled.block for ruled in blocks]}))
        return
    for ruled in blocks:
        block = ruled.block
        until = f"until {block.expires_at:%Y-%m-%d %H:%M} UTC" if block.expires_at else "for good"
        whom = ruled.customer or "everybody"
        typer.echo(f"{block.block_id}  {block.method} {block.url}  {whom}  {until}")


@in_vault
def applications(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print the applications and how their SDKs are connected."""
    picture = services.applications.picture()
    if as_json:
        typer.echo(_json({"applications": picture.lines, "as_of": picture.health.stamp.as_of}))
        return
    for line in picture.lines:
        typer.echo(f"{line.settings.application_id}  {line.settings.name}  {_state(line)}")


@in_vault
@of_application
def traces(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    which: ApplicationId,
    customer: Annotated[str, typer.Option(help="Customer id.")] = "",
    state: Annotated[TraceState | None, typer.Option(help="How the call ended.")] = None,
    pages: Annotated[int, typer.Option(min=1, max=100, help="How many hundred calls.")] = 1,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print single calls, newest first; offline those that the vault has."""
    query = TraceQuery(which, customer_id=customer, state=state)
    picture = services.traces.page(query, None)
    lines = list(picture.lines)
    for _ in range(pages - 1):
        if picture.next_cursor is None:
            break
        picture = services.traces.page(query, picture.next_cursor)
        lines += picture.lines
    _say_traces(lines, picture, as_json=as_json)


def _say_traces(lines: list[TraceLine], picture: TracesPicture, *, as_json: bool) -> None:
    if as_json:
        typer.echo(_json({"traces": lines, "as_of": picture.stamp.as_of}))
        return
    for line in lines:
        outcome = line.status or line.state
        typer.echo(
            f"{line.at:%Y-%m-%d %H:%M:%S}  {line.method} {line.url}  {line.customer}  "
            f"{outcome}  {line.units}"
        )


def _state(line: ApplicationLine) -> str:
    if line.settings.archived:
        return "archived"
    return line.connection.state if line.connection else "unknown"


def _json(value: dict[str, Any]) -> str:
    return json.dumps(msgspec.to_builtins(value))
