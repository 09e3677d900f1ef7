"""Customers of Stripe as people: forgotten and corrected."""

from http import HTTPStatus

import stripe

from desktop.services.billing.stripe.api import StripeApi
from desktop.services.billing.stripe.faults import in_words


def forget(api: StripeApi, payer: str) -> None:
    """Delete a customer: subscriptions end at once, invoices stay. One that is gone stays so."""
    try:
        api.v1.customers.delete(payer)
    except stripe.StripeError as error:
        if error.http_status != HTTPStatus.NOT_FOUND:
            raise in_words(error, "delete the customer") from None


def correct(api: StripeApi, payer: str, field: str, value: str) -> None:
    """Set one field of a customer."""
    try:
        api.v1.customers.update(payer, {field: value})
    except stripe.StripeError as error:
        raise in_words(error, "correct the customer") from None
