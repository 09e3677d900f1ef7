"""Versions of the owner's policy, who agreed to which, and notices that tell of a change."""

import hashlib
from datetime import date, timedelta

import pytest

from contract.messages.privacy import LinksIssued, LinksRequest
from desktop.domain.errors import InvalidInput, ServiceUnreachable
from desktop.domain.privacy.policy import CampaignDraft, Standing
from desktop.domain.privacy.purposes import Purpose
from tests.fakes import APPLICATION, no_report
from tests.unit.privacy.website import Website

TODAY = date(2026, 6, 15)
JANE, OMAR, LI = "jane@example.org", "omar@example.net", "li@example.com"


@pytest.fixture
def policy(device):
    return device.services.privacy.policy


@pytest.fixture
def campaigns(device):
    return device.services.privacy.campaigns


def first(policy):
    return policy.publish(date(2024, 1, 1), "First text.", "The first one.", material=False)


def know(device, hosted, *addresses):
    """Customers whose identities are addresses, as the service seals them."""
    from contract.sealing import public_key_of, seal

    with device.services.vault.transaction() as db:
        public = public_key_of(device.services.identities._private_key(db))
    for number, address in enumerate(addresses):
        customer = f"cus_{number}"
        body = {
            "application_id": APPLICATION,
            "sealed": seal(public, APPLICATION, customer, address),
            "epoch": 1,
            "first_seen": "2026-06-01T00:00:00Z",
        }
        hosted.put("identity", customer, body)
    device.sync()


def letters(device):
    return device.services.mail.service.picture().letters


def test_publishing_is_one_step_with_text_day_and_history(policy, device):
    first(policy)
    lines = policy.publish(TODAY, "Second text.", "Shorter retention.", material=True)
    assert [line.standing for line in lines] == [Standing.IN_FORCE, Standing.SUPERSEDED]
    newest, oldest = (line.version for line in lines)
    assert newest.sha256 == hashlib.sha256(b"Second text.").hexdigest()
    assert newest.supersedes == oldest.version_id
    assert (newest.effective, oldest.effective) == (TODAY, date(2024, 1, 1))
    device.reopen()
    assert device.services.privacy.policy.history() == lines


def test_version_of_a_later_day_waits(policy, device):
    first(policy)
    (newest, _) = policy.publish(TODAY + timedelta(days=30), "Later.", "New.", material=False)
    assert newest.standing is Standing.SCHEDULED
    device.clock.forward(days=31)
    assert policy.history()[0].standing is Standing.IN_FORCE


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ((TODAY, "First text.", "x"), "text"),
        ((TODAY, "  ", "x"), "text"),
        ((TODAY, "New.", " "), "summary"),
        ((TODAY - timedelta(days=1), "New.", "x"), "effective"),
        ((date(2024, 1, 1), "New.", "x"), "effective"),
    ],
)
def test_version_that_cannot_be_is_refused_beside_its_field(policy, given, field):
    first(policy)
    with pytest.raises(InvalidInput, match="Nothing was") as caught:
        policy.publish(*given, material=False)
    assert caught.value.field == field
    assert len(policy.history()) == 1


def test_accounts_that_did_not_agree_to_a_material_change_are_listed(policy, device, hosted):
    know(device, hosted, JANE, OMAR, "user-without-address")
    assert policy.pending().addresses == ()
    policy.publish(TODAY, "Second text.", "Shorter.", material=True)
    version_id = policy.history()[0].version.version_id
    assert policy.pending().addresses == (JANE, OMAR)
    policy.accept(JANE.upper(), version_id, "signed in")
    assert policy.pending().addresses == (OMAR,)
    (acceptance,) = policy.accepted_by(JANE)
    assert (acceptance.version_id, acceptance.means) == (version_id, "signed in")
    assert policy.history()[0].accepted == 1
    assert "jane" not in str(device.query("SELECT * FROM privacy_records")).casefold()


def test_acceptance_of_nothing_is_refused(policy):
    with pytest.raises(InvalidInput) as caught:
        policy.accept(JANE, "none", "by letter")
    assert caught.value.field == "version_id"


def test_page_carries_the_day_of_the_version(policy, tmp_path):
    (line,) = first(policy)
    path = policy.write_page(line.version.version_id, str(tmp_path / "privacy.html"))
    page = (tmp_path / "privacy.html").read_text()
    assert path.endswith("privacy.html")
    assert "Last updated: 2024-01-01" in page
    with pytest.raises(InvalidInput):
        policy.write_page("none", str(tmp_path / "other.html"))


def test_website_is_given_each_version_once(policy, device, hosted):
    Website(hosted)
    told = []
    hosted.live["PUT", "/v1/privacy/policy"] = lambda request: told.append(request.content) or Empty
    first(policy)
    for _ in range(2):
        device.clock.forward(minutes=1)
        device.sync()
    assert len(told) == 1
    assert b"2024-01-01" in told[0]


class Empty:
    """Stands for an answer without content."""

    @staticmethod
    def model_dump_json():
        return "{}"


def test_preview_shows_the_letter_and_sends_nothing(campaigns, device):
    device.services.privacy.preferences.choose(OMAR, Purpose.NEWS, wanted=False)
    draft = CampaignDraft(Purpose.NEWS, "News of June", "We have news.\n\nRead on.")
    preview = campaigns.preview(draft, f"{JANE}\n{OMAR}\nnobody")
    assert preview.recipients == (JANE,)
    assert (preview.refused, preview.unreadable) == (1, 1)
    assert "We have news." in preview.text
    assert "opt-out" in preview.text, "news can be refused by a link"
    assert letters(device) == ()
    assert campaigns.listed() == ()


def test_material_change_goes_to_everyone_even_who_opted_out(campaigns, device):
    device.services.privacy.preferences.choose(OMAR, Purpose.NEWS, wanted=False)
    draft = CampaignDraft(Purpose.SERVICE_NOTICE, "Our policy changes", "From July on.")
    sent = campaigns.send(no_report, draft, f"{JANE}\n{OMAR}\n{JANE}")
    assert (sent.queued, sent.refused) == (2, 0)
    assert {letter.recipient for letter in letters(device)} == {JANE, OMAR}
    assert campaigns.listed() == (sent,)
    assert "jane" not in str(device.query("SELECT * FROM privacy_records")).casefold()


def test_news_carry_a_link_of_their_own_to_refuse_them(campaigns, device, hosted):
    asked = []

    def issue(request):
        body = LinksRequest.model_validate_json(request.content)
        asked.append(body)
        return LinksIssued(paths=tuple(f"/privacy/opt-out/{s}.news.x" for s in body.subjects))

    hosted.live["POST", "/v1/privacy/links"] = issue
    campaigns.send(no_report, CampaignDraft(Purpose.NEWS, "News", "Hello."), f"{JANE}\n{LI}")
    stored = str(device.query("SELECT text_part FROM mail_outbox"))
    assert all(f"/privacy/opt-out/{subject}.news.x" in stored for subject in asked[0].subjects)
    assert "jane" not in str(asked)


def test_news_without_a_way_to_refuse_them_are_not_sent(campaigns, device, hosted):
    hosted.online = False
    with pytest.raises(ServiceUnreachable):
        campaigns.send(no_report, CampaignDraft(Purpose.NEWS, "News", "Hello."), JANE)
    assert letters(device) == ()


def test_campaign_to_nobody_is_refused(campaigns):
    with pytest.raises(InvalidInput) as caught:
        campaigns.send(no_report, CampaignDraft(Purpose.SECURITY, "Breach", "Read this."), "\n")
    assert caught.value.field == "contacts"
    with pytest.raises(InvalidInput) as caught:
        campaigns.preview(CampaignDraft(Purpose.SECURITY, "", "Read this."), JANE)
    assert caught.value.field == "subject"


def test_known_addresses_are_those_of_accounts(campaigns, device, hosted):
    know(device, hosted, JANE, "user-7", LI)
    assert campaigns.known_addresses() == (JANE, LI)
