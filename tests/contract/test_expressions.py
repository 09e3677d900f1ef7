"""The metering language: exact, bounded, and plain about what it does not understand."""

import re
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.expressions import AmountExpression, Condition, ExpressionError
from contract.expressions.functions import FUNCTIONS
from contract.expressions.values import ARITHMETIC, FIELDS

GUIDE = Path(__file__).parents[2] / "docs" / "user-guide.md"

FACTS = {
    "amount": Decimal("42.5"),
    "status": Decimal(200),
    "duration_ms": Decimal(130),
    "tokens": Decimal(1234),
    "method": "POST",
    "model": "gpt-x",
}


def amount(text, **facts):
    """Value of an amount expression."""
    return AmountExpression(text)({**FACTS, **facts})


def holds(text, **facts):
    """Value of a condition."""
    return Condition(text)({**FACTS, **facts})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 2 - 3", "5"),
        ("7 % 4 * 2", "6"),
        ("-amount", "-42.5"),
        ("2 - -1", "3"),
        ("0.1 + 0.2", "0.3"),
        ("amount / 4", "10.625"),
        ("min(3, 1, 2)", "1"),
        ("max(tokens, 2000)", "2000"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(1.005, 2)", "1.01"),
        ("ceil(duration_ms / 100)", "2"),
        ("floor(-0.1)", "-1"),
        ("abs(-3)", "3"),
        ('if(model == "gpt-x", tokens, 1)', "1234"),
        ('if(method == "GET" or not status < 400, 1, 2)', "2"),
        ("default(response_bytes, 7)", "7"),
        ("default(status, 7)", "200"),
    ],
)
def test_amounts_are_computed_by_the_usual_rules(text, expected):
    assert amount(text) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status < 400", True),
        ("status >= 400", False),
        ("status == 200 and tokens > 1000", True),
        ("true and false or true", True),
        ("true or false and false", True),
        ("not true or true", True),
        ('method != "GET"', True),
        ("response_bytes > 0", False),
        ("not response_bytes > 0", True),
    ],
)
def test_conditions_are_decided_by_the_usual_rules(text, expected):
    assert holds(text) is expected


@pytest.mark.parametrize(
    "text",
    ["response_bytes + 1", "-response_bytes", "min(1, response_bytes)", "1 / (status - 200)"],
)
def test_what_cannot_be_computed_has_no_value(text):
    assert amount(text) is None


def test_condition_that_cannot_be_computed_is_neither_true_nor_false():
    assert holds("1 / (status - 200) > 1") is None


def test_branch_that_is_not_taken_is_not_computed():
    assert amount("if(status == 200, 1, 1 / 0)") == 1
    assert holds("status == 200 or 1 / 0 > 1") is True
    assert holds("status == 500 and 1 / 0 > 1") is False


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("amount +", 9, "Expected a number"),
        ("amount = 3", 8, "=="),
        ("1 + method", 3, "A number is needed here, this is a text"),
        ('method < "A"', 8, "== and != only"),
        ('status == "200"', 8, "cannot be compared"),
        ("tokns * 2", 1, "no field “tokns”"),
        ("1 + sqrt(4)", 5, "no function “sqrt”"),
        ("round(amount, 7)", 15, "from 0 to 6"),
        ("round(amount, tokens)", 15, "from 0 to 6"),
        ("ceil(1, 2)", 6, "takes 1 value,"),
        ("if(1, 2, 3)", 4, "A truth value is needed"),
        ('if(true, 1, "a")', 13, "a number before and a text here"),
        ("(1 + 2", 7, "Expected “)”"),
        ("1 2", 3, "Expected the end"),
        ('"open', 1, "no closing quote"),
        ("amount ^ 2", 8, "has no meaning"),
        ("1 < 2 < 3", 7, "Expected the end"),
        ("", 1, "Expected a number"),
        ("status < 400", 1, "A number is needed, this is a truth value"),
        ("1234567890123456789", 1, "at most 18 digits"),
        ("1" + " " * 500, 501, "at most 500 characters"),
        ("(" * 40 + "1", 32, "levels deep"),
        ("1e5", 2, "found “e5”"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(text, position, reason):
    with pytest.raises(ExpressionError, match=re.escape(reason)) as refused:
        AmountExpression(text)
    assert refused.value.position == position


def test_condition_must_be_true_or_false():
    with pytest.raises(ExpressionError, match="A truth value is needed, this is a number"):
        Condition("amount")


def test_longest_chain_needs_no_deep_stack():
    assert amount("+".join(["1"] * 250)) == 250


words = st.sampled_from([*'+-*/%(),.<=!"01 ', "amount", "status", "if(", "min(", "and", "not"])


@given(st.lists(words, max_size=40).map("".join))
def test_any_text_is_compiled_or_refused_with_a_place_inside_it(text):
    place = _refusal(text)
    assert place is None or 1 <= place <= len(text) + 1


def _refusal(text):
    """Place where a text was refused; None when it was not."""
    try:
        AmountExpression(text)(FACTS)
    except ExpressionError as error:
        return error.position
    return None


numbers = st.decimals(min_value=0, max_value=10**9, places=3).map(lambda value: f"{value:f}")


@st.composite
def sums(draw, depth=3):
    """An arithmetic text that Python reads alike, fully in brackets."""
    if depth == 0 or draw(st.booleans()):
        return draw(numbers)
    mark = draw(st.sampled_from("+-*"))
    return f"({draw(sums(depth=depth - 1))} {mark} {draw(sums(depth=depth - 1))})"


@given(sums())
def test_arithmetic_agrees_with_exact_decimals(text):
    computed = AmountExpression(text)({})
    quoted = "".join(f"Decimal('{part}')" if part[0].isdigit() else part for part in _parts(text))
    with localcontext(ARITHMETIC):
        expected = eval(quoted, {"Decimal": Decimal})  # noqa: S307 - text made above
    assert computed == expected


def _parts(text):
    return text.replace("(", "( ").replace(")", " )").split(" ")


@pytest.mark.parametrize("word", [*FIELDS, *(f"{name}(" for name in FUNCTIONS)])
def test_user_guide_names_every_field_and_function(word):
    assert f"`{word}" in GUIDE.read_text(encoding="utf-8")
