"""Which SDK is at the other end, as far as its handshake and messages tell.

Source: SDK protocol, section 1 (handshake headers) and section 3 (which version sends what).
"""

from collections.abc import Mapping
from typing import Final

from contract.messages.health import SdkKind

GO_AGENT: Final = "Go-http-client"
NODE_AGENTS: Final = ("node", "undici")

HINTS: Final[Mapping[tuple[SdkKind, str], tuple[int, str]]] = {
    (SdkKind.PYTHON, "waits_for_use"): (1, "0.3.0"),
    (SdkKind.PYTHON, "get_application_config"): (2, "0.3.1 or newer"),
    (SdkKind.PYTHON, "get_blocked_endpoints"): (2, "0.3.1 or newer"),
    (SdkKind.GO, "get_blocked_endpoints"): (1, "2.1 or newer"),
    (SdkKind.GO, "get_application_config"): (2, "2.2 or newer"),
    (SdkKind.GO, "report_call_chain"): (3, "2.5 or newer"),
    (SdkKind.LEGACY, "strategies"): (2, "Python 0.1"),
    (SdkKind.LEGACY, "policies"): (3, "Python 0.1.2"),
    (SdkKind.LEGACY, "verify"): (2, "Go, before WebSockets"),
    (SdkKind.LEGACY, "use_at_once"): (1, "Go, first versions"),
}
"""What a message says about the version of its sender. The higher number knows better."""

NO_HINT: Final = (0, "")


def kind_of(headers: Mapping[str, str]) -> SdkKind:
    """Recognise the SDK by the headers of its handshake (names in lower case).

    Go names its HTTP library and sends no origin; Python sends an origin and no name. What is like
    neither is treated with the care that suits every SDK.
    """
    agent = headers.get("user-agent", "")
    if agent.startswith(GO_AGENT):
        return SdkKind.GO
    if agent.lower().startswith(NODE_AGENTS):
        return SdkKind.JAVASCRIPT
    if not agent and "origin" in headers:
        return SdkKind.PYTHON
    return SdkKind.UNKNOWN


def hint(kind: SdkKind, sign: str) -> tuple[int, str]:
    """How well a sign tells the version, and the version."""
    return HINTS.get((kind, sign), NO_HINT)
