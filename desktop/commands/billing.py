"""`usageflow billing`: payment providers from scripts; what moves money needs a plan first."""

import json
from datetime import datetime
from typing import Annotated, Final

import msgspec
import typer

from contract.terms import BillingProvider
from desktop.commands.answers import AsJson, moment
from desktop.commands.opening import next_line
from desktop.commands.supplied import in_vault, of_application, supplied
from desktop.domain import calendar
from desktop.domain.billing.providers import Account, Mode
from desktop.domain.billing.publication import ChangePlan, PublishQuestion
from desktop.domain.billing.reconciliation import ComparisonQuestion
from desktop.domain.billing.reports import ReportLine, ReportQuestion, ReportRun
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.money import Money, decimal_text
from desktop.domain.usage import DateRange
from desktop.services.calls import no_report
from desktop.services.compose import Services

app = typer.Typer(help="Bill through Stripe or Paddle.", no_args_is_help=True)

DAY: Final = "%Y-%m-%d"
MONTH: Final = "%Y-%m"
MOST: Final = 100_000
Provider = Annotated[
    BillingProvider | None, typer.Option(help="Needed where several are connected.")
]
Side = Annotated[
    Mode | None, typer.Option("--mode", help="Test or live, where both are connected.")
]
Rule = Annotated[str, typer.Argument(help="Id of the pricing rule.")]
Digits = Annotated[int, typer.Option(help="Digits of a unit that are counted.")]


def _account(services: Services, provider: BillingProvider | None, mode: Mode | None) -> Account:
    """The one connection that fits. Raises: InvalidInput (field `provider`)."""
    fitting = [
        one.account
        for one in services.billing.connections.connections()
        if provider in {None, one.account.provider} and mode in {None, one.account.mode}
    ]
    if len(fitting) == 1:
        return fitting[0]
    said = ", ".join(map(_said, fitting)) or "none"
    raise InvalidInput(
        f"Connections that fit: {said}. Nothing was done. Name one with --provider and --mode.",
        field="provider",
    )


at_provider = supplied("account", _account, {"provider": (Provider, None), "mode": (Side, None)})
"""Gives `account`: the connected provider that is named, else the only one."""


@app.command("status")
@in_vault
def status(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print what is connected and how new each list is, from the vault; asks nobody."""
    found = [
        (one, services.billing.mirror.states(one.account))
        for one in services.billing.connections.connections()
    ]
    if as_json:
        rows = [{"connection": one, "lists": states} for one, states in found]
        _print(rows)
        return
    for one, states in found:
        restricted = "restricted key" if one.is_restricted else "key"
        typer.echo(f"{_said(one.account)}  {one.account_name}  {restricted} …{one.key_hint}")
        for missing in one.missing:
            typer.echo(f"  without {missing.name}: {missing.needed_for}")
        for state in states:
            typer.echo(f"  {state.kind}  {state.objects}  as of {moment(state.as_of) or 'never'}")
    if not found:
        typer.echo("No payment provider is connected.")


@app.command("connect")
@in_vault
def connect(
    services: Services,
    provider: Annotated[BillingProvider, typer.Argument(help="Stripe or Paddle.")],
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Connect a provider. The key is the next line of standard input; it goes to the vault only."""
    made = services.billing.connections.connect(provider, next_line("key"))
    lacks = "".join(f"\n  without {one.name}: {one.needed_for}" for one in made.missing)
    _say(f"Connected {_said(made.account)}: {made.account_name}.{lacks}", made, as_json=as_json)


@app.command("sync")
@in_vault
@at_provider
def sync(
    services: Services,
    account: Account,
    full: Annotated[bool, typer.Option("--full", help="Read everything anew.")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Read what the provider has into the vault; changes nothing there."""
    done = services.billing.mirror.read(no_report, account, full)
    left = "".join(f"\n{one}" for one in done.left_out)
    _say(f"Read {_said(account)}: {done.changed} objects changed.{left}", done, as_json=as_json)


@app.command("plan")
@in_vault
@at_provider
@of_application
def plan(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    account: Account,
    which: ApplicationId,
    rule: Rule,
    digits: Digits = 0,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print what publishing a rule would change at the provider; changes nothing."""
    question = PublishQuestion(account, which, RuleId(rule), digits)
    made = services.billing.publishing.plan(no_report, question)
    _say(_plan_text(made), made, as_json=as_json)


@app.command("apply")
@in_vault
@at_provider
@of_application
def apply(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    account: Account,
    which: ApplicationId,
    rule: Rule,
    digest: Annotated[str, typer.Option(help="Of the plan that was looked at.")],
    digits: Digits = 0,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Publish a rule exactly as it was planned; refused when anything has changed since."""
    question = PublishQuestion(account, which, RuleId(rule), digits)
    made = services.billing.publishing.plan(no_report, question)
    if made.digest != digest:
        raise InvalidInput(
            "This is not the plan any more. Nothing was changed. Plan again, and look at it.",
            field="digest",
        )
    done = services.billing.publishing.apply(no_report, made)
    said = f"Published version {done.publication.version} with {len(done.taken)} changes."
    _say(said, done, as_json=as_json)


@app.command("drift")
@in_vault
@at_provider
@of_application
def drift(
    services: Services,
    account: Account,
    which: ApplicationId,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Hold published rules against the provider by field; exit status 1 where they differ."""
    found = services.billing.publishing.drift(no_report, account, which)
    lines = [
        f"{one.rule_name}  {field.field}: {field.local} here, {field.remote or 'nothing'} there"
        for one in found.drifts
        for field in one.fields
    ]
    _say("\n".join(lines) or "Both sides agree.", found, as_json=as_json)
    if lines:
        raise typer.Exit(1)


@app.command("report")
@in_vault
@at_provider
@of_application
def report(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    account: Account,
    which: ApplicationId,
    start: Annotated[datetime, typer.Option("--from", formats=[DAY], help="First day.")],
    end: Annotated[datetime, typer.Option("--to", formats=[DAY], help="Day after the last.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing.")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Report usage to Stripe, or bill whole months at Paddle: each day or month once."""
    period = DateRange(start.date(), end.date())
    question = ReportQuestion(account, which, period, dry_run)
    is_paddle = account.provider is BillingProvider.PADDLE
    reporting = services.billing.months if is_paddle else services.billing.reports
    run = reporting.run(no_report, question)
    lines = services.billing.reports.lines(run.run_id, "", 0, MOST).rows
    said = "\n".join([_run_text(run), *map(_line_text, lines)])
    _say(said, {"run": run, "lines": lines}, as_json=as_json)


@app.command("runs")
@in_vault
@at_provider
@of_application
def runs(
    services: Services,
    account: Account,
    which: ApplicationId,
    last: Annotated[int, typer.Option(help="How many.")] = 20,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print the newest runs, from the vault; asks nobody."""
    found = services.billing.reports.runs(account, which, 0, last).rows
    _say("\n".join(map(_run_text, found)) or "No runs yet.", found, as_json=as_json)


@app.command("reconcile")
@in_vault
@at_provider
@of_application
def reconcile(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    account: Account,
    which: ApplicationId,
    customer: Annotated[str, typer.Argument(help="Customer id.")],
    month: Annotated[datetime, typer.Option(formats=[MONTH], help="Such as 2026-10.")],
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Hold an invoice against the provider's, line by line; exit status 1 where they differ."""
    is_paddle = account.provider is BillingProvider.PADDLE
    comparing = services.billing.months if is_paddle else services.billing.comparison
    question = ComparisonQuestion(
        account,
        which,
        CustomerId(customer),
        calendar.month_period(calendar.month_number(month.date())),
    )
    found = comparing.compare(no_report, question)
    lines = [
        f"{'=' if line.agrees else '!'} {line.title}  here {_amount(line.ours)}  "
        f"there {_amount(line.theirs)}"
        for line in (*found.lines, *found.totals)
    ]
    _say("\n".join([*lines, *found.reasons]), found, as_json=as_json)
    if not found.agrees:
        raise typer.Exit(1)


def _say(sentence: str, answer: object, *, as_json: bool) -> None:
    if as_json:
        _print(answer)
    else:
        typer.echo(sentence)


def _print(answer: object) -> None:
    typer.echo(json.dumps(msgspec.to_builtins(answer)))


def _said(account: Account) -> str:
    return f"{account.provider}, {account.mode}"


def _plan_text(made: ChangePlan) -> str:
    lines = [f"cannot be had there: {text}" for text in made.refusals]
    for step in made.steps:
        lines.append(f"{step.action}  {step.title} {step.object_id}".rstrip())
        lines += [f"  {one.field}: {one.remote or '-'} -> {one.local}" for one in step.fields]
    lines += [f"note: {text}" for text in made.notes]
    return "\n".join([*lines, f"digest: {made.digest}"])


def _run_text(run: ReportRun) -> str:
    what = "plan" if run.question.is_dry else "sent"
    counts = ", ".join(f"{count} {state}" for state, count in sorted(run.counts.items()))
    return f"{moment(run.started_at)}  {what}  {run.run_id}  {counts or 'nothing'}  {run.problem}"


def _line_text(line: ReportLine) -> str:
    said = f"{line.customer_id} -> {line.provider_customer_id or 'nobody'}  {line.window}"
    reason = f"{line.reason} {line.request_id}".rstrip()
    return f"  {line.state}  {said}  {decimal_text(line.quantity)} {line.meter}  {reason}".rstrip()


def _amount(money: Money | None) -> str:
    return "nothing" if money is None else f"{money.amount:f} {money.currency}"
