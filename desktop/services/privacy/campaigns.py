"""Notices to many people: looked at first, then queued once each, with a way to refuse them."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.mail import Letter, MailPurpose, checked_line
from desktop.domain.privacy.policy import Campaign, CampaignDraft, CampaignPreview
from desktop.domain.privacy.purposes import ESSENTIAL, ContactList, Purpose
from desktop.services.calls import Report, callable_from_window
from desktop.services.mail.templates import Announcement, letter_of
from desktop.services.privacy.checking import required
from desktop.services.privacy.references import reference
from desktop.services.storage import privacy_audit
from desktop.services.storage.privacy_records import Records

if TYPE_CHECKING:
    from desktop.services.link import ServiceLink
    from desktop.services.mail.outbox import MailOutbox
    from desktop.services.privacy.accounts import AccountAddresses
    from desktop.services.privacy.preferences import PreferenceService
    from desktop.services.storage.vault import Vault

CAMPAIGNS: Final = Records("campaign", Campaign)
LINKS_AT_ONCE: Final = 500
MAIL_PURPOSES: Final = {
    Purpose.SERVICE_NOTICE: MailPurpose.POLICY_CHANGE,
    Purpose.SECURITY: MailPurpose.SERVICE,
    Purpose.RECEIPTS: MailPurpose.SERVICE,
}
"""Everything else is news, and held back from whoever objects even after it was queued."""
SAMPLE_ADDRESS: Final = "reader@example.com"
SAMPLE_LINK: Final = "https://example.com/privacy/opt-out/…"


class CampaignService:
    """The vault must be open. Any thread."""

    def __init__(
        self,
        vault: "Vault",
        link: "ServiceLink",
        parts: "tuple[MailOutbox, PreferenceService, AccountAddresses]",
        new_id: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._link = link
        self._outbox, self._preferences, self._accounts = parts
        self._new_id = new_id
        self._clock = clock

    @callable_from_window
    def listed(self) -> tuple[Campaign, ...]:
        """Every notice that was sent, the newest first."""
        with self._vault.reading() as db:
            found = CAMPAIGNS.everything(db).values()
        return tuple(sorted(found, key=lambda one: one.sent_at, reverse=True))

    @callable_from_window
    def known_addresses(self) -> tuple[str, ...]:
        """Addresses of accounts that this vault can open."""
        with self._vault.reading() as db:
            return self._accounts.addresses(db)

    @callable_from_window
    def preview(self, draft: CampaignDraft, contacts: str) -> CampaignPreview:
        """A dry run: the letter, who would get it, who would not. Nothing is queued or sent.

        Args:
            draft: what would be sent.
            contacts: one address a line.

        Raises: InvalidInput (field `subject` or `letter`), VaultError.
        """
        draft = _checked(draft)
        found = self._preferences.check_contacts(contacts, draft.purpose)
        first = found.may_be_written_to[0] if found.may_be_written_to else SAMPLE_ADDRESS
        letter = _letter(draft, first, "" if draft.purpose in ESSENTIAL else SAMPLE_LINK)
        return CampaignPreview(
            letter.subject, letter.text, found.may_be_written_to, found.refused, found.unreadable
        )

    @callable_from_window
    def send(self, report: Report, draft: CampaignDraft, contacts: str) -> Campaign:
        """Queue a letter to each person who may be written to; all of them, or none.

        Raises: InvalidInput (field `subject`, `letter` or `contacts`), ServiceUnreachable (links to
            refuse what is not essential come from the service; nothing was queued), VaultError.
        """
        draft = _checked(draft)
        found = self._preferences.check_contacts(contacts, draft.purpose)
        if not found.may_be_written_to:
            raise InvalidInput(
                "Nothing was sent: nobody of this list may be written to.", field="contacts"
            )
        links = self._links(draft, found)
        campaign_id, now = self._new_id(), self._clock()
        with self._vault.transaction() as db:
            queued = 0
            for number, address in enumerate(found.may_be_written_to, start=1):
                once = f"campaign:{campaign_id}:{reference(self._vault, address).hex()}"
                letter = _letter(draft, address, links.get(address, ""))
                queued += self._outbox.put(db, letter, once) is not None
                report(number, len(found.may_be_written_to))
            campaign = Campaign(campaign_id, draft, now, queued, found.refused)
            CAMPAIGNS.put(db, campaign_id, campaign, now)
            facts = {"purpose": draft.purpose, "queued": queued, "refused": found.refused}
            privacy_audit.append(db, now, "campaign", campaign_id, facts)
        self._outbox.wake()
        return campaign

    def _links(self, draft: CampaignDraft, found: ContactList) -> dict[str, str]:
        """The link of each address that refuses the purpose; none where nobody can refuse."""
        if draft.purpose in ESSENTIAL:
            return {}
        from contract.messages.privacy import LinksIssued, LinksRequest

        addresses, links = found.may_be_written_to, dict[str, str]()
        connection = self._link.connection()
        base = connection.url.rstrip("/") if connection else ""
        with self._link.service() as client:
            for start in range(0, len(addresses), LINKS_AT_ONCE):
                some = addresses[start : start + LINKS_AT_ONCE]
                subjects = [reference(self._vault, address).hex() for address in some]
                body = LinksRequest.model_validate(
                    {"subjects": tuple(subjects), "purpose": draft.purpose.value}
                )
                issued = client.ask("POST", "/v1/privacy/links", LinksIssued, body=body)
                paths = zip(some, issued.paths, strict=True)
                links |= {address: base + path for address, path in paths}
        return links


def _checked(draft: CampaignDraft) -> CampaignDraft:
    checked_line(required(draft.subject, "subject"), "subject")
    required(draft.text, "letter")
    return draft


def _letter(draft: CampaignDraft, address: str, link: str) -> Letter:
    text = draft.text if not link else f"{draft.text}\n\nNo more messages of this kind: {link}"
    purpose = MAIL_PURPOSES.get(draft.purpose, MailPurpose.NEWS)
    return letter_of(purpose, address, Announcement(draft.subject, draft.subject, text))
