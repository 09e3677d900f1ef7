"""The SDK wire protocol."""
