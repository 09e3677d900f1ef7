"""Notices by e-mail, through the owner's own mail server."""
