"""What is done with members and devices, each with its entry in the audit log.

The log holds roles and ids, and never a name: it outlives whoever is removed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from contract.terms import Role
from hosted.admin import lifetimes
from hosted.admin.problems import Refusal
from hosted.storage.access_records import AuditRecord, Token
from hosted.storage.base import Transaction
from hosted.storage.member_records import Device, Member

LAST_OWNER = (
    "Without them no owner is left who signs in. Nothing was changed. Make somebody else an owner "
    "first."
)


@dataclass(frozen=True, slots=True, repr=False)
class InviteMember:
    """Stores a new member."""

    member: Member
    actor: str

    def apply(self, transaction: Transaction) -> None:
        transaction.put_member(self.member)
        _note(transaction, self.actor, self.member.invited_us, "invite", (None, self.member))


@dataclass(frozen=True, slots=True, repr=False)
class ChangeMember:
    """Gives a member another name or role."""

    member_id: str
    name: str | None
    role: Role | None
    now_us: int
    actor: str

    def apply(self, transaction: Transaction) -> Member | Refusal | None:
        """The member as it is now; None when there is no such member."""
        members = transaction.members()
        before = _find(members, self.member_id)
        if before is None:
            return None
        after = replace(before, name=self.name or before.name, role=self.role or before.role)
        if after.role is not Role.OWNER and is_last_owner(members, before):
            return Refusal(409, LAST_OWNER)
        if after != before:
            transaction.put_member(after)
            _note(transaction, self.actor, self.now_us, "update", (before, after))
        return after


@dataclass(frozen=True, slots=True, repr=False)
class RemoveMember:
    """Forgets a member, and signs every device of theirs out."""

    member_id: str
    devices: tuple[str, ...]
    now_us: int
    actor: str

    def apply(self, transaction: Transaction) -> list[Token] | Refusal | None:
        """The tokens of their devices as they are now; None when there is no such member."""
        members = transaction.members()
        member = _find(members, self.member_id)
        if member is None:
            return None
        if len(members) > 1 and is_last_owner(members, member):
            return Refusal(409, LAST_OWNER)
        transaction.remove_member(self.member_id)
        _note(transaction, self.actor, self.now_us, "remove", (member, None))
        return [
            lifetimes.revoke(transaction, token, self.now_us, self.actor)
            for token in transaction.tokens()
            if token.token_id in self.devices
        ]


@dataclass(frozen=True, slots=True, repr=False)
class StartSession:
    """Signs a device in: the member has joined, the token is stored, the one before it ends."""

    member: Member
    token: Token
    replaces: str

    def apply(self, transaction: Transaction) -> Token | None:
        """The token of the device before, as it is now; None without one."""
        before = _find(transaction.members(), self.member.member_id)
        if before != self.member:
            transaction.put_member(self.member)
            pair = (before, self.member)
            _note(transaction, self.member.member_id, self.token.created_us, "join", pair)
        actor, now_us = self.member.member_id, self.token.created_us
        lifetimes.store(transaction, actor, now_us, [("sign_in", None, self.token)])
        transaction.put_device(Device(self.token.token_id, self.member.member_id))
        for token in transaction.tokens():
            if token.token_id == self.replaces:
                return lifetimes.revoke(transaction, token, now_us, actor)
        return None


@dataclass(frozen=True, slots=True)
class EndSession:
    """Signs a device out."""

    token_id: str
    now_us: int
    actor: str

    def apply(self, transaction: Transaction) -> Token | None:
        """Its token as it is now; None when there is no such token."""
        for token in transaction.tokens():
            if token.token_id == self.token_id:
                return lifetimes.revoke(transaction, token, self.now_us, self.actor)
        return None


def is_last_owner(members: Iterable[Member], member: Member) -> bool:
    """Whether nobody else who has signed in is an owner."""
    owners = [one for one in members if one.role is Role.OWNER and one.is_active]
    return member.role is Role.OWNER and member.is_active and len(owners) == 1


def _find(members: Iterable[Member], member_id: str) -> Member | None:
    return next((member for member in members if member.member_id == member_id), None)


def _note(
    transaction: Transaction,
    actor: str,
    at_us: int,
    action: str,
    change: tuple[Member | None, Member | None],
) -> None:
    before, after = change
    member = after or before
    if member is not None:
        transaction.append_audit(
            AuditRecord(
                at_us=at_us,
                actor=actor,
                action=action,
                entity="member",
                entity_id=member.member_id,
                before=_shown(before),
                after=_shown(after),
            )
        )


def _shown(member: Member | None) -> dict[str, Any] | None:
    if member is None:
        return None
    return {"role": member.role.value, "joined_at": lifetimes.timestamp(member.joined_us)}
