"""Which side of Paddle a key is for. Source: Paddle's documentation, "API keys"."""

import re
from typing import Final

from desktop.domain.billing.providers import Mode
from desktop.domain.errors import InvalidInput

API_KEY: Final = re.compile(
    r"pdl_(?P<side>live|sdbx)_apikey_[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}"
)
LIVE_URL: Final = "https://api.paddle.com"
SANDBOX_URL: Final = "https://sandbox-api.paddle.com"
URLS: Final = {Mode.LIVE: LIVE_URL, Mode.TEST: SANDBOX_URL}


def mode_of(key: str) -> Mode:
    """Whether money moves with a key.

    Raises:
        InvalidInput: it is no API key of Paddle (field `key`).
    """
    found = API_KEY.fullmatch(key)
    if found is None:
        raise InvalidInput(
            "This is no API key of Paddle: those begin with pdl_live_apikey_ or pdl_sdbx_apikey_. "
            "Nothing was stored. Make one under Developer tools > Authentication, and paste all "
            "of it.",
            field="key",
        )
    return Mode.LIVE if found["side"] == "live" else Mode.TEST
