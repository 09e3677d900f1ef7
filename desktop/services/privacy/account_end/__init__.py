"""Deleting the account of the API's owner: asked for, carried out step by step, certified."""
