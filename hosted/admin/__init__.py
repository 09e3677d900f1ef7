"""REST under /v1 for the owner."""
