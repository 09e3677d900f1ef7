"""UsageFlow Desktop: the window process, the core process behind it, and the command line."""
