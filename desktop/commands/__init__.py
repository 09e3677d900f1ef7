"""Commands for scripts, one module a topic."""
