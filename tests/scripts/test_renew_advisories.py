"""The list of known defects is made from what the database answers, whole or not at all."""

import json
import sys
from datetime import date
from pathlib import Path

import httpx
import msgspec
import pytest

from desktop.services.privacy.advisories import Advisories

SCRIPTS = Path(__file__).parents[2] / "scripts"
TODAY = date(2026, 11, 23)


def told(number, *events, name="Jinja2", aliases=(), **more):
    span = {"type": "ECOSYSTEM", "events": list(events)}
    package = {"ecosystem": "PyPI", "name": name}
    affected = [{"package": package, "ranges": [span, {"type": "GIT", "events": []}]}]
    return {"id": number, "aliases": list(aliases), "affected": affected, **more}


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import renew_advisories

    yield renew_advisories
    sys.modules.pop("renew_advisories", None)


@pytest.fixture
def answering():
    """A client whose database answers with these pages, by library."""

    def client(**pages):
        def answer(request):
            asked = json.loads(request.content)
            found = pages.get(asked["package"]["name"], [[]])
            number = int(asked.get("page_token") or 0)
            more = {"next_page_token": str(number + 1)} if number + 1 < len(found) else {}
            return httpx.Response(200, json={"vulns": found[number], **more})

        return httpx.Client(transport=httpx.MockTransport(answer))

    return client


def test_list_has_each_range_of_each_defect_under_its_cve_number(script, answering):
    events = ({"introduced": "0"}, {"fixed": "2.1"}, {"introduced": "3.0"}, {"fixed": "3.1.6"})
    defect = told("GHSA-1", *events, aliases=("PYSEC-1", "CVE-2025-1"))
    made = script.renewed(answering(jinja2=[[defect]]), ["Jinja2", "h11"], TODAY)
    assert (made["as_of"], made["looked_up"]) == ("2026-11-23", ["h11", "jinja2"])
    assert [(one["introduced"], one["fixed_in"]) for one in made["advisories"]] == [
        ("", "2.1"), ("3.0", "3.1.6"),
    ]  # fmt: skip
    assert {one["id"] for one in made["advisories"]} == {"CVE-2025-1"}
    read = msgspec.convert(made, Advisories)
    assert read.source == "api.osv.dev"


def test_defect_without_an_end_has_no_version_that_mends_it(script, answering):
    open_end = told("PYSEC-2", {"introduced": "1.0"}, {"last_affected": "1.4"})
    (one,) = script.renewed(answering(jinja2=[[open_end]]), ["jinja2"], TODAY)["advisories"]
    assert (one["id"], one["introduced"], one["fixed_in"]) == ("PYSEC-2", "1.0", "")


def test_withdrawn_defects_and_those_of_others_are_left_out(script, answering):
    gone = told("GHSA-3", {"introduced": "0"}, withdrawn="2026-01-01T00:00:00Z")
    other = told("GHSA-4", {"introduced": "0"}, name="another")
    made = script.renewed(answering(jinja2=[[gone, other]]), ["jinja2"], TODAY)
    assert made["advisories"] == []


def test_every_page_is_read_and_one_without_an_end_is_refused(script, answering):
    pages = [[told(f"GHSA-{number}", {"introduced": "0"})] for number in range(3)]
    made = script.renewed(answering(jinja2=pages), ["jinja2"], TODAY)
    assert len(made["advisories"]) == 3
    with pytest.raises(ValueError, match="no end"):
        script.renewed(answering(jinja2=[[]] * 40), ["jinja2"], TODAY)


def test_list_stays_as_it_is_where_the_database_cannot_be_asked(
    script, monkeypatch, tmp_path, capsys
):
    def away(request):
        raise httpx.ConnectError("no route", request=request)

    out = tmp_path / "advisories.json"
    out.write_text("as it was")
    client = httpx.Client(transport=httpx.MockTransport(away))
    monkeypatch.setattr(script.httpx, "Client", lambda **_: client)
    assert script.main(["--out", str(out)]) == 1
    assert out.read_text() == "as it was"
    assert "as it was" in capsys.readouterr().err


def test_list_is_written_when_every_library_was_answered(
    script, answering, monkeypatch, tmp_path, capsys
):
    out = tmp_path / "advisories.json"
    client = answering()
    monkeypatch.setattr(script.httpx, "Client", lambda **_: client)
    assert script.main(["--out", str(out)]) == 0
    read = msgspec.convert(json.loads(out.read_text()), Advisories)
    assert "cryptography" in read.looked_up
    assert "libraries" in capsys.readouterr().out
