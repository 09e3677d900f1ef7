"""One module per topic; every class is a frozen value."""
