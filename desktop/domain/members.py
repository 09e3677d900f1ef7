"""Members of the service and the devices they are signed in on, as the screens show them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NewType

from contract.terms import Role

MemberId = NewType("MemberId", str)
DeviceId = NewType("DeviceId", str)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may sign in at the service."""

    member_id: MemberId
    name: str
    role: Role
    joined_at: datetime | None
    """When they first signed in; None: they were invited only."""
    devices: int
    is_current: bool
    """Whether it is who uses this workspace."""


@dataclass(frozen=True, slots=True)
class MemberDevice:
    """A device somebody is signed in on."""

    device_id: DeviceId
    member_name: str
    """Empty where the caller may not know who it is."""
    name: str
    signed_in_at: datetime
    last_seen_on: date | None
    is_current: bool
    """Whether it is this one."""


@dataclass(frozen=True, slots=True)
class MembersPicture:
    members: tuple[Member, ...]
    """Empty for those who may not manage access."""
    devices: tuple[MemberDevice, ...]
    may_manage: bool
    """Whether whoever uses this workspace may invite, change and remove members."""


@dataclass(frozen=True, slots=True, repr=False)
class Invitation:
    """Somebody to invite, as typed."""

    name: str
    role: Role
    address: str
