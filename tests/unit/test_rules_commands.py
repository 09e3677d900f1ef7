"""`usageflow rules …`: list, export, diff, import, publish."""

import json

import pytest

from tests.prices import per_unit
from tests.unit.test_cli import made, run  # noqa: F401 (fixtures)

TIERS = [{"up_to": "10000", "unit_amount": "0"}, {"unit_amount": "0.0012"}]
GRADUATED = {"model": "graduated", "currency": "USD", "tiers": TIERS}


@pytest.fixture
def file(tmp_path):
    """Writes a pricing file, and gives its path."""

    def write(*rules, name="rules.json"):
        path = tmp_path / name
        path.write_text(json.dumps({"usageflow_pricing": "1", "rules": rules}))
        return str(path)

    return write


def rule(name="Tokens", price=GRADUATED, since="2030-01-01"):
    return {"name": name, "price": price, "effective_from": since}


def test_file_is_compared_imported_listed_and_exported_again(made, hosted, file, tmp_path):  # noqa: F811
    path = file(rule(), rule("Images", per_unit("0.02")))
    status, out, _ = made("rules", "diff", "--file", path)
    assert (status, out.count(": new")) == (0, 2)
    assert made("rules", "list")[1] == ""
    status, _, err = made("rules", "import", "--file", path)
    assert (status, err) == (0, "")
    _, out, _ = made("rules", "list")
    assert "v1  Tokens  * *  graduated  from 2030-01-01  waiting" in out
    made("sync")
    exported = tmp_path / "again.yaml"
    assert made("rules", "export", "--file", str(exported))[0] == 0
    _, out, _ = made("rules", "diff", "--file", str(exported), "--json")
    assert {one["action"] for one in json.loads(out)["changes"]} == {"unchanged"}
    _, out, _ = made("rules", "export", "--format", "json")
    assert {one["name"] for one in json.loads(out)["rules"]} == {"Tokens", "Images"}
    _, out, _ = made("rules", "list", "--json")
    assert {one["price"]["model"] for one in json.loads(out)["rules"]} == {"graduated", "per_unit"}


def test_mistakes_are_told_with_line_and_field_and_nothing_is_stored(made, file):  # noqa: F811
    path = file(rule(price=per_unit("NaN")), rule("Images", {"model": "flat", "currency": "XX"}))
    for command in ("diff", "import"):
        status, _, err = made("rules", command, "--file", path)
        assert status == 1
        assert "Line 1, rules[0].price.unit_amount: " in err
        assert "Line 1, rules[1].price" in err
    _, out, _ = made("rules", "import", "--file", path, "--json")
    assert json.loads(out)["problems"][0]["field"] == "rules[0].price.unit_amount"
    assert made("rules", "list")[1] == ""


def test_change_of_past_days_needs_a_yes(made, file):  # noqa: F811
    path = file(rule(since="2020-01-01"))
    status, _, err = made("rules", "import", "--file", path)
    assert status == 1
    assert "bills of days before today: Tokens" in err
    assert made("rules", "list")[1] == ""
    assert made("rules", "import", "--file", path, "--yes")[0] == 0


def test_one_rule_of_a_file_is_published_and_the_others_wait(made, file):  # noqa: F811
    path = file(rule(), rule("Images", per_unit("0.02")))
    status, out, _ = made("rules", "publish", "--rule", "Images", "--file", path, "--json")
    assert status == 0
    assert [one["name"] for one in json.loads(out)["changes"]] == ["Images"]
    assert "Tokens" not in made("rules", "list")[1]
    status, _, err = made("rules", "publish", "--rule", "Nothing", "--file", path)
    assert status == 1
    assert "Nothing was changed" in err


def test_file_that_cannot_be_read_or_written_is_said_in_words(made, tmp_path):  # noqa: F811
    status, _, err = made("rules", "import", "--file", str(tmp_path / "missing.yaml"))
    assert (status, "could not be read" in err) == (1, True)
    status, _, err = made("rules", "export", "--file", str(tmp_path / "no" / "rules.yaml"))
    assert (status, "could not be written" in err) == (1, True)
