"""Parts of the Invoices page."""
