"""Logs hold no secrets, however a secret gets into a record."""

import logging
import sys
import threading

import pytest

from desktop import logs
from desktop.domain.errors import WrongPassphrase
from desktop.domain.keys import KeyDetails
from tests.fakes import OWNER_TOKEN, PASSPHRASE, no_report

CANARIES = {
    "owner token": "uf_owner_AbCd-1234_efGH",
    "SDK key": "uf_live_" + "x" * 40,
    "bearer value": "Bearer abc.def-ghi",
    "basic value": "Basic dXNlcjpwYXNz",
    "raw key": "0123456789abcdef" * 4,
    "JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln",
}


@pytest.fixture
def log(tmp_path, monkeypatch):
    """The set-up of a process; gives what it wrote."""
    monkeypatch.setenv("USAGEFLOW_HOME", str(tmp_path))
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook
    logs.set_up_logging("core", logging.DEBUG)
    path = tmp_path / "logs" / "core.log"
    yield lambda: path.read_text(encoding="utf-8")
    root.handlers[0].close()
    root.handlers[:], root.level = before[0], before[1]
    sys.excepthook, threading.excepthook = before[2:]


@pytest.mark.parametrize("secret", CANARIES.values(), ids=CANARIES)
def test_secret_is_hidden_in_message_argument_and_traceback(log, caplog, secret):
    logger = logging.getLogger("some.module")
    logger.warning("In the message: %s.", secret)
    logger.info(f"Formatted: {secret}")  # noqa: G004 (what must not be done, and is survived)
    try:
        raise ValueError(secret)  # noqa: TRY301
    except ValueError:
        logger.exception("In the traceback")
    written = log()
    assert secret not in written
    assert secret.split()[-1] not in written
    assert "***" in written
    assert "In the traceback" in written


@pytest.mark.parametrize(
    ("line", "kept", "hidden"),
    [
        ("passphrase='open sesame'", "passphrase=", "sesame"),
        ('{"password": "p\\"w d", "user": "ann"}', "ann", "w d"),
        ("Authorization: opaque-value", "Authorization", "opaque-value"),
        ("cookie=sid123; path=/", "path=/", "sid123"),
        ("headers={'x-usage-key': 'abc'}", "x-usage-key", "'abc'"),
        ("GET https://a.example/v1/x?token=abc HTTP", "https://a.example/v1/x?", "abc"),
        ("wss://user:word@a.example/ws", "a.example/ws", "word@"),
        ("sdk_key=b'zzz'", "sdk_key", "zzz"),
        ("owner_token: tok", "owner_token", " tok"),
    ],
)
def test_what_is_named_a_secret_is_hidden_and_the_rest_kept(line, kept, hidden):
    shown = logs.redacted(line)
    assert kept in shown
    assert hidden not in shown


@pytest.mark.parametrize(
    "line",
    [
        "Synced 500 rows in 0.2 s",
        "Key derivation took 0.3 s",
        "https://a.example/v1/usage/rollups answered 503",
        "sha256 of nothing: e3b0c442",
    ],
)
def test_harmless_lines_stay_as_they_are(line):
    assert logs.redacted(line) == line


def test_whole_day_of_work_leaves_no_secret_in_the_log(log, caplog, make_device, hosted):
    secret = "sk_test_" + "v" * 30
    device = make_device("logged")
    device.services.api_keys.add_key(KeyDetails("Payments"), secret)
    device.services.connection.snippets()
    device.sync()
    hosted.online = False
    with pytest.raises(Exception, match="cannot be reached") as failure:
        device.services.sync.run(no_report)
    logging.getLogger("test").error("Failed", exc_info=failure.value)
    device.services.close()
    with pytest.raises(WrongPassphrase) as failure:
        device.services.workspace.unlock(PASSPHRASE + "!")
    logging.getLogger("test").error("Failed", exc_info=failure.value)
    written = log()
    assert "Failed" in written
    for canary in (secret, OWNER_TOKEN, PASSPHRASE, "uf_live_" + "k" * 40):
        assert canary not in written


def test_uncaught_errors_of_any_thread_are_logged(log, caplog):
    def broken():
        raise ValueError("uf_owner_hidden1")

    thread = threading.Thread(target=broken)
    thread.start()
    thread.join()
    try:
        broken()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    written = log()
    assert written.count("Uncaught error") == 2
    assert "uf_owner_hidden1" not in written


def test_log_is_private_and_bounded(log, caplog, tmp_path):
    for _ in range(3000):
        logging.getLogger("test").info("x" * 2000)
    files = list((tmp_path / "logs").iterdir())
    assert 1 < len(files) <= 4
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    assert sum(path.stat().st_size for path in files) < 4_100_000


def test_profile_that_cannot_be_written_does_not_keep_the_program_from_starting(
    tmp_path, monkeypatch, capfd, caplog
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("USAGEFLOW_HOME", str(tmp_path / "file"))
    handler = logs._handler(logs.paths.logs() / "core.log")
    assert isinstance(handler, logging.StreamHandler)
    assert "cannot be written to a file" in capfd.readouterr().err
