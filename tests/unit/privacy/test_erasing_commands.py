"""Erasures from the command line, and packages that say what they could not open."""

import io
import json

import pytest

from contract.sealing import new_private_key, public_key_of, seal
from desktop import cli
from desktop.commands import opening
from desktop.services.privacy.package import letter
from tests.fakes import APPLICATION, PASSPHRASE, no_report
from tests.unit.privacy.test_erasing import (
    JANE,
    MATCH,
    ask,
    dump,
    full,  # noqa: F401 - a fixture
    holds_of,
)


@pytest.fixture
def run(full, monkeypatch, capsys):  # noqa: F811
    """Runs a command on the vault of the test; its answer."""
    monkeypatch.setattr(letter, "letter_pdf", lambda *_: b"%PDF-1.7 a letter")
    monkeypatch.setattr(cli, "harden", lambda: None)
    monkeypatch.setattr(opening, "build_services", lambda *_, **__: full._built())

    def command(*arguments, exit_code=0):
        full.services.close()
        options = ["--json"] if "verify" in arguments else ["--passphrase-stdin", "--json"]
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(PASSPHRASE.encode() + b"\n")))
        status = cli.main(["privacy", *arguments, *options])
        printed = capsys.readouterr()
        full.services = full._built()
        full.services.workspace.unlock(PASSPHRASE)
        assert status == exit_code, printed.err
        return json.loads(printed.out)

    return command


def test_script_erases_and_verifies_the_certificate(full, run, tmp_path):  # noqa: F811
    ask(full)
    planned = run("erase", "--request", "PR-0001", "--dry-run")
    assert {line["place"] for line in planned["lines"]} == {"vault", "service"}
    assert JANE in dump(full)
    done = run("erase", "--request", "1")
    assert (done["state"], done["has_certificate"]) == ("done", True)
    assert JANE not in dump(full)
    out = tmp_path / "PR-0001.json"
    made = run("certificate", "write", "--request", "1", "--out", str(out))
    assert made["pdf"].endswith("PR-0001.pdf")
    assert run("certificate", "verify", str(out))["signer"] == made["signer"]


def test_script_is_told_that_something_is_left(full, hosted, run):  # noqa: F811
    ask(full)
    hosted.online = False
    waiting = run("erase", "--request", "1", exit_code=2)
    assert waiting["state"] == "running"
    hosted.online = True
    assert run("erasures") == {"lacks_list": False}
    assert run("erase", "--request", "1")["state"] == "done"


def test_script_holds_and_releases(full, run):  # noqa: F811
    placed = run(
        "hold", "place", "--application", APPLICATION, "--customer", JANE,
        "--category", "usage", "--ground", "Dispute", "--until", "2027-03-31",
    )  # fmt: skip
    (hold,) = placed["holds"]
    assert hold["until"] == "2027-03-31"
    assert run("hold", "list") == placed
    ask(full)
    assert run("erase", "--request", "1")["state"] == "held"
    assert run("hold", "release", hold["hold_id"]) == {"holds": []}
    assert run("erase", "--request", "1")["state"] == "done"


def test_package_with_an_identity_of_another_vault_is_not_complete(full, hosted, tmp_path):  # noqa: F811
    stranger = public_key_of(new_private_key())
    sealed = seal(stranger, APPLICATION, JANE, "jane@example.org")
    body = {
        "application_id": APPLICATION, "sealed": sealed, "epoch": 1,
        "first_seen": "2026-06-01T00:00:00Z",
    }  # fmt: skip
    hosted.put("identity", JANE, body)
    full.sync()
    packages = full.services.privacy_packages
    made = packages.build(no_report, ask(full), (MATCH,), str(tmp_path / "jane.zip"))
    assert any("sealed for another vault" in one for one in made.missing)
    assert holds_of(full).listed() == ()
