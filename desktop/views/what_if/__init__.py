"""Parts of the What-if page."""
