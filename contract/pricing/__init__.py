"""What a price is, for both sides: its values, its JSON form, and what it must fulfil.

`rule` has the values, `parsing` reads and checks them, `writing` gives the one spelling that files,
the vault and the service hold. Rating itself is the desktop's.
"""
