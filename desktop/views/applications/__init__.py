"""Parts of the Applications page."""
