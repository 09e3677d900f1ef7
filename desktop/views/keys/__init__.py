"""Parts of the Keys page."""
