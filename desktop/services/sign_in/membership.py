"""The workspace as a member of its service: joined by a sign-in, renewed, and ended."""

from __future__ import annotations

import platform
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from contract.messages.members import MemberChange, MemberRequest, SessionRequest
from contract.terms import Role
from desktop.domain.errors import (
    AppError,
    InvalidInput,
    ServiceUnreachable,
    SignInNeeded,
    SignInUnreachable,
)
from desktop.domain.mail import checked_address, checked_line
from desktop.domain.members import (
    DeviceId,
    Invitation,
    Member,
    MemberDevice,
    MemberId,
    MembersPicture,
)
from desktop.domain.sign_in import SignedIn, SignedOut
from desktop.services.addresses import checked_url
from desktop.services.calls import callable_from_window
from desktop.services.storage import sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from contract.messages.members import DevicesPage, MemberInfo, SessionStarted
    from desktop.services.connection import ConnectionService
    from desktop.services.link import ServiceLink
    from desktop.services.secret_store import SecretStore
    from desktop.services.sign_in.keeping import SignInService
    from desktop.services.storage.vault import Vault

RENEWED_BEFORE: Final = timedelta(days=6)
"""A session of seven days is renewed once a day, so that a week without a network costs nothing."""
MAX_NAME: Final = 200


class MembershipService:
    """Needs the open vault. Any thread."""

    def __init__(
        self,
        store: tuple[Vault, SecretStore],
        sign_in_service: SignInService,
        link: ServiceLink,
        connection: ConnectionService,
        clock: Callable[[], datetime],
    ) -> None:
        """`store` is the vault, and what keeps secrets in it."""
        self._vault, self._secrets = store
        self._sign_in = sign_in_service
        self._link = link
        self._connection = connection
        self._clock = clock

    @callable_from_window
    def join(self, url: str) -> SignedIn:
        """Use a service as the member who is signed in, in place of a token of the service.

        Args:
            url: its address; empty for the service this workspace is connected to.

        Raises: InvalidInput (field `url`), SignInNeeded, SignInFailed, SignInUnreachable,
            ServiceUnreachable, ServiceRefused (no member there), VaultError; the workspace is
            connected as before.
        """
        stored = self._link.connection()
        if not url.strip() and stored is None:
            raise InvalidInput(
                "Write the address of the service. Nothing was changed.", field="url"
            )
        address = checked_url(url) if url.strip() else stored.url if stored else ""
        with self._vault.reading() as db:
            known = sign_in.read(db).signed_in.device_id
        is_same = stored is not None and stored.url == address
        session = self._begin(address, known if known and is_same else None)
        self._connection.use_remote(address, session.token)
        self._note(session)
        return self._sign_in.status()

    @callable_from_window
    def sign_out(self) -> SignedOut:
        """Sign this device out at the service and at the provider, as far as they can be reached.

        Raises: VaultError.
        """
        with self._vault.reading() as db:
            device_id = sign_in.read(db).signed_in.device_id
        told_service = bool(device_id) and self._told(device_id)
        done = self._sign_in.sign_out()
        return SignedOut(done.told_provider, told_service)

    def renew_if_due(self) -> None:
        """Renew the session once a day while the provider can be reached; asks nobody anything.

        Raises: ServiceRefused, SignInFailed, VaultError.
        """
        with self._vault.reading() as db:
            stored = sign_in.read(db)
        signed_in, ends = stored.signed_in, stored.device_ends
        is_due = ends is not None and ends - self._clock() < RENEWED_BEFORE
        connection = self._link.connection()
        if not signed_in.device_id or signed_in.ended or not is_due or connection is None:
            return
        try:
            session = self._begin(connection.url, signed_in.device_id)
        except (SignInUnreachable, ServiceUnreachable, SignInNeeded):
            # Without a network nothing is asked; a sign-in that ended is told when it is needed.
            return
        with self._vault.transaction() as db:
            self._secrets.replace_owner_token(db, session.token)
        self._note(session)
        self._link.forget()

    @callable_from_window
    def picture(self) -> MembersPicture:
        """Members and devices, as far as the workspace's token may see them.

        Raises: InvalidInput (no service), ServiceUnreachable, ServiceRefused.
        """
        with self._link.service() as client:
            may_manage = client.own_token().role is Role.OWNER
            found = client.members().rows if may_manage else ()
            devices = client.devices()
        members = tuple(_member(one) for one in found)
        names = {one.member_id: one.name for one in members}
        return MembersPicture(members, _devices(devices, names), may_manage)

    @callable_from_window
    def invite(self, invitation: Invitation) -> MembersPicture:
        """Let somebody sign in with an address. Raises: InvalidInput, and as `picture`."""
        request = MemberRequest(
            name=_checked_name(invitation.name),
            role=invitation.role,
            address=checked_address(invitation.address, "address"),
        )
        with self._link.service() as client:
            client.invite_member(request)
        return self.picture()

    @callable_from_window
    def change_role(self, member_id: MemberId, role: Role) -> MembersPicture:
        """Give a member another role; it holds from their next request on. Raises: as `picture`."""
        with self._link.service() as client:
            client.change_member(member_id, MemberChange(role=role))
        return self.picture()

    @callable_from_window
    def remove(self, member_id: MemberId) -> MembersPicture:
        """Remove a member, and sign their devices out. Raises: as `picture`."""
        with self._link.service() as client:
            client.remove_member(member_id)
        return self.picture()

    @callable_from_window
    def sign_out_device(self, device_id: DeviceId) -> MembersPicture:
        """Sign a device out, which is told so. Raises: as `picture`."""
        with self._link.service() as client:
            client.sign_out_device(device_id)
        return self.picture()

    def _begin(self, url: str, replaces: str | None) -> SessionStarted:
        request = SessionRequest(
            device_name=(platform.node() or "Desktop")[:MAX_NAME],
            replaces=replaces,
            declares_adult=self._is_adult(),
        )
        with self._link.client_for(url, self._sign_in.id_token()) as client:
            return client.start_session(request)

    def _is_adult(self) -> bool:
        with self._vault.reading() as db:
            return sign_in.profile(db).adult_declared_at is not None

    def _note(self, session: SessionStarted) -> None:
        with self._vault.transaction() as db:
            sign_in.note_device(db, session.device_id, datetime.fromisoformat(session.expires_at))

    def _told(self, device_id: str) -> bool:
        try:
            with self._link.service() as client:
                client.sign_out_device(device_id)
        except AppError:
            return False
        return True


def _checked_name(text: str) -> str:
    name = checked_line(text, "name", MAX_NAME)
    if not name:
        raise InvalidInput("Say what you call them. Nobody was invited.", field="name")
    return name


def _member(info: MemberInfo) -> Member:
    return Member(
        member_id=MemberId(info.member_id),
        name=info.name,
        role=info.role,
        joined_at=None if info.joined_at is None else datetime.fromisoformat(info.joined_at),
        devices=info.devices,
        is_current=info.is_current,
    )


def _devices(page: DevicesPage, names: dict[MemberId, str]) -> tuple[MemberDevice, ...]:
    return tuple(
        MemberDevice(
            device_id=DeviceId(one.device_id),
            member_name=names.get(MemberId(one.member_id), ""),
            name=one.name,
            signed_in_at=datetime.fromisoformat(one.signed_in_at),
            last_seen_on=date.fromisoformat(one.last_seen_on) if one.last_seen_on else None,
            is_current=one.is_current,
        )
        for one in page.rows
    )
