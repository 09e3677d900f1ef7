"""Members and their devices in memory, found by keyed hashes of who they are."""

from collections.abc import Iterable

from contract.id_tokens import Identity
from hosted.secrets import Secrets
from hosted.storage.member_records import Device, Member


class MemberBook:
    """On the event loop's thread; members and devices enter it after their commit."""

    def __init__(
        self, members: Iterable[Member], devices: Iterable[Device], secrets: Secrets
    ) -> None:
        self._secrets = secrets
        self._members = {member.member_id: member for member in members}
        self._devices = {device.token_id: device for device in devices}

    def apply(self, member: Member) -> None:
        """Take over a committed member, new or changed."""
        self._members[member.member_id] = member

    def add_device(self, device: Device) -> None:
        """Take over a committed device."""
        self._devices[device.token_id] = device

    def drop(self, member_id: str) -> None:
        """Forget a member; nothing happens for one that is not there."""
        self._members.pop(member_id, None)

    def all(self) -> list[Member]:
        """Every member by id."""
        return sorted(self._members.values(), key=lambda member: member.member_id)

    def find(self, member_id: str) -> Member | None:
        """The member of an id."""
        return self._members.get(member_id)

    def devices(self) -> list[Device]:
        """Every device by id, ended ones too."""
        return sorted(self._devices.values(), key=lambda device: device.token_id)

    def is_device(self, token_id: str) -> bool:
        """Whether a token is a device's."""
        return token_id in self._devices

    def owner_of(self, token_id: str) -> Member | None:
        """Whose device a token is; None for tokens of the service, and after they were removed."""
        device = self._devices.get(token_id)
        return None if device is None else self._members.get(device.member_id)

    def known_as(self, identity: Identity) -> Member | None:
        """Who signed in before, or was invited by a subject or a checked address."""
        subject_hash = self.subject_hash(identity.issuer, identity.subject)
        for member in self._members.values():
            if member.subject_hash == subject_hash:
                return member
        address_hash = self.address_hash(identity.email) if identity.email else None
        for member in self._members.values():
            is_free = member.subject_hash is None and member.address_hash is not None
            if is_free and member.address_hash == address_hash:
                return member
        return None

    def has(self, address_hash: bytes | None, subject_hash: bytes | None) -> bool:
        """Whether somebody was invited by the same address or subject."""
        return any(
            (address_hash is not None and member.address_hash == address_hash)
            or (subject_hash is not None and member.subject_hash == subject_hash)
            for member in self._members.values()
        )

    def subject_hash(self, issuer: str, subject: str) -> bytes:
        """What a subject of an issuer is kept as."""
        return self._secrets.hash_of(f"subject {issuer}\n{subject}")

    def address_hash(self, address: str) -> bytes:
        """What an address is kept as, however its letters are written."""
        return self._secrets.hash_of(f"address {address.strip().casefold()}")
