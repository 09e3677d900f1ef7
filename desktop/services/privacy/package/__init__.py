"""The file a person gets: readable by people and machines, signed, encrypted, verified."""
