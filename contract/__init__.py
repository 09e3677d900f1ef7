"""What the desktop and the service say to each other. Imports neither of them."""
