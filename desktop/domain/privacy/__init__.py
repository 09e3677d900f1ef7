"""Privacy requests: what people may ask for, and by when they get an answer. Without any I/O."""
