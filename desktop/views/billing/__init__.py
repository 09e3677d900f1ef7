"""Parts of the Billing page."""
