"""The export: everything but secrets and samples, whole or not at all."""

import hashlib
import json
import tracemalloc

import pytest

from desktop.domain.errors import Cancelled, ExportFailed
from desktop.domain.keys import KeyDetails
from desktop.services import export_file
from tests.fakes import APPLICATION, OWNER_TOKEN, PASSPHRASE, no_report
from tests.prices import rule_draft

SECRET = "sk_live_" + "z" * 30


@pytest.fixture
def full(device, hosted):
    """A vault with some of everything."""
    device.services.api_keys.add_key(KeyDetails("Payments", "for invoices"), SECRET)
    hosted.put(
        "customer", "cus_1", {"application_id": APPLICATION, "name": 'A "quoted" \u2028 name'}
    )
    for number in range(5):
        hosted.count("end_1", "cus_1", number * 86_400, requests=number)
    device.services.pricing.publish(rule_draft("Synced"), None)
    device.sync()
    device.services.pricing.publish(rule_draft("Waiting"), None)
    device.services.sample_data.load(no_report)
    return device


def exported(device, path):
    receipt = device.services.export.my_data(no_report, str(path))
    return receipt, json.loads(path.read_text(encoding="utf-8"))


def test_export_holds_account_configuration_and_usage(full, tmp_path):
    receipt, data = exported(full, tmp_path / "out.json")
    assert (data["format"], data["version"]) == ("usageflow-export", 1)
    assert data["account"]["service"][0]["url"] == "https://service.example"
    assert {k["name"] for k in data["account"]["keys"]} == {
        "Payments", "Owner token", "Sealing key",
    }  # fmt: skip
    names = {row["name"]: row["state"] for row in data["configuration"]["pricing_rules"]}
    assert names == {"Synced": "synced", "Waiting": "waiting"}
    assert data["configuration"]["waiting_edits"][0]["body"]["name"] == "Waiting"
    assert data["configuration"]["customers"][0]["name"] == 'A "quoted" \u2028 name'
    assert sum(row["requests"] for row in data["usage"]["endpoint_hours"]) == 10
    assert data["usage"]["customer_days"][1]["day"] == "1970-01-02"
    lists = [
        rows for section in ("account", "configuration", "usage") for rows in data[section].values()
    ]
    assert receipt.rows == sum(map(len, lists))


def test_export_matches_its_receipt(full, tmp_path):
    receipt, _ = exported(full, tmp_path / "out.json")
    content = (tmp_path / "out.json").read_bytes()
    assert receipt.size_bytes == len(content)
    assert receipt.sha256 == hashlib.sha256(content).hexdigest()
    assert receipt.path == str(tmp_path / "out.json")


def test_export_holds_no_secret_and_no_sample(full, tmp_path):
    _, data = exported(full, tmp_path / "out.json")
    text = (tmp_path / "out.json").read_text()
    for secret in (SECRET, OWNER_TOKEN, PASSPHRASE, "app_sample"):
        assert secret not in text
    assert data["sample_data_left_out"] is True


def test_export_of_an_empty_vault_is_a_whole_file(make_device, tmp_path):
    device = make_device("empty", connect=False)
    receipt, data = exported(device, tmp_path / "out.json")
    assert receipt.rows == 0
    assert data["usage"]["endpoint_hours"] == []


def test_export_replaces_the_one_before_only_when_it_is_whole(full, tmp_path, monkeypatch):
    path = tmp_path / "out.json"
    path.write_text("the one before")
    monkeypatch.setattr(export_file, "BATCH", 2)

    def stop(done, total=None):
        if done >= 6:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        full.services.export.my_data(stop, str(path))
    assert path.read_text() == "the one before"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["out.json"]


def test_export_reports_its_progress(full, tmp_path, monkeypatch):
    monkeypatch.setattr(export_file, "BATCH", 2)
    steps = []
    full.services.export.my_data(
        lambda done, total=None: steps.append((done, total)), str(tmp_path / "x")
    )
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert len(steps) > 5


def test_missing_folder_is_told_in_words(full, tmp_path):
    with pytest.raises(ExportFailed, match="could not be written"):
        full.services.export.my_data(no_report, str(tmp_path / "none" / "out.json"))


def test_folder_in_place_of_a_file_is_told(full, tmp_path):
    with pytest.raises(ExportFailed, match="This is a folder"):
        full.services.export.my_data(no_report, str(tmp_path))


def test_full_disk_leaves_no_partial_file(full, tmp_path):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    out = tmp_path / "out"
    out.mkdir()
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))
    try:
        with pytest.raises(ExportFailed, match="No partial file"):
            full.services.export.my_data(no_report, str(out / "out.json"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(out.iterdir()) == []


def test_memory_does_not_grow_with_the_rows(full, tmp_path):
    with full.services.vault.transaction() as db:
        db.execute(
            """
            INSERT INTO customer_hours
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
            SELECT 'app_1', i * 3600, 'cus_2', 'end_1', 1, 1, 1, 0 FROM n
            """
        )
    tracemalloc.start()
    receipt = full.services.export.my_data(no_report, str(tmp_path / "big.json"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert receipt.size_bytes > 8_000_000
    assert peak < 3_000_000


def test_exported_file_is_private(full, tmp_path):
    exported(full, tmp_path / "out.json")
    assert (tmp_path / "out.json").stat().st_mode & 0o077 == 0
