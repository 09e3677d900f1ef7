"""What the owner wrote about a person is rewritten, whole words only; the rest stays as it was."""

from datetime import date

import pytest

from desktop.domain.keys import KeyDetails
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import Customer, ErasedCustomer, Fate
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import Question
from desktop.domain.usage_views import UsageView
from desktop.services.storage import erased_words
from tests.fakes import APPLICATION, no_report
from tests.unit.privacy.test_erasing import (
    JANE,
    MATCH,
    ask,
    erase,
    erasure_of,
    full,  # noqa: F401 - a fixture
    holds_of,
)

ADDRESS = "jane@example.org"
GONE = "gone_1"


def rewritten(full, text, name="Jane Doe"):  # noqa: F811
    """A text of the owner after somebody of this name was erased."""
    full.hosted.put("customer", JANE, {"application_id": APPLICATION, "name": name})
    full.sync()
    people = [ErasedCustomer(APPLICATION, JANE, GONE)]
    with full.services.vault.reading() as db:
        return erased_words.rewriting(db, people, lambda text: text.lower() == ADDRESS)(text)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (f"Jane Doe, JANE DOE and {JANE}.", f"{GONE}, {GONE} and {GONE}."),
        ("Jane Does it; Janet Doe", "Jane Does it; Janet Doe"),
        (f"{JANE}_2", f"{JANE}_2"),
        ("Ask Jane@Example.org, not omar@example.net.", "Ask [erased], not omar@example.net."),
        ("Nobody", "Nobody"),
    ],
)
def test_only_whole_words_of_the_person_are_replaced(full, text, after):  # noqa: F811
    assert rewritten(full, text) == after


@pytest.mark.parametrize(
    ("name", "text", "after"),
    [
        ("Zoë Großmann", r'["Zo\u00eb Gro\u00dfmann"]', f'["{GONE}"]'),
        ("Zoë Großmann", "zoë großmann's key", f"{GONE}'s key"),
        ("李明", "与李明的合同", f"与{GONE}的合同"),
        ("A.*", "A.* and Abc", f"{GONE} and Abc"),
        ("A", "A text", "A text"),
        ("", "A text", "A text"),
    ],
)
def test_names_of_every_script_are_found(full, name, text, after):  # noqa: F811
    assert rewritten(full, text, name) == after


def add_key(device, name):
    details = KeyDetails(name, f"Of Jane Doe, {ADDRESS}", tags=("Jane Doe", "test"))
    return device.services.api_keys.add_key(details, "sk_live_0123456789abcdef").key_id


def test_dry_run_counts_the_texts_and_the_erasure_rewrites_them(full):  # noqa: F811
    key_id = add_key(full, "Jane Doe's key")
    request_id = ask(full)
    plan = erasure_of(full).plan(no_report, request_id, (MATCH,), keeps_blocks=False)
    (line,) = [line for line in plan.lines if line.what == "secrets"]
    assert (line.fate, line.rows) == (Fate.ANONYMIZE, 3)
    erase(full, request_id)
    (key,) = [one for one in full.services.api_keys.list_keys() if one.key_id == key_id]
    assert key.name.startswith("gone_")
    assert key.note.endswith(", [erased]")
    assert key.tags[1] == "test"
    assert "Jane" not in repr(key)
    assert full.services.api_keys.reveal(key_id) == "sk_live_0123456789abcdef"


def test_name_of_a_key_with_a_copy_in_the_keyring_stays(full):  # noqa: F811
    key_id = add_key(full, "Jane Doe's key")
    with full.services.vault.transaction() as db:
        db.execute("UPDATE secrets SET in_keyring = 1 WHERE secret_id = ?", (key_id,))
    erase(full)
    ((name, note),) = full.query("SELECT name, note FROM secrets WHERE in_keyring")
    assert name == "Jane Doe's key"
    assert "Jane" not in note


def test_views_whose_names_become_the_same_both_stay(full):  # noqa: F811
    view = UsageView(Question(DateRange(date(2026, 6, 1), date(2026, 6, 2))))
    for name in ("Jane Doe", JANE):
        full.services.explorer.save_view(APPLICATION, name, view)
    erase(full)
    names = [name for (name,) in full.query("SELECT name FROM saved_views")]
    assert len(names) == 2
    assert all(name.startswith("gone_") for name in names)


def test_hold_on_the_account_keeps_the_texts_too(full):  # noqa: F811
    add_key(full, "Jane Doe's key")
    holds_of(full).place(Customer(APPLICATION, JANE), Category.ACCOUNT, "Dispute", "", None)
    erase(full)
    assert "Jane Doe" in repr(full.query("SELECT name, note, tags FROM secrets"))
