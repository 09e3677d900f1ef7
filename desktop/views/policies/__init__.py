"""Parts of the Policies page."""
