"""Events that Stripe and Paddle send: verified, sealed for the owner's vault, kept for desktops."""
