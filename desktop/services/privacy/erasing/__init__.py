"""Erases people: plans it, carries it out step by step, proves it."""
