"""Stripe. Everything here imports the library, so import it on first use only."""
