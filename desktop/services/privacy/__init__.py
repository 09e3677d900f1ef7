"""Privacy requests: taken in, answered, proved."""
