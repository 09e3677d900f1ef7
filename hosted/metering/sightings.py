"""Configuration rows the service makes by itself: endpoints and customers that were seen."""

from contract.messages.rollups import NO_CUSTOMERS
from hosted.clock import SECOND_US, rfc3339
from hosted.metering.events import Sighting, UsageEvent
from hosted.storage.base import Transaction


def see(transaction: Transaction, event: UsageEvent, sighting: Sighting) -> None:
    """Make the rows of an endpoint or customer seen for the first time.

    An endpoint's row also says when it was last seen, exact to the hour: it changes once an hour
    at most, whatever the traffic.
    """
    if transaction.seen_hour(event.endpoint_id) < event.hour:
        see_endpoint(transaction, event.application_id, sighting, event.opened_us, event.hour)
    if event.customer_id in NO_CUSTOMERS:
        return
    customer = transaction.configuration("customer", event.customer_id)
    if customer is None or customer.body is None:
        body = {"application_id": event.application_id, "name": ""}
        transaction.put_configuration("customer", event.customer_id, event.application_id, body)


def see_endpoint(
    transaction: Transaction, application_id: str, sighting: Sighting, at_us: int, hour: int
) -> None:
    """Make the row of an endpoint, or note in it that it was seen at an instant of an hour."""
    endpoint_id = sighting.endpoint_id
    transaction.was_seen(endpoint_id, hour)
    known = transaction.configuration("endpoint", endpoint_id)
    stored = {} if known is None or known.body is None else known.body
    if stored.get("last_seen", "") >= rfc3339(hour * SECOND_US):
        return
    seen_at = rfc3339(at_us)
    body = {
        "application_id": application_id,
        "method": sighting.method,
        "url": sighting.url,
        "first_seen": seen_at,
        "sdk": sighting.sdk,
        **stored,
        "last_seen": seen_at,
    }
    transaction.put_configuration("endpoint", endpoint_id, application_id, body)
