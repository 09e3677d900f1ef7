"""Every promised figure, measured side by side in one run."""
