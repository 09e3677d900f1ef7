"""Alerts on the command line."""

import json
from decimal import Decimal

from desktop.domain.alerts import AlertKind, AlertRule
from desktop.services.compose import build_services
from tests.fakes import APPLICATION, PASSPHRASE
from tests.unit.test_cli import made, run  # noqa: F401 (fixtures)


def save(tmp_path, rule):
    """Store a rule as the window would."""
    services = build_services(tmp_path / "ws", tmp_path / "service", syncs_by_itself=False)
    services.workspace.unlock(PASSPHRASE)
    services.alerts.save(rule)
    services.close()


def test_alerts_are_listed_with_what_lasts(made, tmp_path, hosted):  # noqa: F811 (a fixture)
    made("sync")
    save(tmp_path, AlertRule("", APPLICATION, "Quiet", AlertKind.BELOW, Decimal("0.5")))
    status, out, _ = made("alerts", "list", "--json")
    (alert,) = json.loads(out)["alerts"]
    assert (status, alert["name"], alert["kind"], alert["limit"]) == (0, "Quiet", "below", "0.5")
    lines = [one["text"] for one in alert["lasting"]]
    _, said, _ = made("alerts", "list")
    assert said.splitlines() == ["Quiet: on", *(f"  {line}" for line in lines)]


def test_without_alerts_it_says_so(made):  # noqa: F811 (a fixture)
    assert made("alerts", "list")[1].strip() == "No alerts."
