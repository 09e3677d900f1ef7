"""Values and rules. No I/O, no Qt, no clock."""
