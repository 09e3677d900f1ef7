"""People who sign in at the service, and the devices they are signed in on."""

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from contract.messages.base import Answer, Day, Id, Name, Request, Timestamp
from contract.terms import Role

Subject = Annotated[str, Field(min_length=1, max_length=255)]
Address = Annotated[
    str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$", examples=["ann@reader.example"])
]


class MemberState(StrEnum):
    """How far a member got."""

    INVITED = "invited"
    ACTIVE = "active"


class MemberRequest(Request):
    """An invitation: whoever signs in with this address, or as this subject, becomes the member."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {
                    "required": [one],
                    "properties": {one: {"type": "string"}, other: {"type": "null"}},
                }
                for one, other in (("address", "subject"), ("subject", "address"))
            ]
        }
    )

    name: Name
    """What the owner calls them."""
    role: Role
    address: Address | None = None
    """Their e-mail address; the service keeps a keyed hash of it only."""
    subject: Subject | None = None
    """Or their unique name at the issuer."""


class MemberChange(Request):
    """Another name or role for a member; what is left out stays."""

    name: Name | None = None
    role: Role | None = None


class MemberInfo(Answer):
    """A member of the service."""

    member_id: Id
    name: str
    role: Role
    state: MemberState
    invited_at: Timestamp
    joined_at: Timestamp | None = None
    """When they first signed in."""
    devices: int
    """How many devices they are signed in on."""
    is_current: bool = False
    """Whether this request was made by them."""


class MembersPage(Answer):
    """Answer of `GET /v1/members`, by id."""

    rows: tuple[MemberInfo, ...]


class SessionRequest(Request):
    """A device that somebody signs in on."""

    device_name: Name
    replaces: Id | None = None
    """The device this one was so far; it is refused when that was signed out meanwhile."""
    declares_adult: bool = False
    """That who signs in is 18 years or older; needed the first time."""


class SessionStarted(Answer):
    """The token of a device, shown this once."""

    token: str
    device_id: Id
    member_id: Id
    name: str
    role: Role
    expires_at: Timestamp


class DeviceInfo(Answer):
    """A device that somebody is signed in on."""

    device_id: Id
    member_id: Id
    name: str
    signed_in_at: Timestamp
    last_seen_on: Day | None = None
    expires_at: Timestamp
    is_current: bool = False
    """Whether this request was made with it."""


class DevicesPage(Answer):
    """Answer of `GET /v1/devices`, by id: everybody's for an owner, else the caller's own."""

    rows: tuple[DeviceInfo, ...]
