"""`usageflow alerts`: rules and what they found, for scripts."""

from typing import Any

import typer

from desktop.commands.answers import AsJson, moment, say
from desktop.commands.opening import FromStdin, Workspace, unlocked
from desktop.domain.alerts import AlertEvent, AlertLine
from desktop.domain.money import decimal_text
from desktop.services.compose import Services

app = typer.Typer(help="Alerts on usage, and what they found.", no_args_is_help=True)


@app.callback()
def alerts() -> None:
    """Alerts on usage, and what they found."""


@app.command("list")
def listed(
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Print the alerts of every application and what lasts, from the vault; asks no service."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        answer = {"alerts": _alerts(services)}
    lines = [line for alert in answer["alerts"] for line in _lines(alert)]
    say("\n".join(lines) or "No alerts.", answer, as_json=as_json)


def _alerts(services: Services) -> list[dict[str, Any]]:
    found = []
    for application in services.usage.applications():
        picture = services.alerts.picture(application.application_id)
        lasting = [event for event in picture.history if event.ended_at is None]
        found += [_alert(line, lasting) for line in picture.lines]
    return found


def _alert(line: AlertLine, lasting: list[AlertEvent]) -> dict[str, Any]:
    rule = line.rule
    return {
        "alert_id": rule.rule_id,
        "application_id": rule.application_id,
        "name": rule.name,
        "kind": rule.kind.value,
        "measure": rule.measure.value,
        "group_by": rule.group_by.value if rule.group_by else None,
        "limit": decimal_text(rule.limit),
        "enabled": rule.enabled,
        "snoozed_until": moment(rule.snoozed_until),
        "looked_at": moment(line.looked_at),
        "problem": line.problem,
        "lasting": [
            {"text": event.text, "since": moment(event.began_at)}
            for event in lasting
            if event.rule_id == rule.rule_id
        ],
    }


def _lines(alert: dict[str, Any]) -> list[str]:
    state = alert["problem"] or ("on" if alert["enabled"] else "off")
    return [f"{alert['name']}: {state}", *(f"  {one['text']}" for one in alert["lasting"])]
