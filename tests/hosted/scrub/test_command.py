"""`usageflow scrub` as people run it: lines in, lines out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hosted.scrub.fields import EventScrubber
from hosted.scrub.record import BadRecord, RecordScrubber, decoded

ROOT = Path(__file__).parents[3]
LIMIT_S = 60


def run(lines, *arguments):
    """Exit status, answered lines, and what was said beside them."""
    command = [sys.executable, "usageflow_command.py", "scrub", *arguments]
    text = b"".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines
    )
    done = subprocess.run(
        command, input=text, capture_output=True, cwd=ROOT, timeout=LIMIT_S, check=False
    )
    return (
        done.returncode,
        [json.loads(line) for line in done.stdout.splitlines()],
        done.stderr.decode(),
    )


def test_each_line_is_answered_and_a_bad_one_stops_nothing():
    status, answers, said = run(
        [
            {
                "event": {"method": "GET", "url": "/x", "body": {"password": "p"}},
                "alias": "GET /x jo",
            },
            b"no json\n",
            b"\n",
            b'{"event": 5}\n',
            b"[1]\n",
            b'\xff\xfe{"event":{}}\n',
            b'\xef\xbb\xbf{"event": {"n": NaN, "s": "\\ud800"}}\r\n',
            b'{"event": {"method": "GET", "n": 123456789012345678901234567890}}',
        ]
    )
    assert status == 0
    assert said == ""
    first, *bad, lenient, last = answers
    assert first["event"] == {"method": "GET", "url": "/x", "body": {"password": "string"}}
    assert first["alias"].startswith("GET /x u_1a_")
    assert [answer["error"]["code"] for answer in bad] == [
        "invalid_json",
        "no_event",
        "not_an_object",
        "invalid_json",
    ]
    assert [answer["error"]["line"] for answer in bad] == [2, 4, 5, 6]
    assert lenient == {"event": {"n": None, "s": "string"}}
    assert last["event"]["method"] == "GET"


def test_profile_scrub_keeps_contents_and_minimal_is_the_default():
    line = {"event": {"body": {"a": "b", "password": "p"}}}
    assert run([line])[1] == [{"event": {"body": {"a": "string", "password": "string"}}}]
    assert run([line], "--profile", "minimal")[1] == run([line])[1]
    assert run([line], "--profile", "scrub")[1] == [
        {"event": {"body": {"a": "b", "password": "[secret]"}}}
    ]


def test_what_was_scrubbed_is_scrubbed_to_itself():
    line = {
        "event": {
            "userId": "jo",
            "clientIP": "198.51.100.7",
            "headers": {"Cookie": "a=b"},
            "body": [1],
        }
    }
    for profile in ("minimal", "scrub"):
        once = run([line | {"alias": "GET /x jo"}], "--profile", profile)[1]
        assert run(once, "--profile", profile)[1] == once


def test_pseudonyms_are_thrown_away_unless_a_key_is_given(tmp_path):
    key = tmp_path / "key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    line = {"event": {"userId": "jo"}}
    with_key = [run([line], "--key-file", str(key))[1] for _ in range(2)]
    without = [run([line])[1] for _ in range(2)]
    assert with_key[0] == with_key[1]
    assert without[0] != without[1]


def test_a_missing_key_file_is_told_in_words(tmp_path):
    status, answers, said = run([{"event": {}}], "--key-file", str(tmp_path / "none"))
    assert (status, answers) == (1, [])
    assert "key file" in said


def test_the_help_says_what_becomes_of_identities():
    done = subprocess.run(
        [sys.executable, "usageflow_command.py", "scrub", "--help"],
        cwd=ROOT,
        capture_output=True,
        timeout=LIMIT_S,
        check=True,
    )
    assert b"random key" in done.stdout


def test_an_answer_comes_before_the_next_line_is_asked_for():
    command = [sys.executable, "usageflow_command.py", "scrub"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        for number in range(3):
            process.stdin.write(json.dumps({"event": {"requestDuration": number}}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {"event": {"requestDuration": number}}
        process.stdin.close()
        assert process.wait(LIMIT_S) == 0


def test_nothing_of_the_window_and_no_database_is_loaded():
    heavy = ("PySide6", "sqlcipher3", "fastapi", "typer", "pydantic")
    code = f"import sys, hosted.scrub.command; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=LIMIT_S, check=True
    )
    assert done.stdout.strip() == b"[]"


def test_a_line_that_is_too_deep_is_told():
    with pytest.raises(BadRecord) as refusal:
        decoded(b"[" * 100_000 + b"]" * 100_000)
    assert refusal.value.code == "too_deep"


def test_an_error_in_a_rule_drops_the_event_and_is_counted():
    class Broken(EventScrubber):
        def __init__(self):
            pass

        def event(self, *_arguments):
            raise KeyError("s3cret")

    records = RecordScrubber(Broken(), str)
    kept = records.scrubbed(
        {"event": {"method": "GET", "body": "s3cret"}, "alias": "GET /x s3cret"}
    )
    assert kept == {"event": {"method": "GET", "scrubFailed": True}, "alias": "[secret]"}
    assert records.failures == 1
