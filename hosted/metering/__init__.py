"""Limits, allocations, rollups."""
