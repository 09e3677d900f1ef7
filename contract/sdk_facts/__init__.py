"""What the published SDKs really do with a rule, so that nobody promises more than they keep.

Pure: the service's explanations and the desktop's editors, which work offline, say the same.
Source: the SDK protocol, sections 3, 4, 6 and 10; every fact was measured with the SDK itself or
read in its source.
"""

from collections.abc import Iterable
from typing import TypeVar

from contract.messages.applications import ApplicationBody
from contract.messages.health import SdkKind
from contract.messages.policies import BlockBody, PolicyBody
from contract.sdk_facts.policies import POLICY_RULES
from contract.sdk_facts.routes import BLOCK_RULES, ROUTE_RULES
from contract.sdk_facts.sdks import Rule, Sdk, SdkFact, sdks_in_use

Body = TypeVar("Body")


def policy_facts(policy: PolicyBody, kinds: Iterable[SdkKind]) -> tuple[SdkFact, ...]:
    """What the SDKs in use do with a policy, worst first.

    Args:
        policy: need not be stored, or be free of faults.
        kinds: SDKs of the application; none stands for every SDK that was measured.
    """
    return _facts(POLICY_RULES, policy, sdks_in_use(kinds, policy.url))


def block_facts(block: BlockBody, kinds: Iterable[SdkKind]) -> tuple[SdkFact, ...]:
    """What the SDKs in use do with a blocked endpoint, worst first."""
    return _facts(BLOCK_RULES, block, sdks_in_use(kinds, block.url))


def route_facts(application: ApplicationBody, kinds: Iterable[SdkKind]) -> tuple[SdkFact, ...]:
    """What the SDKs in use do with an application's route lists and cap, worst first."""
    return _facts(ROUTE_RULES, application, sdks_in_use(kinds))


def _facts(rules: tuple[Rule[Body], ...], body: Body, sdks: tuple[Sdk, ...]) -> tuple[SdkFact, ...]:
    found = [
        SdkFact(rule.code, sdk, rule.severity, rule.field, rule.text)
        for rule in rules
        for sdk in sdks
        if sdk in rule.sdks and rule.applies(body)
    ]
    return tuple(sorted(found, key=lambda fact: fact.severity.rank))
