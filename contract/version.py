"""Version of the contract between desktop and service."""

from typing import Final

CONTRACT_VERSION: Final = 1
"""Raised by a change an older peer cannot read; the one before stays served for a release."""

PRODUCT: Final = "usageflow"
"""First word of a service's own description: tells our service from any other web server."""
