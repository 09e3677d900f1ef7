"""Parts of the pages Access and Activity."""
