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
        _see_endpoint(transaction, event, sighting)
    if event.customer_id in NO_CUSTOMERS:
        return
    customer = transaction.configuration("customer", event.customer_id)
    if customer is None or customer.body is None:
        body = {"application_id": event.application_id, "name": ""}
        transaction.put_configuration("customer", event.customer_id, event.application_id, body)


def _see_endpoint(transaction: Transaction, event: UsageEvent, sighting: Sighting) -> None:
    transaction.was_seen(event.endpoint_id, event.hour)
    known = transaction.configuration("endpoint", event.endpoint_id)
    stored = {} if known is None or known.body is None else known.body
    if stored.get("last_seen", "") >= rfc3339(event.hour * SECOND_US):
        return
    seen_at = rfc3339(event.opened_us)
    body = {
        "application_id": event.application_id,
        "method": sighting.method,
        "url": sighting.url,
        "first_seen": seen_at,
        "sdk": sighting.sdk,
        **stored,
        "last_seen": seen_at,
    }
    transaction.put_configuration("endpoint", event.endpoint_id, event.application_id, body)
