"""The command line: what scripts type, what they get, and what happens when it goes wrong."""

import io
import json
import logging
import sys
from datetime import date

import pytest

from contract.identifiers import policy_id
from desktop import cli
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import Dimension, Question
from desktop.domain.usage_spelling import spelled
from desktop.services.calls import no_report
from desktop.services.client import ServiceClient
from desktop.services.compose import build_services
from desktop.services.door import Door
from desktop.services.storage.timestamps import EPOCH
from desktop.services.usage_export import UsageFormat
from tests.fakes import APPLICATION, OWNER_TOKEN, PASSPHRASE, URL

NOON_HOUR = int((EPOCH.replace(year=2026, month=6, day=15, hour=12) - EPOCH).total_seconds())
UNTIMED = {"p50_ms": None, "p95_ms": None, "p99_ms": None}
JUNE = ("--from", "2026-06-01", "--to", "2026-07-01")
JUNE_DAYS = DateRange(date(2026, 6, 1), date(2026, 7, 1))


@pytest.fixture
def run(monkeypatch, tmp_path, hosted, capsys):
    """Runs a command with lines on standard input; gives status, output and error output."""
    monkeypatch.setenv("USAGEFLOW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(cli, "set_up_logging", lambda _process: None)
    monkeypatch.setattr(cli, "harden", lambda: None)
    monkeypatch.setattr(
        Door, "client", lambda _door, url, token: ServiceClient(url, token, hosted.transport)
    )

    def run(*arguments, stdin=PASSPHRASE + "\n"):
        raw = stdin if isinstance(stdin, bytes) else stdin.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
        workspace = ("--workspace", str(tmp_path / "ws"), "--passphrase-stdin")
        status = cli.main([*arguments, *workspace])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def made(run):
    """A workspace that has synced nothing yet."""
    status, _, err = create(run)
    assert (status, err) == (0, "")
    return run


def create(run, owner_token=OWNER_TOKEN, url=URL):
    stdin = f"{PASSPHRASE}\n{owner_token}\nfurther lines\nare ignored\n"
    return run("workspace", "create", "--service", url, stdin=stdin)


def test_standing_of_sync_is_told_without_asking_the_service(made, hosted):
    hosted.count(hour=NOON_HOUR, requests=7)
    _, out, _ = made("sync", "status")
    assert "Last success: never" in out
    assert made("sync", "once")[0] == 0
    sent = len(hosted.requests)
    status, out, _ = made("sync", "status", "--json")
    told = json.loads(out)
    assert status == 0
    assert len(hosted.requests) == sent
    assert (told["waiting_edits"], told["conflicts"], told["refused_items"]) == (0, 0, 0)
    assert [s["stream"] for s in told["streams"]] == ["changes", "tail", "backfill"]
    assert told["streams"][2]["complete"]
    _, out, _ = made("sync", "status")
    assert "backfill: 3 rows, complete" in out


def test_edit_that_waits_is_in_the_standing_of_sync(made, hosted):
    made("sync")
    made("policy", "set", "--method", "GET", "--path", "/x", "--identity", "header:X-User")
    (edit,) = json.loads(made("sync", "status", "--json")[1])["edits"]
    assert (edit["entity"], edit["title"], edit["sent_at"]) == ("policy", "GET /x", None)
    told = json.loads(made("sync", "--json")[1])
    assert (told["edits"], told["waiting_edits"]) == ([], 0)


def test_workspace_is_made_and_synced(made, hosted):
    hosted.count(hour=NOON_HOUR, requests=7)
    assert made("sync") == (0, "Synced. Waiting edits: 0. Conflicts: 0.\n", "")
    status, out, _ = made("usage", *JUNE, "--group-by", "endpoint", "--json")
    assert status == 0
    table = json.loads(out)
    assert table["rows"] == [
        {"endpoint": "end_1", "requests": 7, "units": "7", "errors": 0, "denied": 0, **UNTIMED}
    ]
    assert table["as_of"].startswith("20")


@pytest.mark.parametrize(
    ("group_by", "names"),
    [
        ("customer", {"customer": "Customer cus_1", "customer_id": "cus_1"}),
        ("day", {"day": "2026-06-15", **UNTIMED}),
    ],
)
def test_usage_is_grouped_as_asked(made, hosted, group_by, names):
    hosted.count(hour=NOON_HOUR, requests=2, units=3)
    made("sync")
    _, out, _ = made("usage", *JUNE, "--group-by", group_by, "--json")
    (row,) = json.loads(out)["rows"]
    assert row == {**names, "requests": 2, "units": "3", "errors": 0, "denied": 0}


@pytest.mark.parametrize("group_by", ["endpoint", "day"])
def test_usage_tells_how_long_calls_took(made, hosted, group_by):
    hosted.count("end_1", hour=NOON_HOUR, requests=90, took_ms=20)
    hosted.count("end_2", hour=NOON_HOUR, requests=10, took_ms=900)
    for endpoint in ("end_1", "end_2"):
        body = {"application_id": "app_1", "method": "GET", "url": "/one"}
        hosted.put("endpoint", endpoint, {**body, "first_seen": "2026-01-01T00:00:00Z"})
    made("sync")
    _, out, _ = made("usage", *JUNE, "--group-by", group_by, "--json")
    (row,) = json.loads(out)["rows"]
    assert abs(row["p50_ms"] - 20) <= 1
    assert abs(row["p95_ms"] - 900) <= 36
    assert abs(row["p99_ms"] - 900) <= 36


def test_end_of_the_period_is_exclusive(made, hosted):
    hosted.count(hour=NOON_HOUR)
    made("sync")
    _, out, _ = made("usage", "--from", "2026-06-14", "--to", "2026-06-15", "--json")
    assert json.loads(out)["rows"] == []


def test_usage_without_a_sync_is_an_empty_table(made):
    status, out, _ = made("usage", *JUNE, "--json")
    assert (status, json.loads(out)) == (0, {"rows": [], "as_of": None})


def test_usage_for_people_is_a_table(made, hosted):
    hosted.count(hour=NOON_HOUR, requests=12)
    made("sync")
    _, out, _ = made("usage", *JUNE, "--group-by", "day")
    head, row, stamp = out.splitlines()
    assert head.split() == ["day", "requests", "units", "errors", "denied", *UNTIMED]
    assert row.split() == ["2026-06-15", "12", "12", "0", "0", "-", "-", "-"]
    assert stamp.startswith("as of 20")


def test_policy_is_queued_and_synced(made, hosted):
    status, out, _ = made(
        "policy", "set", "--method", "get", "--path", "/v1/items", "--identity", "header:X-User",
        "--limit", "100/minute", "--response-field", "usage.total",
    )  # fmt: skip
    expected = policy_id(APPLICATION, "GET", "/v1/items")
    assert (status, out) == (0, f"Queued policy {expected}.\n")
    assert hosted.body("policy", expected) is None
    made("sync")
    assert hosted.body("policy", expected) == {
        "application_id": APPLICATION, "method": "GET", "url": "/v1/items",
        "identity_location": "headers", "identity_name": "X-User",
        "kind": "api", "function_name": None, "function_path": None, "note": "",
        "limits": [{
            "allowed": 100, "interval": "minute", "kind": "fixed_window", "counts": "calls",
            "scope": "identity", "burst": None, "effect": "refuse", "schedule": [],
        }],
        "metering": {
            "response_field": "usage.total", "expression": None, "trigger": "request",
            "condition": None,
        },
    }  # fmt: skip


def test_export_writes_the_file(made, hosted, tmp_path):
    hosted.count(hour=NOON_HOUR)
    made("sync")
    status, out, _ = made("export", "my-data", "--out", str(tmp_path / "out.json"))
    assert status == 0
    assert "SHA-256" in out
    data = json.loads((tmp_path / "out.json").read_text())
    assert data["usage"]["endpoint_hours"][0]["hour"] == "2026-06-15T12:00:00Z"


def test_wrong_passphrase_is_one_sentence_and_a_status_of_its_own(made):
    status, out, err = made("sync", stdin="wrong\n")
    assert (status, out) == (3, "")
    assert err == "This passphrase does not open the vault. Nothing was changed.\n"


@pytest.mark.parametrize("stdin", ["", "\n", b"\xff\xfe\n"])
def test_passphrase_that_is_missing_or_no_text_is_told(made, stdin):
    status, _, err = made("sync", stdin=stdin)
    assert status == 1
    assert "passphrase" in err
    assert "Traceback" not in err


def test_passphrase_is_never_an_argument(run, capsys):
    assert cli.main(["sync", "--workspace", "./nowhere"]) == 1
    assert "--passphrase-stdin" in capsys.readouterr().err
    assert cli.main(["sync", "--passphrase", "secret"]) == 2


def test_missing_workspace_names_the_remedy(run):
    status, _, err = run("sync")
    assert status == 10
    assert "usageflow workspace create" in err


def test_service_that_is_down_fails_the_sync_and_not_the_numbers(made, hosted):
    hosted.count(hour=NOON_HOUR)
    made("sync")
    hosted.online = False
    status, _, err = made("sync")
    assert status == 1
    assert "cannot be reached" in err
    assert made("usage", *JUNE, "--json")[0] == 0


@pytest.mark.parametrize(
    ("token", "url", "word"),
    [
        ("uf_owner_wrong", URL, "owner token"),
        ("", URL, "owner token"),
        (OWNER_TOKEN, "http://service.example", "https"),
    ],
)
def test_refused_connection_makes_no_workspace(run, tmp_path, token, url, word):
    status, _, err = create(run, token, url)
    assert status == 1
    assert word in err
    assert "uf_owner_wrong" not in err
    assert not (tmp_path / "ws" / "vault.db").exists()
    assert create(run)[0] == 0


def test_workspace_is_not_made_over_another(made):
    status, _, err = create(made)
    assert status == 1
    assert "already" in err
    assert made("sync")[0] == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [("--identity", "somewhere:x"), ("--limit", "many/minute"), ("--path", "items")],
)
def test_policy_that_cannot_be_is_refused_in_words(made, option, value):
    options = {"--method": "GET", "--path": "/x", "--identity": "header:X", option: value}
    status, _, err = made("policy", "set", *(word for pair in options.items() for word in pair))
    assert status == 1
    assert "Nothing was changed" in err


def test_wrong_usage_is_status_2(run):
    assert run("usage", "--from", "yesterday", "--to", "2026-07-01")[0] == 2
    assert run("dance")[0] == 2


def test_bug_becomes_a_sentence_and_a_log_entry(made, monkeypatch, caplog):
    def broken(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr("desktop.services.sync_round.SyncRound.run", broken)
    with caplog.at_level(logging.ERROR):
        status, _, err = made("sync")
    assert status == 1
    assert "Something went wrong inside UsageFlow" in err
    assert "Traceback" not in err
    assert "ZeroDivisionError" in caplog.text


def test_help_is_shown_without_a_command(capsys):
    assert cli.main([]) in {0, 2}
    output = capsys.readouterr()
    assert "workspace" in output.out + output.err


def test_question_about_usage_is_the_same_by_options_and_by_link(made, hosted):
    hosted.count("end_1", "cus_1", NOON_HOUR, requests=7)
    hosted.count("end_2", "cus_1", NOON_HOUR, requests=2)
    made("sync")
    options = ("--measure", "requests", "--group-by", "endpoint", "--not", "endpoint:end_2")
    _, by_options, _ = made("usage", *JUNE, *options, "--csv")
    link = "usageflow://usage?from=2026-06-01&to=2026-07-01&group=endpoint&not=endpoint:end_2"
    _, by_link, _ = made("usage", link, "--csv")
    assert by_options == by_link
    assert "2026-06-15,2026-06-15T00:00:00Z,end_1,end_1,7,calls,,\r\n" in by_link
    _, text, _ = made("usage", link)
    assert "2026-06-15  end_1" in text


def test_window_exports_the_bytes_that_the_command_prints(made, hosted, tmp_path):
    hosted.count("end_1", "cus_1", NOON_HOUR, requests=7)
    made("sync")
    question = Question(JUNE_DAYS, group_by=Dimension.CUSTOMER)
    services = build_services(tmp_path / "ws", syncs_by_itself=False)
    services.workspace.unlock(PASSPHRASE)
    saved = {}
    for kind in UsageFormat:
        file = tmp_path / f"usage.{kind}"
        services.answers.export.save(no_report, question, kind, str(file))
        saved[kind] = file.read_bytes()
    services.close()
    for kind in UsageFormat:
        _, printed, _ = made("usage", spelled(question), f"--{kind}")
        assert printed.encode() == saved[kind]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--measure", "requests"), "period is missing"),
        ((*JUNE, "--group-by", "plan"), "overview"),
        ((*JUNE, "--measure", "requests", "--group-by", "colour"), "grouped by"),
        ((*JUNE, "--measure", "requests", "--only", "end_1"), "filtered by"),
        (("usageflow://usage?from=2026-06-01",), "not a question"),
    ],
)
def test_question_that_cannot_be_meant_is_refused_in_words(made, arguments, words):
    status, _, err = made("usage", *arguments)
    assert status == 1
    assert words in err
