"""The tabs of an endpoint's rules."""

from enum import StrEnum
from typing import Final


class Tab(StrEnum):
    IDENTITY = "identity"
    LIMITS = "limits"
    METERING = "metering"
    ROUTES = "routes"
    BLOCKS = "blocks"
    REQUEST = "request"


OF_POLICY: Final = (Tab.IDENTITY, Tab.LIMITS, Tab.METERING)
"""Tabs whose fields are one policy, stored with Save; the others store at once."""
TAB_OF_FIELD: Final = {
    "identity_location": Tab.IDENTITY,
    "identity_name": Tab.IDENTITY,
    "note": Tab.IDENTITY,
    "limits": Tab.LIMITS,
    "response_field": Tab.METERING,
    "expression": Tab.METERING,
    "condition": Tab.METERING,
    "metering": Tab.METERING,
}
