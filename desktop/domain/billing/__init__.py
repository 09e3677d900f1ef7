"""Billing through a payment provider: what is mirrored, published, mapped and reported."""
