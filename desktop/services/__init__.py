"""Use cases, one module per topic. What does I/O is handed to them by the core."""
