"""Types of identifiers, so that one is never handed over for another."""

from typing import NewType

ApplicationId = NewType("ApplicationId", str)
EndpointId = NewType("EndpointId", str)
CustomerId = NewType("CustomerId", str)
PolicyId = NewType("PolicyId", str)
RuleId = NewType("RuleId", str)
KeyId = NewType("KeyId", str)
BlockId = NewType("BlockId", str)
OverrideId = NewType("OverrideId", str)
ScrubRuleId = NewType("ScrubRuleId", str)
TokenId = NewType("TokenId", str)
TraceId = NewType("TraceId", str)
PlanId = NewType("PlanId", str)
