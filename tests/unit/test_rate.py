"""`usageflow rate`: a line in, a line out, whatever the line holds."""

import io
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.pricing.validation import OWN_FIELDS, RULE_FIELDS, TIER_FIELDS
from desktop import rate
from desktop.domain.pricing.calculations import OWN_FIELDS as CALCULATION_FIELDS
from desktop.domain.pricing.usage_parsing import EVENT_FIELDS, USAGE_FIELDS

COMMAND = (sys.executable, "-m", "usageflow_command", "rate")
RULE = {"model": "per_unit", "currency": "USD", "unit_amount": "0.001"}


def answers(*lines):
    source = io.BytesIO(b"\n".join(as_bytes(line) for line in lines))
    sink = io.BytesIO()
    rate.answer_all(source, sink)
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def as_bytes(line):
    if isinstance(line, bytes):
        return line
    return (line if isinstance(line, str) else json.dumps(line)).encode()


def request(quantity="333", **more):
    return {"rule": RULE, "usage": {"quantity": quantity}, **more}


def test_answer_holds_amount_currency_and_explanation():
    assert answers(request()) == [
        {
            "amount": "0.33",
            "currency": "USD",
            "lines": [
                {
                    "step": "units",
                    "units": "333",
                    "price": "0.001",
                    "exact": "0.333",
                    "rounding": "-0.003",
                    "amount": "0.33",
                }
            ],
        }
    ]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("nonsense", None),
        ("{", None),
        ("[]", None),
        ("null", None),
        ('"text"', None),
        ("{}", "rule"),
        ('{"rule": []}', "rule"),
        ('{"rule": "per_unit"}', "rule"),
        (b"\xff\xfe", None),
        (b'{"rule": "\xc3("}', None),
        ("[" * 100_000, None),
        ('{"rule": {"model": ' + "1" * 5_000 + "}}", None),
        ('{"rule": {}, "rule": {}}', "rule"),
        ('{"rule": {"model": "per_unit", "model": "flat"}}', "model"),
        (json.dumps(request()).replace('"333"', "NaN"), "quantity"),
        (json.dumps(request()).replace('"333"', "-Infinity"), "quantity"),
        (json.dumps(request()).replace('"333"', "333.0"), "quantity"),
        (json.dumps(request()).replace('"333"', "3e2"), "quantity"),
        (json.dumps(request()).replace('"333"', "true"), "quantity"),
        (json.dumps(request()).replace('"333"', "null"), "quantity"),
        (json.dumps(request(quantity="\ud800")), "quantity"),
    ],
)
def test_bad_line_is_answered_and_stops_nothing(line, field):
    good, bad, after = answers(request(), line, request("666"))
    assert [good["amount"], after["amount"]] == ["0.33", "0.67"]
    assert bad["error"]["field"] == field
    assert bad["error"]["message"].endswith((".", "…"))


def test_line_without_end_is_refused_without_being_held():
    endless = b"x" * (3 * rate.MAX_LINE_BYTES)
    too_long, after = answers(endless, request())
    assert "16 MiB" in too_long["error"]["message"]
    assert after["amount"] == "0.33"


def test_blank_lines_are_left_out():
    assert len(answers("", request(), "   ", request(), "")) == 2


def test_id_comes_back_and_other_members_are_the_scripts_own():
    answer, failure = answers(request(id=7, note="mine"), {"id": "b", "rule": {}})
    assert (answer["id"], answer["amount"]) == (7, "0.33")
    assert (failure["id"], failure["error"]["field"]) == ("b", "model")


def test_mark_of_byte_order_is_no_part_of_the_first_line():
    assert answers(b"\xef\xbb\xbf" + as_bytes(request()))[0]["amount"] == "0.33"


def test_last_line_needs_no_end():
    assert [answer["amount"] for answer in answers(request())] == ["0.33"]


def test_rule_that_comes_again_is_compiled_once(monkeypatch):
    compiled = []
    engine = rate.Requests.rated.__globals__["RatingEngine"]
    monkeypatch.setitem(
        rate.Requests.rated.__globals__,
        "RatingEngine",
        lambda rule: compiled.append(rule) or engine(rule),
    )
    answers(*(request(str(n)) for n in range(20)))
    assert len(compiled) == 1


def test_many_different_rules_are_not_all_kept():
    lines = [{**request(), "rule": RULE | {"unit_amount": str(n)}} for n in range(600)]
    assert [a["amount"] for a in answers(*lines)[-2:]] == ["199134.00", "199467.00"]


def test_each_line_is_answered_before_the_next_is_read():
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for quantity, amount in (("333", "0.33"), ("666", "0.67")):
            process.stdin.write(json.dumps(request(quantity)).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["amount"] == amount
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def test_requests_can_come_from_a_file(tmp_path):
    file = tmp_path / "requests.jsonl"
    file.write_text(json.dumps(request()), encoding="utf-8")
    done = subprocess.run([*COMMAND, str(file)], capture_output=True, check=False, timeout=60)
    assert (done.returncode, json.loads(done.stdout)["amount"]) == (0, "0.33")


def test_missing_file_is_told_in_words(tmp_path):
    missing = [*COMMAND, str(tmp_path / "none.jsonl")]
    done = subprocess.run(missing, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"The requests could not be read: No such file")


def test_reader_that_has_enough_ends_the_command_quietly(tmp_path):
    file = tmp_path / "requests.jsonl"
    file.write_text((json.dumps(request()) + "\n") * 50_000, encoding="utf-8")
    with subprocess.Popen(
        [*COMMAND, str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


def test_command_imports_neither_vault_nor_window():
    heavy = ("PySide6", "typer", "sqlcipher3", "pydantic", "httpx", "numpy", "desktop.services")
    script = f"import sys, desktop.rate; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


NAMES = st.sampled_from(sorted(RULE_FIELDS | TIER_FIELDS | USAGE_FIELDS | EVENT_FIELDS | {"x"}))
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.sampled_from(["0", "1", "-1", "0.5", "1e9", "USD", "JPY", "none", "last", "percent"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)


@st.composite
def requests(draw):
    """Requests with the right names and anything as values."""
    model = draw(st.sampled_from([*OWN_FIELDS, *CALCULATION_FIELDS]))
    own = {**OWN_FIELDS, **CALCULATION_FIELDS}[model]
    rule = draw(st.dictionaries(st.sampled_from(sorted(own) or ["min"]), VALUES))
    rule |= {"model": model, "currency": draw(st.sampled_from(["USD", "JPY", "x"]))}
    usage = draw(st.dictionaries(st.sampled_from(sorted(USAGE_FIELDS)), VALUES, max_size=3))
    return {"rule": rule, "usage": usage}


@given(st.one_of(VALUES, requests(), st.builds(lambda r: {"rule": r}, VALUES)))
def test_whatever_stands_in_a_line_there_is_one_answer(anything):
    (answer,) = answers(json.dumps(anything).encode())
    if "error" in answer:
        assert set(answer["error"]) == {"field", "message"}
        assert answer["error"]["message"]
    else:
        assert {"amount", "currency", "lines"} <= set(answer)


@given(st.binary(max_size=60).filter(lambda line: line.strip() and b"\n" not in line))
def test_bytes_that_are_no_request_are_an_error(line):
    assert "error" in answers(line)[0]
