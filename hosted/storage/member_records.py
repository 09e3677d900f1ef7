"""Records of people who sign in, and of their devices."""

from dataclasses import dataclass

from contract.terms import Role


@dataclass(frozen=True, slots=True, repr=False)
class Member:
    """Somebody who may sign in, by keyed hashes of who they are."""

    member_id: str
    name: str
    role: Role
    address_hash: bytes | None
    subject_hash: bytes | None
    invited_us: int
    joined_us: int | None = None

    @property
    def is_active(self) -> bool:
        """Whether they have signed in."""
        return self.joined_us is not None


@dataclass(frozen=True, slots=True)
class Device:
    """A device somebody is signed in on; its token has name and times."""

    token_id: str
    member_id: str
