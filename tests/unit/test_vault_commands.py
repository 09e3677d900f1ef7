"""`usageflow vault …` as scripts use it: exact JSON, exit status, and nothing said twice."""

import io
import json
import os
import shutil
import sys

import pytest

from desktop import cli
from desktop.domain.errors import VaultInUse
from desktop.services.storage import lock
from tests.fakes import PASSPHRASE

NEW = "another good passphrase"


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Runs a vault command with lines on standard input; gives status, JSON and error output."""
    monkeypatch.setenv("USAGEFLOW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(cli, "set_up_logging", lambda _process: None)
    monkeypatch.setattr(cli, "harden", lambda: None)
    monkeypatch.setattr(lock, "PATIENCE_S", 0.0)

    def run(*arguments, lines=(PASSPHRASE,), workspace="ws", by="--passphrase-stdin"):
        raw = "".join(f"{line}\n" for line in lines).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
        options = ["--workspace", str(tmp_path / workspace), "--json", *([by] if by else [])]
        status = cli.main(["vault", *arguments, *options])
        captured = capsys.readouterr()
        return status, json.loads(captured.out), captured.err

    return run


@pytest.fixture
def made(run):
    assert run("create")[0] == 0
    return run


def test_create_answers_with_the_new_vault(run, tmp_path):
    status, answer, err = run("create")
    assert (status, err) == (0, "")
    assert answer["directory"] == str(tmp_path / "ws")
    assert (answer["state"], answer["recovery"], answer["backups"]) == ("open", "none", 0)
    assert len(answer["vault_id"]) == 32


def test_create_twice_leaves_the_first_vault_alone(made):
    status, answer, err = made("create", lines=(NEW,))
    assert status == 1
    assert answer["error"]["code"] == "vault"
    assert answer["error"]["message"] == err.strip()
    assert made("verify")[0] == 0


def test_info_without_the_passphrase_tells_what_the_header_tells(made):
    status, locked, _ = made("info", lines=(), by=None)
    assert (status, locked["state"], locked["generation"]) == (0, "locked", None)
    status, told, _ = made("info")
    assert (status, told["state"], told["older_copy"]) == (0, "open", False)
    assert told.keys() == locked.keys()
    assert told["argon2id"] == {"passes": 3, "memory_kib": 65536, "lanes": 4}


def test_verify_reads_the_whole_vault(made):
    status, answer, _ = made("verify")
    assert status == 0
    assert answer["ok"] is True
    assert answer["pages"] > 10
    assert answer["audit_entries"] == 1


@pytest.mark.parametrize("command", ["verify", "rotate", "backup", "doctor", "recovery-code"])
def test_wrong_passphrase_has_a_status_of_its_own(made, command):
    status, answer, err = made(command, lines=("wrong",))
    assert status == 3
    assert "does not open the vault" in err or command == "doctor"
    assert answer.get("error", {"code": "wrong_passphrase"})["code"] == "wrong_passphrase"


def test_missing_vault_has_a_status_of_its_own(run):
    for command in ("verify", "info", "rotate", "backup", "doctor"):
        status, answer, err = run(command)
        assert (status, answer["error"]["code"]) == (10, "vault_missing"), command
        assert "There is no vault" in err


def test_damaged_vault_has_a_status_of_its_own_and_the_doctor_names_the_backup(made, tmp_path):
    _, backup, _ = made("backup")
    database = tmp_path / "ws" / "vault.db"
    database.write_bytes(bytes(database.stat().st_size))
    assert made("verify")[0] == 4
    status, answer, _ = made("doctor")
    assert (status, answer["ok"]) == (4, False)
    assert [finding["severity"] for finding in answer["findings"]] == ["error", "ok"]
    assert backup["path"] in answer["findings"][1]["text"]


def test_vault_that_is_open_elsewhere_has_a_status_of_its_own(made, monkeypatch, tmp_path):
    held = lock.VaultLock(tmp_path / "ws" / "vault.lock")
    assert made("verify")[0] == 5
    assert VaultInUse.code == "vault_in_use"
    held.release()


def test_passphrase_is_changed_without_touching_the_data(made, tmp_path):
    before = (tmp_path / "ws" / "vault.db").stat().st_size
    assert made("passphrase", lines=(PASSPHRASE, NEW))[:2] == (0, {"changed": True})
    assert made("verify")[0] == 3
    assert made("verify", lines=(NEW,))[0] == 0
    assert (tmp_path / "ws" / "vault.db").stat().st_size == before


def test_short_new_passphrase_changes_nothing(made):
    status, answer, _ = made("passphrase", lines=(PASSPHRASE, "short"))
    assert (status, answer["error"]["code"]) == (1, "invalid_input")
    assert made("verify")[0] == 0


def test_recovery_code_counts_once_it_was_typed_back(made):
    _, answer, _ = made("recovery-code")
    code = answer["recovery_code"]
    assert answer["state"] == "unconfirmed"
    assert made("info")[1]["recovery"] == "unconfirmed"
    mistyped = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert made("recovery-code", "--confirm", lines=(PASSPHRASE, mistyped))[0] == 1
    typed = code.lower().replace("-", " ")
    assert made("recovery-code", "--confirm", lines=(PASSPHRASE, typed))[0] == 0
    assert made("info")[1]["recovery"] == "confirmed"


def test_forgotten_passphrase_is_replaced_by_the_recovery_code(made):
    code = made("recovery-code")[1]["recovery_code"]
    status, _, _ = made("passphrase", lines=(code, NEW), by="--recovery-code-stdin")
    assert status == 0
    assert made("verify", lines=(NEW,))[0] == 0
    assert made("info", lines=(NEW,))[1]["recovery"] == "confirmed"


def test_rotation_keeps_passphrase_code_and_data(made):
    code = made("recovery-code")[1]["recovery_code"]
    status, answer, _ = made("rotate")
    assert (status, answer["rotated"]) == (0, True)
    assert answer["backup"]["reason"] == "before-rotation"
    assert made("verify")[0] == 0
    assert made("passphrase", lines=(code, NEW), by="--recovery-code-stdin")[0] == 0


def test_backup_goes_where_it_is_told_and_restores_elsewhere_with_the_code_alone(made, tmp_path):
    code = made("recovery-code")[1]["recovery_code"]
    _, backup, _ = made("backup", "--to", str(tmp_path / "disk"))
    assert backup["path"].startswith(str(tmp_path / "disk"))
    shutil.rmtree(tmp_path / "ws")
    shutil.rmtree(tmp_path / "home")
    status, answer, _ = made(
        "restore", "--from", backup["path"],
        lines=(code,), by="--recovery-code-stdin", workspace="elsewhere",
    )  # fmt: skip
    assert (status, answer["from"]) == (0, backup["path"])
    assert made("verify", workspace="elsewhere")[0] == 0


def test_restore_keeps_what_was_there_and_lists_what_can_be_restored(made, tmp_path):
    made("backup")
    made("passphrase", lines=(PASSPHRASE, NEW))
    _, listed, _ = made("restore", "--list", by=None)
    assert [backup["reason"] for backup in listed["backups"]] == ["manual"]
    status, answer, _ = made("restore")
    assert (status, answer["from"]) == (0, listed["backups"][0]["path"])
    assert made("verify")[0] == 0
    (kept,) = (tmp_path / "ws").glob("before-restore-*")
    assert (kept / "vault.db").exists()


def test_damaged_backup_is_refused_and_the_one_before_it_is_named(made, tmp_path):
    older = made("backup")[1]["path"]
    newer = made("backup")[1]["path"]
    database = tmp_path / "ws" / "backups" / newer.rpartition("/")[2] / "vault.db"
    database.write_bytes(database.read_bytes()[:-1])
    status, answer, err = made("restore", "--from", newer)
    assert (status, answer["error"]["code"]) == (11, "backup_damaged")
    assert older in err
    assert made("restore")[1]["from"] == older


def test_vault_goes_on_after_its_backup_was_restored_elsewhere(made):
    backup = made("backup")[1]["path"]
    made("restore", "--from", backup, workspace="elsewhere")
    assert made("info")[1]["older_copy"] is False
    assert made("info", workspace="elsewhere")[1]["older_copy"] is False


def test_older_copy_in_its_place_is_told_and_can_be_accepted(made, tmp_path):
    shutil.copytree(tmp_path / "ws", tmp_path / "old")
    made("recovery-code")
    shutil.rmtree(tmp_path / "ws")
    shutil.copytree(tmp_path / "old", tmp_path / "ws")
    told = made("info")[1]
    assert told["older_copy"] is True
    assert told["generation"] < told["seen_generation"]
    assert told["changed_at"] <= told["seen_at"]
    assert made("recovery-code")[0] == 7
    status, answer, _ = made("doctor")
    freshness = next(f for f in answer["findings"] if f["topic"] == "freshness")
    assert (status, freshness["severity"]) == (0, "warning")
    made("doctor", "--accept-older-copy")
    assert made("info")[1]["older_copy"] is False
    assert made("recovery-code")[0] == 0


def test_doctor_finds_nothing_wrong_with_a_well_kept_vault(made):
    code = made("recovery-code")[1]["recovery_code"]
    made("recovery-code", "--confirm", lines=(PASSPHRASE, code))
    made("backup")
    status, answer, _ = made("doctor")
    assert status == 0
    assert answer["ok"] is True, answer


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_doctor_repairs_what_kept_the_vault_shut(made, tmp_path):
    (tmp_path / "ws" / "vault.hdr").chmod(0o666)
    status, answer, _ = made("doctor")
    assert status == 1
    assert answer["ok"] is False
    assert "--repair" in next(f["text"] for f in answer["findings"] if f["topic"] == "modes")
    status, answer, _ = made("doctor", "--repair")
    assert status == 0
    assert answer["findings"][0]["text"].startswith("Repaired: ")
    assert made("info")[0] == 0
