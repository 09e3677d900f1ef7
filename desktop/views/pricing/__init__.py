"""The parts of the Pricing page."""
