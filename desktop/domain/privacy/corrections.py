"""What can be corrected about a person."""

from enum import StrEnum


class PersonField(StrEnum):
    NAME = "name"
    EMAIL = "email"
