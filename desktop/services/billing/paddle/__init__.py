"""Paddle: the provider's documented JSON over the product's one way to the network."""
