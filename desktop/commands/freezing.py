"""`usageflow privacy freeze …`: whom a report about a child holds back."""

from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from desktop.commands.answers import AsJson, moment, say
from desktop.commands.erasing import request_id_of
from desktop.commands.supplied import in_vault
from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.freezing import FreezeStanding, FrozenCustomer
from desktop.services.calls import no_report
from desktop.services.compose import Services
from desktop.services.privacy.freezing import FreezeService

app = typer.Typer(help="Who is frozen by a report about a child.", no_args_is_help=True)
Number = Annotated[str, typer.Option("--request", help="Number of the report, such as PR-0031.")]
Who = Annotated[str, typer.Option("--customer", help="Id of the frozen customer.")]
NOBODY: Final = "Nobody is frozen for this report."


@app.command("show")
@in_vault
def show(
    services: Services,
    request: Number,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print who is frozen for a report, and whether the service has heard of it."""
    request_id = request_id_of(services, request)
    standing = services.erasing.freezing.standing_of(request_id)
    _say(standing, as_json=as_json)


@app.command("find")
@in_vault
def find(
    services: Services,
    request: Number,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Look for the person of a report once more and freeze whoever is found."""
    request_id = request_id_of(services, request)
    matches = services.privacy_packages.find_person(no_report, request_id).matches
    standing = services.erasing.freezing.freeze(request_id, matches)
    _say(standing, as_json=as_json)


@app.command("let-go")
@in_vault
def let_go(
    services: Services,
    request: Number,
    customer: Who,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Let a customer go whom the report does not mean."""
    standing = _about(services, request, customer, services.erasing.freezing.let_go)
    _say(standing, as_json=as_json)


@app.command("block")
@in_vault
def block(
    services: Services,
    request: Number,
    customer: Who,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Refuse every call of a frozen customer until the report is decided."""
    standing = _about(services, request, customer, services.erasing.freezing.block)
    _say(standing, as_json=as_json)


@app.command("unblock")
@in_vault
def unblock(
    services: Services,
    request: Number,
    customer: Who,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Take the block of a frozen customer back."""
    standing = _about(services, request, customer, services.erasing.freezing.unblock)
    _say(standing, as_json=as_json)


def _about(
    services: Services,
    number: str,
    customer_id: str,
    act: Callable[[str, str], FreezeStanding],
) -> FreezeStanding:
    service: FreezeService = services.erasing.freezing
    request_id = request_id_of(services, number)
    for one in service.standing_of(request_id).customers:
        if one.customer_id == customer_id:
            return act(request_id, one.freeze_id)
    raise InvalidInput(f"{NOBODY} Nothing was changed.", field="customer")


def _say(standing: FreezeStanding, *, as_json: bool) -> None:
    lines = [
        f"{one.customer_id}  {one.state.value:<8}  {one.since:%Y-%m-%d}  {one.name}"
        + ("  (blocked)" if one.block_id else "")
        + (f"  {one.problem}" if one.problem else "")
        for one in standing.customers
    ]
    told = "The report is decided: nothing is held back." if standing.is_decided else NOBODY
    answer = {
        "decided": standing.is_decided,
        "customers": [_fields(one) for one in standing.customers],
    }
    say("\n".join(lines) or told, answer, as_json=as_json)


def _fields(one: FrozenCustomer) -> dict[str, Any]:
    return {
        "application_id": one.application_id,
        "customer_id": one.customer_id,
        "name": one.name,
        "since": moment(one.since),
        "state": one.state.value,
        "problem": one.problem,
        "blocked": bool(one.block_id),
    }
