-- Erasures under way and those that ended. The plan names customers until the erasure is done, and
-- hashes from then on.
CREATE TABLE erasures (
    erasure_id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL,
    begun_at_us INTEGER NOT NULL,
    plan TEXT NOT NULL CHECK (json_valid(plan)),
    closed_at_us INTEGER,
    certificate TEXT CHECK (json_valid(certificate))
) STRICT, WITHOUT ROWID;

CREATE TABLE erasure_steps (
    erasure_id TEXT NOT NULL REFERENCES erasures,
    step TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
    tries INTEGER NOT NULL CHECK (tries >= 0),
    detail TEXT NOT NULL,
    result TEXT NOT NULL CHECK (json_valid(result)),
    PRIMARY KEY (erasure_id, step)
) STRICT, WITHOUT ROWID;

-- Entries of erasure ledgers, by their id, that these data are free of.
CREATE TABLE applied_erasures (
    erasure_id TEXT PRIMARY KEY,
    at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far the service's ledger was read.
CREATE TABLE erasure_feed (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    service_id TEXT NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence >= 0)
) STRICT;

CREATE TABLE legal_holds (
    hold_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    category TEXT NOT NULL,
    record_id TEXT NOT NULL,
    ground TEXT NOT NULL CHECK (ground <> ''),
    placed_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The owner's own account is to be deleted: when it was asked for, and until when it may be undone.
CREATE TABLE account_deletion (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    asked_at_us INTEGER NOT NULL,
    begins_at_us INTEGER NOT NULL,
    zone TEXT NOT NULL
) STRICT;
