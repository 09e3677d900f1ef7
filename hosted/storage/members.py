"""SQL of members and their devices."""

from dataclasses import asdict
from sqlite3 import Connection
from typing import Final

from contract.terms import Role
from hosted.storage.member_records import Device, Member

PUT: Final = """
INSERT INTO members (member_id, name, role, address_hash, subject_hash, invited_us, joined_us)
VALUES (:member_id, :name, :role, :address_hash, :subject_hash, :invited_us, :joined_us)
ON CONFLICT (member_id) DO UPDATE
SET name = excluded.name, role = excluded.role, subject_hash = excluded.subject_hash,
    joined_us = excluded.joined_us
"""
LISTED: Final = """
SELECT member_id, name, role, address_hash, subject_hash, invited_us, joined_us
FROM members ORDER BY member_id
"""


def put(db: Connection, member: Member) -> None:
    """Store a member, new or changed."""
    db.execute(PUT, asdict(member) | {"role": member.role.value})


def remove(db: Connection, member_id: str) -> None:
    """Forget a member; the tokens of their devices stay, so that a device can be told."""
    db.execute("DELETE FROM members WHERE member_id = :member_id", {"member_id": member_id})


def listed(db: Connection) -> list[Member]:
    """Every member by id."""
    return [
        Member(member_id, name, Role(role), *rest)
        for member_id, name, role, *rest in db.execute(LISTED)
    ]


def put_device(db: Connection, device: Device) -> None:
    """Store a device; its token is stored already."""
    db.execute(
        "INSERT INTO devices (token_id, member_id) VALUES (:token_id, :member_id)", asdict(device)
    )


def devices(db: Connection) -> list[Device]:
    """Every device by id, ended ones too."""
    rows = db.execute("SELECT token_id, member_id FROM devices ORDER BY token_id")
    return [Device(*row) for row in rows]
