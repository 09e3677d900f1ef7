"""One Protocol, one store per engine."""
