"""Passive pages: they show values and turn gestures into jobs."""
