"""`usageflow keys …` as scripts use it."""

import io
import json
import sys

import pytest

from desktop import cli
from tests.fakes import PASSPHRASE

SECRET = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
FILE_PASSPHRASE = "passphrase of the file"


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("USAGEFLOW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(cli, "set_up_logging", lambda _process: None)
    monkeypatch.setattr(cli, "harden", lambda: None)

    def run(*arguments, lines=(PASSPHRASE,), as_json=True):
        raw = "".join(f"{line}\n" for line in lines).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
        options = ["--workspace", str(tmp_path / "ws"), "--passphrase-stdin"]
        status = cli.main([*arguments, *options, *(["--json"] if as_json else [])])
        captured = capsys.readouterr()
        return status, json.loads(captured.out) if as_json else captured.out, captured.err

    assert run("vault", "create")[0] == 0
    return run


def test_key_is_added_listed_shown_and_removed(run):
    options = ("--scope", "read", "--tag", "live", "--expires", "2027-01-31")
    status, key, _ = run("keys", "add", "Payments", *options, lines=(PASSPHRASE, SECRET))
    assert (status, key["provider"], key["expires_at"]) == (0, "Stripe", "2027-01-31T23:59:59Z")
    _, listed, _ = run("keys", "list")
    assert listed == {"keys": [key]}
    assert SECRET not in json.dumps(listed)
    assert run("keys", "show", "Payments", as_json=False)[1] == f"{SECRET}\n"
    assert run("keys", "show", key["id"])[1]["secret"] == SECRET
    assert run("keys", "remove", "Payments")[0] == 0
    status, _, err = run("keys", "show", "Payments")
    assert status == 1
    assert "no key has this name" in err


def test_two_keys_of_one_name_are_told_apart_by_id(run):
    for secret in (SECRET, SECRET + "2"):
        run("keys", "add", "Same", lines=(PASSPHRASE, secret))
    status, _, err = run("keys", "show", "Same")
    assert status == 1
    assert "several keys" in err


@pytest.mark.usefixtures("quick_files")
def test_keys_travel_in_an_encrypted_file(run, tmp_path):
    run("keys", "add", "Payments", lines=(PASSPHRASE, SECRET))
    path = tmp_path / "keys.age"
    lines = (PASSPHRASE, FILE_PASSPHRASE)
    assert run("keys", "export", str(path), lines=lines)[1] == {"path": str(path), "keys": 1}
    run("keys", "remove", "Payments")
    assert run("keys", "import", str(path), lines=lines)[1]["added"] == 1
    assert run("keys", "show", "Payments")[1]["secret"] == SECRET


def test_env_file_is_imported_and_reported_on(run, tmp_path):
    path = tmp_path / ".env"
    path.write_text(f"A={SECRET}\nB={SECRET}\nC=password1\n")
    _, receipt, _ = run("keys", "import", str(path))
    assert receipt == {"added": 3, "already_there": 0, "unusable": 0}
    _, report, _ = run("keys", "report")
    assert report == {"reused": [["A", "B"]], "weak": ["C"], "old": [], "expiring": [],
                      "expired": []}  # fmt: skip
    assert "reused" in run("keys", "report", as_json=False)[1]
