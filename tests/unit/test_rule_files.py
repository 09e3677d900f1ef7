"""Rules and plans in files: the same bytes for the same rules, and every mistake with its line."""

import json
from datetime import date

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from contract.pricing.writing import canonical_price
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.pricing.changes import FileAction
from desktop.domain.pricing.drafts import RuleDraft, checked_terms
from desktop.domain.pricing.published import Plan
from desktop.services.publishing import rule_of
from desktop.services.rule_text import FileFormat, read_rule_file, written
from tests.fakes import APPLICATION
from tests.prices import per_unit, rule_draft
from tests.unit.pricing.strategies import EVENT_MODELS, QUANTITY_MODELS, rules

APP = ApplicationId(APPLICATION)
TODAY = date(2026, 11, 23)
TIERS = [{"up_to": "10", "unit_amount": "2"}, {"unit_amount": "0.0009"}]
GRADUATED = {"model": "graduated", "currency": "USD", "tiers": TIERS}


def file(device):
    return device.services.rule_files


def text_of(device, form="yaml"):
    return file(device).text(APP, form)


def actions(preview):
    return {change.name: change.action for change in preview.changes}


@pytest.fixture
def priced(device):
    """A desktop with two rules, one of them in a plan."""
    device.sync()
    pricing = device.services.pricing
    rule = pricing.publish(rule_draft("Tokens", price=GRADUATED), None)
    pricing.publish(rule_draft("Everything", "0.5"), None)
    plan = Plan("", APP, "Team", "For teams", (rule.rule_id,))
    device.services.plans.save_plan(plan, None)
    return device


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
@given(rules(QUANTITY_MODELS + EVENT_MODELS))
def test_every_model_survives_both_forms(price):
    terms = checked_terms(RuleDraft(APP, "R", price=price, effective_from=TODAY), TODAY)
    for form in FileFormat:
        text = written([rule_of(terms, RuleId("rule_1"))], [], form)
        found = read_rule_file(text.encode(), APP, TODAY)
        assert found.problems == ()
        assert found.rules[0].terms == terms
        again = written([rule_of(found.rules[0].terms, RuleId("rule_1"))], [], form)
        assert again == text


def test_same_rules_give_the_same_bytes_in_any_order():
    terms = checked_terms(RuleDraft(APP, "R", price=per_unit("1")), TODAY)
    one, two = (rule_of(terms, RuleId(name)) for name in ("rule_a", "rule_b"))
    for form in FileFormat:
        assert written([one, two], [], form) == written([two, one], [], form)


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_was_exported_changes_nothing(priced, form):
    found = file(priced).preview(APP, text_of(priced, form).encode())
    assert set(actions(found).values()) == {FileAction.UNCHANGED}
    before = text_of(priced)
    file(priced).take(APP, text_of(priced, form).encode())
    assert text_of(priced) == before


def test_file_is_yaml_a_person_can_edit(priced):
    tree = yaml.safe_load(text_of(priced))
    (tokens,) = (rule for rule in tree["rules"] if rule["name"] == "Tokens")
    assert tree["usageflow_pricing"] == "1"
    assert tokens["price"]["tiers"][1] == {"unit_amount": "0.0009"}
    assert tree["plans"][0]["rule_ids"] == [tokens["id"]]


def test_edited_file_shows_its_diff_first_and_then_publishes_what_changed(priced):
    edited = text_of(priced).replace("'0.0009'", "0.00070")
    found = file(priced).preview(APP, edited.encode())
    wanted = {"Tokens": "changed", "Everything": "unchanged", "Team": "unchanged"}
    assert actions(found) == wanted
    (diff,) = (change.diff for change in found.changes if change.diff)
    assert "-  - unit_amount: '0.0009'" in diff
    assert "+  - unit_amount: '0.0007'" in diff
    versions = priced.services.pricing.versions(APP)
    assert len(versions) == 2
    file(priced).take(APP, edited.encode())
    newest = max(priced.services.pricing.versions(APP), key=lambda one: one.version)
    assert (newest.version, newest.name) == (2, "Tokens")
    assert newest.price["tiers"][1] == {"unit_amount": "0.0007"}


def test_new_rule_is_found_by_its_name_the_next_time(priced):
    text = json.dumps({
        "usageflow_pricing": "1",
        "rules": [{"name": "Images", "price": per_unit("0.02")}],
    })  # fmt: skip
    assert actions(file(priced).take(APP, text.encode())) == {
        "Images": "new", "Everything": "left", "Tokens": "left", "Team": "left",
    }  # fmt: skip
    assert actions(file(priced).preview(APP, text.encode()))["Images"] == "unchanged"


def test_only_one_rule_of_a_file_is_published(priced):
    edited = text_of(priced).replace("'0.0009'", "'0.0007'").replace("'0.5'", "'0.6'")
    done = file(priced).take(APP, edited.encode(), only="Tokens")
    assert actions(done) == {"Tokens": "changed"}
    assert "'0.5'" in text_of(priced)
    with pytest.raises(InvalidInput, match="no such rule"):
        file(priced).take(APP, edited.encode(), only="Nothing")


def test_change_that_reaches_into_the_past_says_so(priced):
    today = priced.clock.now.date().isoformat()
    old = text_of(priced).replace("'0.5'", "'0.6'")
    assert [c.changes_past for c in file(priced).preview(APP, old.encode()).changes if c.diff] == [
        True
    ]
    new = old.replace("'2020-01-01'", f"'{today}'")
    assert not any(c.changes_past for c in file(priced).preview(APP, new.encode()).changes)


MISTAKES = """\
usageflow_pricing: "1"
rules:
  - name: Tokens
    price:
      model: graduated
      currency: USD
      tiers:
        - up_to: 10
          unit_amount: 0.01
        - up_to: 10
          unit_amount: 0.02
        - unit_amount: 0.03
  - name: ""
    price: {model: per_unit, currency: USD, unit_amount: 1}
  - name: Percent
    price: {model: percentage, currency: USD, rate: 101}
  - name: Field
    meter: moons
    price: {model: flat, currency: USD, amount: 1}
  - name: Extra
    prise: 3
    price: {model: flat, currency: USD, amount: 1}
  - name: Day
    effective_from: tomorrow
    price: {model: flat, currency: USD, amount: 1}
"""


def test_every_mistake_is_told_with_line_and_field_and_nothing_is_stored(priced):
    found = file(priced).preview(APP, MISTAKES.encode())
    assert found.changes == ()
    assert [(one.line, one.field) for one in found.problems] == [
        (10, "rules[0].price.tiers[1].up_to"),
        (13, "rules[1].name"),
        (16, "rules[2].price.rate"),
        (18, "rules[3].meter"),
        (21, "rules[4].prise"),
        (24, "rules[5].effective_from"),
    ]
    with pytest.raises(InvalidInput, match=r"Line 10, rules\[0\]\.price\.tiers\[1\]\.up_to: "):
        file(priced).take(APP, MISTAKES.encode())
    assert len(priced.services.pricing.versions(APP)) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "begins with usageflow_pricing"),
        (b"usageflow_pricing: 2", "begins with usageflow_pricing"),
        (b"a: [", "This is neither YAML nor JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"a: &x [1]\nb: *x", "aliases"),
        (b"a: !!python/object:os.system 1", "Tags"),
        (b"a: 1\na: 2", '"a" stands twice'),
        (b"[" * 5000 + b"]" * 5000, "too deeply"),
        (b'usageflow_pricing: "1"\nrules: 3', "A list is needed"),
        (b'usageflow_pricing: "1"\nrules: [3]', "An object is needed"),
        (b'usageflow_pricing: "1"\nplans: [{name: T, rule_ids: 3}]', "A list of rule ids"),
    ],
)
def test_what_is_no_pricing_file_is_refused_in_words(content, said):
    problems = read_rule_file(content, APP, TODAY).problems
    assert said in " ".join(one.message for one in problems)


def test_rule_that_stands_twice_is_refused():
    rule = {"id": "rule_1", "name": "A", "price": per_unit("1")}
    text = json.dumps({"usageflow_pricing": "1", "rules": [rule, rule]})
    (problem,) = read_rule_file(text.encode(), APP, TODAY).problems
    assert problem.field == "rules[1].id"


def test_number_without_quotes_keeps_every_digit():
    text = 'usageflow_pricing: "1"\nrules: [{name: A, price: {model: per_unit, currency: USD, '
    text += "unit_amount: 0.1234567890123456789}}]"
    (rule,) = read_rule_file(text.encode(), APP, TODAY).rules
    assert rule.terms.price == canonical_price(per_unit("0.1234567890123456789"))


def test_ten_thousand_tiers_are_refused_at_their_line():
    tiers = [{"up_to": str(n), "unit_amount": "1"} for n in range(1, 10_001)]
    rule = {"name": "A", "price": {"model": "graduated", "currency": "USD", "tiers": tiers}}
    text = json.dumps({"usageflow_pricing": "1", "rules": [rule]}, indent=1)
    (problem,) = read_rule_file(text.encode(), APP, TODAY).problems
    assert (problem.line, problem.field) == (9, "rules[0].price.tiers")


def test_window_exports_and_imports_a_file_by_its_ending(priced, tmp_path):
    service = file(priced)
    for name in ("rules.yaml", "rules.JSON"):
        path = tmp_path / name
        assert service.export_file(APP, str(path)) == 2
        assert set(actions(service.preview_file(APP, str(path))).values()) == {"unchanged"}
        assert set(actions(service.import_file(APP, str(path))).values()) == {"unchanged"}
    assert json.loads((tmp_path / "rules.JSON").read_text())["usageflow_pricing"] == "1"
    with pytest.raises(InvalidInput, match="could not be read"):
        service.preview_file(APP, str(tmp_path / "missing.yaml"))
    with pytest.raises(InvalidInput, match="could not be written"):
        service.export_file(APP, str(tmp_path / "no" / "folder.yaml"))
