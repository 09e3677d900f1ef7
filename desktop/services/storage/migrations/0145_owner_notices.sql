-- Which notices the API's owner wants by mail; no row: none.
CREATE TABLE owner_notices (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    limits INTEGER NOT NULL CHECK (limits IN (0, 1)),
    invoices INTEGER NOT NULL CHECK (invoices IN (0, 1))
) STRICT;
