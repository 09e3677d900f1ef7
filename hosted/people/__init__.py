"""People who sign in at an OpenID provider, instead of holding a token of the service."""
