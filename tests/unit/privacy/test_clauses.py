"""The policy's promises: a row a clause, each held by tests that run, or a reason why not."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.unit.privacy.clauses import CLAUSES

ROOT = Path(__file__).parents[3]


@cache
def names_in(path):
    """Names of the tests of a file, those that are skipped or expected to fail left out."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return {
        node.name
        for node in functions
        if node.name.startswith("test_")
        and not any("skip" in ast.dump(d) or "xfail" in ast.dump(d) for d in node.decorator_list)
    }


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.number)
def test_clause_is_held_by_checks_that_run_or_says_why_not(clause):
    assert bool(clause.checks) != bool(clause.not_testable)
    for check in clause.checks:
        path, _, name = check.partition("::")
        assert name in names_in(path), f"{clause.number}: {check} does not run"


def test_every_clause_is_there_once():
    numbers = [clause.number for clause in CLAUSES]
    assert len(numbers) == len(set(numbers))
    sections = {number.partition(".")[0].rstrip("b") for number in numbers}
    assert sections == {str(number) for number in range(1, 12)}
    assert len(numbers) >= 50
