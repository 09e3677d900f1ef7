"""Use cases of billing through a payment provider."""
