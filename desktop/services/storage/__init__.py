"""The vault: one module of SQL per aggregate, each taking a connection."""
