-- The deletion of the owner's own account: asked for, begun, done. The table of before was never used.
DROP TABLE account_deletion;

CREATE TABLE account_deletion (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    deletion_id TEXT NOT NULL,
    asked_at_us INTEGER NOT NULL,
    day TEXT NOT NULL,
    zone TEXT NOT NULL,
    begun_at_us INTEGER,
    without_service INTEGER NOT NULL DEFAULT 0 CHECK (without_service IN (0, 1)),
    finished_at_us INTEGER,
    books_until TEXT NOT NULL DEFAULT '',
    certificate TEXT CHECK (json_valid(certificate))
) STRICT;

CREATE TABLE account_deletion_steps (
    step TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
    detail TEXT NOT NULL,
    result TEXT NOT NULL CHECK (json_valid(result))
) STRICT, WITHOUT ROWID;

-- What tax law wants to be kept when the account is gone; people by random ids that lead to nobody.
CREATE TABLE account_books (
    position INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    day TEXT NOT NULL,
    application TEXT NOT NULL,
    party TEXT NOT NULL,
    reference TEXT NOT NULL,
    status TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER,
    quantity_micro INTEGER,
    detail TEXT NOT NULL CHECK (json_valid(detail))
) STRICT;

-- Another desktop had the account of the service deleted.
CREATE TABLE account_deleted_elsewhere (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    noticed_at_us INTEGER NOT NULL
) STRICT;
