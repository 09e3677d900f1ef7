"""The sign-in provider as a processor: it has accounts of members, and nothing of API callers.

UsageFlow signs people in there and has no right to change or delete an account, so a member's
account is named as kept there; whoever is no member was never told to it from here.
"""

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from desktop.domain.errors import AppError, Cancelled, ServiceRefused
from desktop.domain.privacy.erasure import Place, ProcessorResult, ProcessorState
from desktop.domain.sign_in import Provider, ProviderKind
from desktop.services.privacy.erasing.processors import Corrected, ProcessorSubject
from desktop.services.storage import sign_in

if TYPE_CHECKING:
    from desktop.services.link import ServiceLink
    from desktop.services.storage.vault import Vault

MEMBERS: Final = "/v1/members"
UNTIL: Final = "it is deleted there"
UNSEEN: Final = " This token may not see the members of the service: whether they are one is open."
NAMES: Final = {ProviderKind.GOOGLE: "Google", ProviderKind.AUTH0: "Auth0"}


class SignInProcessor:
    """The provider at which this workspace's members sign in."""

    place = Place.SIGN_IN

    def __init__(self, vault: "Vault", link: "ServiceLink") -> None:
        self._vault = vault
        self._link = link

    def is_connected(self) -> bool:
        """Whether a provider is set up. Raises: VaultError."""
        return self._provider().is_set_up

    def preview(self, subject: ProcessorSubject) -> ProcessorResult:
        return self._standing(subject, "delete it")

    def erase(self, subject: ProcessorSubject, _key: str) -> ProcessorResult:
        return self._standing(subject, "delete it")

    def correct(
        self, subject: ProcessorSubject, _corrected: Corrected, _key: str
    ) -> ProcessorResult:
        return self._standing(subject, "correct it")

    def _standing(self, subject: ProcessorSubject, what: str) -> ProcessorResult:
        """What the provider has of the person, as far as that can be told from here."""
        name = provider_name(self._provider())
        try:
            members, unseen = self._members()
        except Cancelled:
            raise
        except AppError as error:
            return ProcessorResult(self.place, ProcessorState.UNREACHABLE, str(error))
        if not members.isdisjoint(email.casefold() for email in subject.emails):
            detail = (
                f"{name} has the account with which this person signs in as a member. UsageFlow "
                f"may not change it: the person, or who runs the tenant, has to {what} there."
            )
            return ProcessorResult(self.place, ProcessorState.KEPT, detail, UNTIL)
        detail = f"{name} has accounts of members alone; nothing of this person went there."
        return ProcessorResult(self.place, ProcessorState.DONE, detail + unseen)

    def _members(self) -> tuple[set[str], str]:
        """Names and addresses of members in small letters, and what could not be seen.

        Raises: ServiceUnreachable, VaultError.
        """
        from contract.messages.members import MembersPage  # not for the window to load

        with self._vault.reading() as db:
            mine = sign_in.read(db).signed_in
        known = {mine.email.casefold(), mine.name.casefold()} - {""}
        with self._link.client() as client:
            if client is None:
                return known, ""
            try:
                rows = client.ask("GET", MEMBERS, MembersPage).rows
            except ServiceRefused:
                return known, UNSEEN
        return known | {row.name.casefold() for row in rows}, ""

    def _provider(self) -> Provider:
        with self._vault.reading() as db:
            return sign_in.read(db).signed_in.provider


def provider_name(provider: Provider) -> str:
    """What a provider is called, with its host where that tells which one."""
    host = urlsplit(provider.issuer).hostname or provider.issuer
    if provider.kind is ProviderKind.GOOGLE:
        return NAMES[provider.kind]
    name = NAMES.get(provider.kind)
    return host if name is None else f"{name} ({host})"


def connected_sign_in(vault: "Vault", link: "ServiceLink") -> "tuple[SignInProcessor, ...]":
    """The sign-in provider of the workspace, if there is one. Raises: VaultError."""
    found = SignInProcessor(vault, link)
    return (found,) if found.is_connected() else ()
