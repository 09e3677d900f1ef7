"""Retention, four eyes, the self-audit and configuration for scripts."""

import io
import json
import re

import pytest

from desktop import cli
from desktop.commands import opening
from desktop.domain.privacy.approvals import Guarded
from desktop.domain.privacy.kinds import Channel, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.services.privacy import self_audit
from tests.fakes import NOON, PASSPHRASE
from tests.unit.privacy.test_policy import know

SECOND = "a second person's words"


@pytest.fixture
def run(device, monkeypatch, capsys):
    """Runs a command on the vault of the test; its answer."""
    monkeypatch.setattr(cli, "harden", lambda: None)
    monkeypatch.setattr(opening, "build_services", lambda *_, **__: device._built())

    def command(*arguments, lines=(PASSPHRASE,), exit_code=0):
        device.services.close()
        typed = "".join(f"{line}\n" for line in lines).encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed)))
        status = cli.main(["privacy", *arguments, "--passphrase-stdin", "--json"])
        printed = capsys.readouterr()
        device.services = device._built()
        device.services.workspace.unlock(PASSPHRASE)
        assert status == exit_code, printed.err
        return json.loads(printed.out)

    return command


def test_script_sees_the_schedule_and_runs_it(run):
    before = run("retention")
    assert before["last_run"] is None
    calls = next(rule for rule in before["rules"] if rule["kept"] == "calls")
    assert (calls["days"], calls["due"], calls["before"]) == (90, 0, "2026-03-17")
    after = run("retention", "--run")
    assert after["last_run"] == NOON.isoformat()
    assert after["removed"] == 0


def test_second_person_approves_by_script(run, device):
    asked = NewRequest(RequestKind.ACCESS, Channel.EMAIL, NOON, "UTC", Person("Jane Doe"))
    request_id = device.services.privacy_requests.log_request(asked).line.request_id
    approvals = device.services.privacy.approvals
    approvals.choose_second("", SECOND)
    approvals.guard(SECOND, export=True, erasure=False)
    answer = run(
        "approve", "--request", "PR-0001", "--action", "export", "--approver", "The officer",
        lines=(PASSPHRASE, SECOND),
    )  # fmt: skip
    assert answer["action"] == "export"
    with device.services.vault.reading() as db:
        device.services.privacy.approvals.require(db, Guarded.EXPORT, request_id)


def test_script_audits_and_moves_configuration(run, device, make_device, monkeypatch, tmp_path):
    monkeypatch.setattr(self_audit, "altered_files", lambda _: ())
    report, file = tmp_path / "audit.json", tmp_path / "configuration.json"
    found = run("self-audit", "--out", str(report))["findings"]
    assert {"check", "verdict", "said"} == set(found[0])
    assert json.loads(report.read_text())["signature"]
    device.sync()
    made = run("export-configuration", str(file))
    assert made["rows"] == 1
    empty = make_device("b", connect=False)
    monkeypatch.setattr(opening, "build_services", lambda *_, **__: empty._built())
    empty.services.close()
    assert run("import-configuration", str(file)) == {"rows": 1}


def test_script_proves_an_address_by_a_code(run, device, hosted):
    know(device, hosted, "jane@example.org")
    asked = NewRequest(RequestKind.ACCESS, Channel.EMAIL, NOON, "UTC", Person("Jane Doe"))
    device.services.privacy_requests.log_request(asked)
    run("send-code", "--request", "PR-0001", lines=(PASSPHRASE, "jane@example.org"))
    ((text,),) = device.query("SELECT text_part FROM mail_outbox")
    code = re.search(r"\b\d{8}\b", text)[0]
    answer = run("check-code", "--request", "PR-0001", lines=(PASSPHRASE, code))
    assert answer == {"request": "PR-0001", "confirmed": True}
