"""The metering service. Imports nothing of the desktop."""
