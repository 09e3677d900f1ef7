"""A person's file tells nothing of other people that nobody decided to leave in."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.messages.traces import Trace
from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.kinds import Channel, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.services.privacy import collecting, redacting
from desktop.services.privacy.covering import Cover, Decisions, Reason
from desktop.services.privacy.package import writing
from desktop.services.privacy.package.datasets import Dataset, Field, Kind, Prose
from desktop.services.privacy.redacting import cover_of, covered, look
from tests.fakes import APPLICATION, NOON, no_report
from tests.unit.privacy.test_privacy_packages import command, full, inner

__all__ = ["command", "full"]
OWN = ("cus_jane", "Jane Doe", "jane@example.org")
OTHERS = ("cus_omar", "Omar Haddad", "omar@example.net", "Li")
PLEASE = "Omar Haddad (omar@example.net, +44 20 7946 0958) and I, jane@example.org, share a key."


def texts(*values, prose=Prose.TEXT):
    fields = (Field("id", Kind.TEXT, "Id."), Field("text", Kind.TEXT, "Words.", prose))
    rows = [("cus_jane", value) for value in values]
    return Dataset("notes", "Notes", Category.SUPPORT, fields, lambda: iter(rows))


def looked(dataset, decisions=None, own=OWN, others=OTHERS):
    cover = cover_of((dataset,), own, others, decisions or Decisions(), no_report)
    out = [text for _, text in covered(dataset, cover).rows()]
    return out, look((dataset,), cover, no_report)


def test_others_are_covered_and_the_person_is_not():
    (out,), found = looked(texts(PLEASE))
    assert out == (
        "[another customer] ([another customer], [phone number]) and I, jane@example.org, "
        "share a key."
    )
    assert [(one.text, one.reason) for one in found.proposals] == [
        ("Omar Haddad", Reason.CUSTOMER),
        ("omar@example.net", Reason.CUSTOMER),
        ("+44 20 7946 0958", Reason.PHONE),
    ]
    assert {(one.dataset, one.field) for one in found.proposals} == {("notes", "text")}


def test_what_is_kept_stays_and_what_is_marked_goes():
    decisions = Decisions(kept=("OMAR HADDAD",), marked=("a key",))
    (out,), found = looked(texts(PLEASE), decisions)
    assert out.startswith("Omar Haddad ([another customer]")
    assert out.endswith("share [marked by the owner].")
    assert {one.reason: one.count for one in found.counts} == {
        "another customer": 1, "phone number": 1, "marked by the owner": 1,
    }  # fmt: skip


def test_address_of_a_stranger_is_found():
    (out,), found = looked(texts("Ask kim.b+x@mail.example.com"))
    assert out == "Ask [e-mail address]"
    assert [one.reason for one in found.proposals] == [Reason.EMAIL]


@pytest.mark.parametrize("text", ["STRASSE", "straße", "Strasse"])
def test_letters_that_grow_by_their_case_hide_nobody(text):
    assert looked(texts(text), others=("Straße",))[0] == ["[another customer]"]


@pytest.mark.parametrize(
    "text",
    [
        "lodash@4 and @angular/core, 2026-06-20T10:00:00+02:00", "order 4111-22 of 1718870400000",
        "Liberty", "Cus_omariana", "1+1 = 2",
    ],
)  # fmt: skip
def test_ordinary_words_and_figures_stay(text):
    assert looked(texts(text))[0] == [text]


def test_json_stays_json_and_keys_are_covered_too():
    body = {"omar@example.net": ['by "Omar Haddad"\nkim@example.com', 4, None, True]}
    (out,), _ = looked(texts(json.dumps(body), prose=Prose.JSON))
    assert json.loads(out) == {
        "[another customer]": ['by "[another customer]"\n[e-mail address]', 4, None, True]
    }


def test_fields_that_hold_no_words_are_passed_as_they_are():
    dataset = texts("Omar Haddad", prose=Prose.NONE)
    cover = cover_of((dataset,), OWN, OTHERS, Decisions(), no_report)
    assert covered(dataset, cover) is dataset
    assert look((dataset,), cover, no_report).counts == ()


def test_list_has_an_end_and_the_covering_has_none(monkeypatch):
    monkeypatch.setattr(redacting, "LISTED", 2)
    out, found = looked(texts(*(f"a{number}@example.com" for number in range(5))))
    assert out == ["[e-mail address]"] * 5
    assert len(found.proposals) == 2
    assert found.counts[0].count == 5


def test_hostile_text_costs_no_more_than_its_length():
    text = "a." * 25_000 + "@" * 1000
    assert looked(texts(text))[0] == [text]


names = st.text(st.characters(categories=("L", "N"), max_codepoint=0x24F), min_size=3, max_size=9)


@settings(max_examples=80, deadline=None)
@given(st.lists(names, min_size=1, max_size=4, unique=True), st.lists(names, max_size=5), st.data())
def test_no_name_of_another_is_a_word_of_the_file(others, words, data):
    mixed = data.draw(st.permutations([*others, *words, "cus_jane"]))
    dataset = texts(json.dumps({"said": " ".join(mixed)}), prose=Prose.JSON)
    (out,), _ = looked(dataset, others=others)
    left = json.loads(out)["said"]
    for reason in Reason:
        left = left.replace(f"[{reason.value}]", "")
    assert not {one.casefold() for one in others} & set(left.casefold().split())
    assert "cus_jane" in left


@pytest.fixture(autouse=True)
def _short_letter(monkeypatch):
    monkeypatch.setattr(writing, "letter_pdf", lambda *_: b"%PDF-1.7 a letter")


def asked(device):
    person = Person("Jane Doe", "jane@example.org")
    new = NewRequest(RequestKind.ACCESS, Channel.EMAIL, NOON, "UTC", person, PLEASE)
    return device.services.privacy_requests.log_request(new).line.request_id


def test_nothing_is_written_before_the_second_look(full, tmp_path):
    packages, request_id = full.services.privacy_packages, asked(full)
    matches = packages.find_person(no_report, request_id).matches
    path = tmp_path / "jane.zip"
    with pytest.raises(InvalidInput, match="name other people") as caught:
        packages.build(no_report, request_id, matches, str(path))
    assert (caught.value.field, path.exists()) == ("redactions", False)
    found = packages.third_parties(no_report, request_id, matches, ("share",))
    assert {one.text for one in found.proposals} == {
        "Omar Haddad", "omar@example.net", "+44 20 7946 0958", "share",
    }  # fmt: skip
    made = packages.build(no_report, request_id, matches, str(path), "", Decisions())
    archive = inner(made.path, made.passphrase)
    everything = b"".join(archive.read(name) for name in archive.namelist())
    for other in (b"Omar", b"cus_omar", b"cus_li", b"7946"):
        assert other not in everything
    redactions = json.loads(archive.read("manifest.json"))["redactions"]
    assert {(r["dataset"], r["reason"], r["count"]) for r in redactions} == {
        ("privacy_requests", "another customer", 1), ("privacy_requests", "e-mail address", 1),
        ("privacy_requests", "phone number", 1),
    }  # fmt: skip


def test_identity_of_another_in_the_settings_of_a_person_is_found(full, hosted):
    body = {"application_id": APPLICATION, "customer_id": "cus_jane",
            "method": "GET", "url": "/v1", "reason": "as cus_omar"}  # fmt: skip
    hosted.put("block", "blo_1", body)
    full.sync()
    packages, request_id = full.services.privacy_packages, asked(full)
    matches = packages.find_person(no_report, request_id).matches
    found = packages.third_parties(no_report, request_id, matches, ())
    assert ("blocks", "content", "cus_omar") in {
        (one.dataset, one.field, one.text) for one in found.proposals
    }


def test_script_is_refused_until_it_says_what_to_cover(full, request, tmp_path):
    asked(full)
    run = request.getfixturevalue("command")
    path = tmp_path / "jane.zip"
    export = ("export", "--request", "PR-0001", "--out", str(path), "--json")
    status, said = run(*export)
    assert (status, path.exists()) == (1, False)
    assert "Omar Haddad" in {one["text"] for one in json.loads(said.out)["undecided"]}
    for choice, is_there in (("all", False), ("none", True)):
        status, said = run(*export, "--redact", choice)
        made = json.loads(said.out)
        lines = inner(made["path"], made["passphrase"]).read("data/privacy_requests.ndjson")
        assert (status, b"Omar Haddad" in lines) == (0, is_there)


CALL_OF_JANE = {
    "trace_id": "1-omar", "application_id": "app", "endpoint_id": "end_0",
    "customer_id": "cus_jane", "method": "GET", "url": "/x", "at": "2026-06-20T10:00:00Z",
    "state": "settled", "units": "1", "functions": [],
    "detail": {"agent": "curl", "note": "nothing"},
}  # fmt: skip


def calls(*details):
    bodies = [json.dumps(CALL_OF_JANE | {"detail": one}) for one in details]
    fields = (Field("content", Kind.TEXT, "Call.", Prose.JSON, collecting.CALL),)
    return Dataset("calls", "Calls", Category.TECHNICAL, fields, lambda: [(b,) for b in bodies])


def masked(dataset, others=OTHERS, decisions=None):
    cover = cover_of((dataset,), OWN, others, decisions or Decisions(), no_report)
    out = [json.loads(row[0])["detail"] for row in covered(dataset, cover).rows()]
    return out, look((dataset,), cover, no_report).counts


def test_keys_of_a_call_are_those_of_the_contract():
    assert collecting.CALL.facts | collecting.CALL.words == set(Trace.model_fields)


def test_words_of_a_call_are_covered_and_its_facts_stay():
    dataset = calls({"note": "by Omar Haddad"}, {"note": "nothing"}, {"omar@example.net": 1})
    assert masked(dataset)[0] == [
        {"note": "by [another customer]"}, {"note": "nothing"}, {"[another customer]": 1},
    ]  # fmt: skip
    assert masked(calls({"note": "x"}), others=("settled", "omar"))[1] == ()


def test_key_that_nobody_knows_is_looked_at():
    body = json.dumps(CALL_OF_JANE | {"newer": "Omar Haddad"})
    dataset = replace(calls(), rows=lambda: [(body,)])
    cover = cover_of((dataset,), OWN, OTHERS, Decisions(), no_report)
    ((out,),) = covered(dataset, cover).rows()
    assert json.loads(out)["newer"] == "[another customer]"


def test_name_is_found_again_after_many_rows_that_are_alike():
    details = [{"note": "as ever"}] * 1500 + [{"note": "Omar Haddad"}, {"note": "as ever"}] * 900
    out, counts = masked(calls(*details))
    assert [one["note"] for one in out[1500:]] == ["[another customer]", "as ever"] * 900
    assert counts[0].count == 900


@pytest.mark.parametrize(
    "written", ["Om\\u0061r Haddad", "x\\nOmar Haddad", "omar\\u0040example.net"]
)
def test_names_behind_escapes_are_found(written):
    body = json.dumps(CALL_OF_JANE).replace("nothing", written)
    dataset = replace(calls(), rows=lambda: [(body,)])
    cover = cover_of((dataset,), OWN, OTHERS, Decisions(), no_report)
    ((out,),) = covered(dataset, cover).rows()
    assert "[another customer]" in json.loads(out)["detail"]["note"]


def test_half_of_a_pair_beside_a_mask_can_be_written():
    body = json.dumps(CALL_OF_JANE | {"url": "\ud83d Omar Haddad"})
    dataset = replace(calls(), rows=lambda: [(body,)])
    cover = cover_of((dataset,), OWN, OTHERS, Decisions(), no_report)
    ((out,),) = covered(dataset, cover).rows()
    assert json.loads(out.encode())["url"] == "\ud83d [another customer]"


def test_nobody_is_looked_for_where_nothing_can_be_found():
    dataset = calls({"note": "nothing"})
    cover = cover_of((dataset,), OWN, OTHERS, Decisions(), no_report)
    assert covered(dataset, cover) is dataset
    marked = Decisions(marked=("NOTHI",))
    assert masked(dataset, decisions=marked)[0] == [{"note": "[marked by the owner]ng"}]


PIECES = st.sampled_from(
    ["Omar Haddad", "OMAR HADDAD", "Omar", "omar@example.net", "jane@example.org", "@",
     "+44 20 7946",
     "(555) 123-4567", "***", "\u0130lker", "ilker", "\\", '"', "\n", "\u00e9", " ", ",", "x", "7"]
)  # fmt: skip
NOTES = st.lists(st.lists(PIECES, max_size=5).map("".join), max_size=6)


@settings(max_examples=150, deadline=None)
@given(NOTES, st.sampled_from([(), ("mar",), ("\u0130",)]), st.booleans())
def test_quick_look_misses_nothing_that_the_close_one_covers(notes, marked, is_json):
    others = ("Omar Haddad", "omar@example.net", "\u0130lker", "***")
    dataset = calls(*({"note": one} for one in notes)) if is_json else texts(*notes)
    decisions = Decisions(marked=marked)
    cover = cover_of((dataset,), OWN, others, decisions, no_report)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cover, "suspects", lambda *_: True)
        close = Cover(OWN, others, decisions)
        expected = list(covered(dataset, close).rows())
    assert list(covered(dataset, cover).rows()) == expected
