"""The account is deleted from the command line."""

import io
import json

import pytest

from desktop import cli
from desktop.commands import opening
from desktop.commands.account_deletion import WORDS
from desktop.services.privacy.package import letter
from tests.fakes import PASSPHRASE


@pytest.fixture
def run(device, monkeypatch, capsys):
    """Runs a command on the vault of the test; its answer, or what it said instead."""
    device.sync()
    monkeypatch.setattr(letter, "letter_pdf", lambda *_: b"%PDF-1.7 a letter")
    monkeypatch.setattr(cli, "harden", lambda: None)
    monkeypatch.setattr(opening, "build_services", lambda *_, **__: device._built())
    device.services.close()

    def command(*arguments, exit_code=0, lines=()):
        typed = "".join(f"{line}\n" for line in (PASSPHRASE, *lines))
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
        status = cli.main(["account", *arguments, "--passphrase-stdin", "--json"])
        printed = capsys.readouterr()
        assert status == exit_code, printed.err
        return json.loads(printed.out)

    return command


def test_script_asks_looks_withdraws_and_asks_again(run):
    planned = run("delete", "--plan")
    assert {line["fate"] for line in planned["lines"]} == {"deleted", "kept", "not_reached"}
    asked = run("delete")
    assert (asked["state"], asked["day"], asked["due"]) == ("asked", "2026-06-29", "2026-07-15")
    assert run("delete", "--status") == asked
    assert run("delete", "--withdraw")["state"] == "none"
    assert run("delete", "--on", "2026-06-20")["day"] == run("delete")["day"] == "2026-06-20"
    refused = run("delete", "--on", "2026-08-01", exit_code=1)
    assert "Nothing was changed" in refused["error"]["message"]


def test_script_deletes_at_once_and_writes_certificate_and_books(run, tmp_path):
    refused = run("delete", "--now", exit_code=1, lines=["yes"])
    assert WORDS in refused["error"]["message"]
    done = run("delete", "--now", lines=[WORDS])
    assert (done["state"], done["overdue"], done["problems"]) == ("done", False, [])
    made = run("certificate", "--out", str(tmp_path / "account.json"))
    assert made["pdf"].endswith("account.pdf")
    assert run("books", "--out", str(tmp_path / "books.csv"))["rows"] == 0


def test_script_is_told_that_the_service_is_away_and_may_go_on_without_it(run, hosted):
    hosted.online = False
    waiting = run("delete", "--now", exit_code=2, lines=[WORDS])
    assert waiting["steps"]["close"] == "failed"
    assert "cannot be reached" in waiting["problems"][0]
    assert run("delete", "--without-service")["state"] == "done"


def test_people_read_sentences_and_choose_one_wish(device, monkeypatch, capsys):
    monkeypatch.setattr(cli, "harden", lambda: None)
    monkeypatch.setattr(opening, "build_services", lambda *_, **__: device._built())
    device.services.close()
    for arguments, status, said in (
        (["--status"], 0, "The account is not being deleted."),
        (["--plan"], 0, "Until:"),
        (["--plan", "--withdraw"], 1, "Choose one"),
    ):
        line = io.TextIOWrapper(io.BytesIO(f"{PASSPHRASE}\n".encode()))
        monkeypatch.setattr("sys.stdin", line)
        assert cli.main(["account", "delete", *arguments, "--passphrase-stdin"]) == status
        assert said in "".join(capsys.readouterr())
