"""`usageflow privacy erase`, `hold`, `certificate …`: erasures for scripts."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop.commands.answers import AsJson, moment, say
from desktop.commands.opening import FromStdin, Workspace, next_line, unlocked
from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import (
    Customer,
    ErasurePlan,
    ErasureProgress,
    LegalHold,
    StepState,
)
from desktop.services.calls import no_report
from desktop.services.compose import Services
from desktop.services.privacy.erasing.service import check_certificate

Number = Annotated[str, typer.Option("--request", help="Number of the request, such as PR-0031.")]
UNFINISHED = 2
"""Exit status of an erasure that goes on by itself later."""

certificate = typer.Typer(help="Certificates of erasures.", no_args_is_help=True)
holds = typer.Typer(help="What has to be kept in spite of an erasure.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of `usageflow privacy`."""
    app.command("erase")(erase)
    app.command("erasures")(erasures)
    app.command("correct")(correct)
    app.add_typer(certificate, name="certificate")
    app.add_typer(holds, name="hold")


def erase(  # noqa: PLR0913, PLR0917 (the options of one command)
    request: Number,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,  # noqa: FBT002
    keep_blocks: Annotated[  # noqa: FBT002 (an option)
        bool, typer.Option("--keep-blocks", help="Blocks of the person stay in force.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Erase the person of a request everywhere, or go on with what was begun.

    Ends with status 2 while something is left; it goes on by itself, or with this command.
    """
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        request_id = request_id_of(services, request)
        matches = services.privacy_packages.find_person(no_report, request_id).matches
        service = services.erasing.erasure
        if dry_run:
            plan = service.plan(no_report, request_id, matches, keeps_blocks=keep_blocks)
            say(_plan_text(plan), _plan_fields(plan), as_json=as_json)
            return
        begun = service.progress_of(request_id)
        if begun is None:
            begun = service.start(request_id, matches, keeps_blocks=keep_blocks)
        now = service.go_on(no_report, begun.erasure_id)
    say(_progress_text(now), _progress_fields(now), as_json=as_json)
    if not now.has_certificate:
        raise typer.Exit(UNFINISHED)


def erasures(
    accept_loss: Annotated[  # noqa: FBT002 (an option)
        bool,
        typer.Option(
            "--accept-loss",
            help="Use a restored vault although nobody can say who was erased since.",
        ),
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Go on with every erasure that is not done; hold a restored vault against the list."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        if accept_loss:
            services.erasing.erasure.accept_lost_list()
        services.erasing.erasure.go_on_with_all()
        lacks = services.vault.lacks_ledger
    sentence = (
        "The list of erased people cannot be read: the vault can be read, not changed."
        if lacks
        else "Everything that could be erased now is."
    )
    say(sentence, {"lacks_list": lacks}, as_json=as_json)


def correct(
    request: Number,
    field: Annotated[str, typer.Option(help="name or email.")],
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Correct the person of a request here and at payment providers.

    The next line of standard input is the new value. Ends with status 2 while a provider has to be
    told again, which happens by itself.
    """
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        value = next_line("new value")
        request_id = request_id_of(services, request)
        matches = services.privacy_packages.find_person(no_report, request_id).matches
        done = services.erasing.correction.correct(request_id, matches, field, value)
    results = {one.place.value: one.state.value for one in done.results}
    lines = [f"Corrected: {field}"]
    lines += [f"{one.place.value:<8} {one.state.value}: {one.detail}" for one in done.results]
    answer = {"field": field, "settled": done.is_settled, "results": results}
    say("\n".join(lines), answer, as_json=as_json)
    if not done.is_settled:
        raise typer.Exit(UNFINISHED)


@certificate.command("write")
def write(
    out: Annotated[Path, typer.Option(help="File to write, such as PR-0031.json.")],
    request: Number,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Write the signed certificate of an erasure as JSON, and beside it as PDF."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        request_id = request_id_of(services, request)
        made = services.erasing.erasure.write_certificate(request_id, str(out))
    answer = {"path": made.path, "pdf": made.pdf, "sha256": made.sha256, "signer": made.signer}
    say(f"Wrote {made.path} and {made.pdf}, signed by {made.signer}", answer, as_json=as_json)


@certificate.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="The certificate (JSON).")],
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Check the signature of a certificate. Needs no vault."""
    found = check_certificate(str(file))
    answer = {
        "request": found.request,
        "finished_at": found.finished_at,
        "complete": found.is_complete,
        "kept": found.kept,
        "signer": found.signer,
    }
    state = "complete" if found.is_complete else "complete but for a legal hold"
    sentence = (
        f"Whole: {found.request or 'an erasure'} of {found.finished_at[:10]}, {state}, "
        f"{found.kept} kept with a ground, signed by {found.signer}"
    )
    say(sentence, answer, as_json=as_json)


@holds.command("place")
def place(  # noqa: PLR0913, PLR0917 (the options of one command)
    application: Annotated[str, typer.Option(help="Id of the application.")],
    customer: Annotated[str, typer.Option(help="Id of the customer.")],
    category: Annotated[Category, typer.Option(help="Kind of data.")],
    ground: Annotated[str, typer.Option(help="Why, such as the number of a court order.")],
    record: Annotated[str, typer.Option(help="Only this record, by its id.")] = "",
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day (UTC) on which it holds."),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Keep one kind of data of a customer, or one record, in spite of an erasure."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        found = services.erasing.holds.place(
            Customer(application, customer), category, ground, record, until and until.date()
        )
    _say_holds(found, as_json=as_json)


@holds.command("release")
def release(
    hold: Annotated[str, typer.Argument(help="Id of the hold, as `list` prints it.")],
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Lift a hold; what waited for it is erased."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        found = services.erasing.holds.release(hold)
        services.erasing.erasure.go_on_with_all()
    _say_holds(found, as_json=as_json)


@holds.command("list")
def list_holds(
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Print every hold."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        found = services.erasing.holds.listed()
    _say_holds(found, as_json=as_json)


def request_id_of(services: Services, number: str) -> str:
    """The id of a request by its number. Raises: InvalidInput."""
    wanted = number.upper().removeprefix("PR-").lstrip("0")
    for line in services.privacy_requests.list_requests():
        if str(line.number) == wanted:
            return line.request_id
    raise InvalidInput(f"There is no request {number}. Nothing was changed.")


def _plan_text(plan: ErasurePlan) -> str:
    lines = [
        f"{line.place.value:<8} {line.fate.value:<10} {line.rows:>8}  {line.what}"
        + (f"  ({line.ground})" if line.ground else "")
        for line in plan.lines
    ]
    lines += [f"held: {hold.category.value}: {hold.ground}" for hold in plan.holds]
    lines += [f"not asked: {one}" for one in plan.unreachable]
    return "\n".join(lines) or "Nothing is held of this person."


def _plan_fields(plan: ErasurePlan) -> dict[str, Any]:
    return {
        "lines": [
            {
                "place": line.place.value,
                "category": line.category.value,
                "what": line.what,
                "fate": line.fate.value,
                "rows": line.rows,
                "ground": line.ground,
            }
            for line in plan.lines
        ],
        "holds": [_hold_fields(hold) for hold in plan.holds],
        "unreachable": list(plan.unreachable),
    }


def _progress_text(now: ErasureProgress) -> str:
    lines = [
        f"{step.step.value:<11} {step.state.value}" + (f": {step.detail}" if step.detail else "")
        for step in now.steps
    ]
    return "\n".join([f"Erasure {now.erasure_id}: {now.state.value}", *lines])


def _progress_fields(now: ErasureProgress) -> dict[str, Any]:
    return {
        "erasure_id": now.erasure_id,
        "state": now.state.value,
        "has_certificate": now.has_certificate,
        "steps": {step.step.value: step.state.value for step in now.steps},
        "problems": [s.detail for s in now.steps if s.state is StepState.FAILED],
        "holds": [_hold_fields(hold) for hold in now.holds],
    }


def _say_holds(found: tuple[LegalHold, ...], *, as_json: bool) -> None:
    text = "\n".join(
        f"{hold.hold_id}  {hold.placed_at:%Y-%m-%d}  {hold.category.value:<13}  "
        f"{hold.customer.customer_id}  {hold.ground}"
        + (f"  (until {hold.until})" if hold.until else "")
        for hold in found
    )
    say(text or "No holds.", {"holds": [_hold_fields(hold) for hold in found]}, as_json=as_json)


def _hold_fields(hold: LegalHold) -> dict[str, Any]:
    return {
        "hold_id": hold.hold_id,
        "application_id": hold.customer.application_id,
        "customer_id": hold.customer.customer_id,
        "category": hold.category.value,
        "record_id": hold.record_id,
        "ground": hold.ground,
        "placed_at": moment(hold.placed_at),
        "until": moment(hold.until),
    }
