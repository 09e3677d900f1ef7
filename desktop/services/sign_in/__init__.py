"""Signing in with OpenID Connect, in the system's browser or on another device."""
