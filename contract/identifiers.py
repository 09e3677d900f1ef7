"""Identifiers that desktop and service work out each for itself, and must work out alike."""

from typing import Final
from uuid import UUID, uuid5

POLICY_NAMESPACE: Final = UUID("6f6a4c0e-3c55-5d0b-9a3e-0d1f7a4be2c1")
"""Part of the contract: another value would give every existing policy a new id."""


def policy_id(application_id: str, method: str, url: str, function: str = "") -> str:
    """Id of the policy of one endpoint or function; the same on every desktop and in the service.

    Two desktops that make the same policy offline thereby meet in a conflict, not in a duplicate.
    `method` is upper case or `*`, `url` the framework's own route text,
    `function` is `path:name` for a policy of the kind `function`.
    """
    text = f"{application_id}\n{method}\n{url}" + (f"\n{function}" if function else "")
    return "pol_" + uuid5(POLICY_NAMESPACE, text).hex


def override_id(policy: str, customer_id: str) -> str:
    """Id of the limits that one customer has instead of the policy's."""
    return "lim_" + uuid5(POLICY_NAMESPACE, f"{policy}\n{customer_id}").hex


def version_id(rule_id: str, version: int) -> str:
    """Id of one version of a pricing rule."""
    return "ver_" + uuid5(POLICY_NAMESPACE, f"{rule_id}\n{version}").hex


def customer_plan_id(application_id: str, customer_id: str) -> str:
    """Id of the plans of one customer."""
    return "sub_" + uuid5(POLICY_NAMESPACE, f"{application_id}\n{customer_id}").hex


def catalog_id(application_id: str) -> str:
    """Id of the one catalog of an application."""
    return "cat_" + uuid5(POLICY_NAMESPACE, application_id).hex
