"""`usageflow …` for scripts: the same services without a window.

Secrets come on standard input only: the passphrase on its first line, and for `workspace create`
the owner token on its second.
"""

import logging
from pathlib import Path
from typing import Annotated

import typer

from desktop import paths
from desktop.commands import (
    access,
    account,
    alerts,
    billing,
    bills,
    catalog,
    identities,
    keys,
    mail,
    prices,
    privacy,
    rules,
    sync,
    usage,
    vault,
    workspaces,
)
from desktop.commands.answers import FAILED, fail
from desktop.commands.opening import (
    FromStdin,
    Workspace,
    next_line,
    open_services,
    passphrase_from,
    unlocked,
)
from desktop.domain.errors import AppError, InternalFault
from desktop.hardening import harden
from desktop.logs import set_up_logging
from desktop.services.calls import no_report

app = typer.Typer(
    name="usageflow",
    help="Meter and monetize APIs. `usageflow desktop` opens the window, `usageflow serve` runs "
    "the service, `usageflow rate` prices usage.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
workspace_app = typer.Typer(help="Make workspaces.", no_args_is_help=True)
export_app = typer.Typer(help="Take data out.", no_args_is_help=True)
app.add_typer(workspace_app, name="workspace")
app.add_typer(workspaces.app, name="workspaces")
app.add_typer(sync.app, name="sync")
app.add_typer(alerts.app, name="alerts")
app.add_typer(vault.app, name="vault")
app.add_typer(keys.app, name="keys")
app.add_typer(privacy.app, name="privacy")
app.add_typer(export_app, name="export")
app.add_typer(rules.policy_app, name="policy")
app.add_typer(rules.block_app, name="block")
app.command("applications")(rules.applications)
app.command("traces")(rules.traces)
app.add_typer(catalog.app, name="catalog")
app.add_typer(access.tokens_app, name="tokens")
app.add_typer(identities.app, name="identities")
app.command("audit")(access.audit)
app.add_typer(prices.app, name="rules")
app.add_typer(billing.app, name="billing")
app.command("simulate")(bills.simulate)
app.command("invoice")(bills.invoice)
app.command("revenue")(bills.revenue)
app.command("usage")(usage.usage)
app.command("login")(account.login)
app.command("logout")(account.logout)
app.command("whoami")(account.whoami)
app.add_typer(account.app, name="account")
app.add_typer(mail.app, name="mail")


def main(argv: list[str]) -> int:
    """Run one command; return the exit status.

    It is 0, 2 for wrong usage, or what `commands.answers.EXIT_STATUS` says of a failure in words.
    """
    set_up_logging("command-line")
    harden()
    try:
        app(args=argv, prog_name="usageflow")
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else FAILED
    except AppError as error:
        return fail(error, as_json="--json" in argv)
    except Exception:
        # The outermost frame: a script gets a sentence, the log gets the trace.
        logging.getLogger(__name__).exception("A command failed")
        fault = InternalFault(
            "Something went wrong inside UsageFlow. What is in the vault is safe; the log says "
            f"more: {paths.logs()}"
        )
        return fail(fault, as_json="--json" in argv)
    return 0


@workspace_app.command("create")
def create_workspace(
    service: Annotated[str, typer.Option(help="Address of the service, such as https://…")],
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002 (an option)
) -> None:
    """Make a workspace for a service. The second line of standard input is the owner token."""
    passphrase = passphrase_from(from_stdin=passphrase_stdin)
    owner_token = next_line("owner token")
    services = open_services(workspace)
    try:
        services.connection.probe(service, owner_token)  # before anything is made
        services.workspace.create(passphrase)
        services.connection.use_remote(service, owner_token)
    finally:
        services.close()
    typer.echo(f"Made the workspace in {services.vault.directory}.")


@export_app.command("my-data")
def export_my_data(
    out: Annotated[Path, typer.Option(help="File to write.")],
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002 (an option)
) -> None:
    """Write account, configuration and usage data to one JSON file; secrets are never in it."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        receipt = services.export.my_data(no_report, str(out))
    typer.echo(
        f"Wrote {receipt.path}: {receipt.rows} rows, {receipt.size_bytes} bytes, "
        f"SHA-256 {receipt.sha256}"
    )
