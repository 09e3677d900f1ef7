"""Parts of the Sync and Network pages."""
