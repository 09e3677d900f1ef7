"""A Stripe client for one key, over this program's own way out."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import stripe

from desktop.services.billing.stripe.transport import DoorClient, OpenTransport, Patience

ADDRESSES: Final[Mapping[str, str]] = {
    "api": stripe.DEFAULT_API_BASE,
    "meter_events": stripe.DEFAULT_METER_EVENTS_API_BASE,
}
LIVE_KEY: Final = re.compile(r"^(sk|rk)_live_")
KEY: Final = re.compile(r"^(sk|rk)_(test|live)_[A-Za-z0-9_]{8,250}$")


class StripeApi:
    """The library's services, and where requests go. Any thread."""

    def __init__(
        self,
        key: str,
        open_transport: OpenTransport,
        addresses: Mapping[str, str] = ADDRESSES,
        patience: Patience | None = None,
    ) -> None:
        """`addresses` are Stripe's own but in tests."""
        self.key = key
        self._addresses = dict(addresses)
        self._http = DoorClient(open_transport, patience)
        self._client = self._with_key(key)

    @property
    def v1(self) -> Any:  # noqa: ANN401 (the library's services; answers are read as JSON)
        return self._client.v1

    def stream(self, events: list[dict[str, Any]]) -> None:
        """Hand up to 100 meter events over at once, with a token that is made for it."""
        session = self._client.v2.billing.meter_event_session.create()
        streaming: Any = self._with_key(session.authentication_token)
        streaming.v2.billing.meter_event_stream.create({"events": events})

    def probe(self, path: str) -> None:
        """A request that lacks what it needs, so that it can only be refused."""
        self._client.raw_request("post", path)

    def close(self) -> None:
        self._http.close()

    def _with_key(self, key: str) -> stripe.StripeClient:
        return stripe.StripeClient(
            key,
            base_addresses={
                "api": self._addresses["api"],
                "meter_events": self._addresses["meter_events"],
            },
            http_client=self._http,
            max_network_retries=0,
        )


MakeApi = Callable[[str], StripeApi]
"""Takes a key."""


def body_of(answer: Any) -> dict[str, Any]:  # noqa: ANN401 (any object of the library)
    """The JSON of an answer."""
    data: dict[str, Any] = answer.last_response.data
    return data


def request_id_of(answer: Any) -> str:  # noqa: ANN401 (any object of the library)
    """What the provider calls the request; empty where it did not say."""
    return str(answer.last_response.request_id or "")
