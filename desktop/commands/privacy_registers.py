"""`usageflow privacy …`: four eyes, retention, the self-audit, configuration as a file."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop.commands.answers import AsJson, say
from desktop.commands.erasing import request_id_of
from desktop.commands.opening import FromStdin, Workspace, next_line, unlocked
from desktop.domain.privacy.approvals import Guarded
from desktop.services.privacy.retention import Schedule

Number = Annotated[str, typer.Option("--request", help="Number of the request, such as PR-0031.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("approve")(approve)
    app.command("send-code")(send_code)
    app.command("check-code")(check_code)
    app.command("retention")(retention)
    app.command("self-audit")(self_audit)
    app.command("export-configuration")(export_configuration)
    app.command("import-configuration")(import_configuration)


def approve(  # noqa: PLR0913, PLR0917 (the options of one command)
    request: Number,
    action: Annotated[Guarded, typer.Option(help="What is approved.")],
    approver: Annotated[str, typer.Option(help="Who approves, in your words.")],
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Approve an export or an erasure as the second person; it holds for a day.

    The next line of standard input is the second person's passphrase.
    """
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        request_id = request_id_of(services, request)
        second = next_line("the second person's passphrase")
        found = services.privacy.approvals.approve(action, request_id, approver, second)
    answer = {"request": request, "action": found.what.value, "at": found.at.isoformat()}
    say(f"Approved: {found.what.value} for {request}, for a day.", answer, as_json=as_json)


def send_code(
    request: Number,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Send a code to an address on file, so that the person shows who they are.

    The next line of standard input is the address.
    """
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        request_id = request_id_of(services, request)
        services.privacy.codes.send(request_id, next_line("address"))
    say("The letter with the code is queued.", {"request": request}, as_json=as_json)


def check_code(
    request: Number,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Confirm who is asking by the code that came back, on the next line of standard input."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        request_id = request_id_of(services, request)
        detail = services.privacy.codes.check(request_id, next_line("code"))
    confirmed = {"request": request, "confirmed": detail.progress.identity_confirmed}
    say("The identity is confirmed.", confirmed, as_json=as_json)


def retention(
    run: Annotated[bool, typer.Option("--run", help="Remove what is due now.")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Print the retention schedule and what is due; nothing is removed without --run."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        service = services.privacy.retention
        schedule = service.run_now() if run else service.schedule()
    lines = [
        f"{line.rule.kept.value:<14} before {line.cut}  due {line.due:>8}  held {line.held:>6}  "
        f"{line.rule.ending.value}  {line.rule.ground}"
        for line in schedule.lines
    ]
    if run:
        lines.append(f"Removed {schedule.removed} rows.")
    say("\n".join(lines), _schedule(schedule), as_json=as_json)


def self_audit(
    out: Annotated[Path | None, typer.Option(help="File for the signed report.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Look at program, vault and requests, sign what was found, and print it."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        last = services.privacy.self_audit.run().last
        if out is not None:
            services.privacy.self_audit.write(str(out))
    findings = [] if last is None else [asdict(one) for one in last.report.findings]
    text = "\n".join(f"{one['verdict']:<5} {one['check']}: {one['said']}" for one in findings)
    say(text, {"findings": findings}, as_json=as_json)


def export_configuration(
    file: Annotated[Path, typer.Argument(help="File to write.")],
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Write everything you configured as canonical JSON."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        made = services.privacy.portability.export_configuration(str(file))
    answer = {"path": made.path, "rows": made.rows, "sha256": made.sha256}
    say(f"Wrote {made.path}: {made.rows} rows, SHA-256 {made.sha256}", answer, as_json=as_json)


def import_configuration(
    file: Annotated[Path, typer.Argument(help="File of export-configuration.")],
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Take configuration into a workspace that has none of its own."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        rows = services.privacy.portability.import_configuration(str(file))
    say(f"Took in {rows} rows.", {"rows": rows}, as_json=as_json)


def _schedule(schedule: Schedule) -> dict[str, Any]:
    return {
        "rules": [
            {
                "kept": line.rule.kept.value,
                "category": line.rule.category.value,
                "months": line.rule.period.months,
                "days": line.rule.period.days,
                "ground": line.rule.ground,
                "ending": line.rule.ending.value,
                "on": line.rule.is_on,
                "before": line.cut.isoformat(),
                "due": line.due,
                "held": line.held,
            }
            for line in schedule.lines
        ],
        "last_run": None if schedule.last_run is None else schedule.last_run.isoformat(),
        "removed": schedule.removed,
    }
