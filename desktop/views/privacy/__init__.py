"""Parts of the page of privacy requests."""
