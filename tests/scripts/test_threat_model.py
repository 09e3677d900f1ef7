"""Every line of the threat model names a test, and the test is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
NAMED = re.compile(r"`(?:(tests/[\w/]+/))?(test_\w+\.py)`([ 0-9,\u2013]*)")
"""A file of tests, and the numbers of hostile situations that are meant in it."""
HOSTILE_TESTS = range(1, 41)


def section(title):
    after = TEXT.partition(f"\n## {title}\n")[2]
    return after.partition("\n## ")[0]


def attacks():
    """Rows of the vault's table: who attacks, and the cell that names the tests."""
    rows = [line.split("|")[1:-1] for line in TEXT.splitlines() if line.startswith("| ")]
    return [(cells[0].strip(), cells[-1]) for cells in rows if cells[0].strip() != "Who"]


def ways_in_between():
    """Points of the section: what begins with a dash, up to the next."""
    points = re.split(r"^- ", section("The ways in between"), flags=re.MULTILINE)[1:]
    return [(point.partition("**")[2].partition("**")[0], point) for point in points]


def numbers(text):
    """Numbers, and ranges with a dash of print between them."""
    for part in re.findall(r"(\d+)(?:\u2013(\d+))?", text):
        yield from range(int(part[0]), int(part[1] or part[0]) + 1)


def file_of(folder, name):
    found = list((ROOT / folder).glob(name)) if folder else list((ROOT / "tests").rglob(name))
    assert len(found) == 1, (folder, name, found)
    return found[0]


def require_tests(text):
    references = NAMED.findall(text)
    assert references, "no test is named"
    for folder, name, stated in references:
        content = file_of(folder, name).read_text("utf-8")
        assert re.search(r"^\s*(?:async )?def test_", content, re.MULTILINE), name
        for number in numbers(stated):
            assert re.search(rf"^def test_{number:02d}_", content, re.MULTILINE), (name, number)


@pytest.mark.parametrize("line", [*attacks(), *ways_in_between()], ids=lambda line: line[0][:40])
def test_line_of_the_threat_model_names_tests_that_exist(line):
    require_tests(line[1])


def test_every_test_that_is_named_anywhere_exists():
    require_tests(TEXT)
    assert len(NAMED.findall(TEXT)) > 30


@pytest.mark.parametrize("text", ["", "`test_nowhere.py` 1", "`test_vault_canary.py` 36, 99"])
def test_line_without_a_real_test_is_found(text):
    with pytest.raises(AssertionError):
        require_tests(text)


def test_each_hostile_situation_has_a_test_by_its_number():
    every_test = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    found = {int(number) for number in re.findall(r"^def test_(\d\d)_", every_test, re.MULTILINE)}
    assert set(HOSTILE_TESTS) - found == set()
