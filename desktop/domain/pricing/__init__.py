"""Prices: rules and plans as they are published, and the rating engine.

`published` has the values, `drafts` what is typed, `rulebook` decides which rule prices what. The
engine turns usage into explained amounts: `contract.pricing` reads and checks its rules, `engine`
rates, `calculations` holds what is no rule, `explanation` is how an amount came about.
"""
