-- Sums of past days by customer and by endpoint, packed so that a question reads a few columns and
-- not thousands of rows. The upkeep packs; a page of sync withdraws the mark of every day it
-- touches, and a day without a mark is read from its rows.

CREATE TABLE packed_owners (
    application_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('customer', 'endpoint')),
    number INTEGER NOT NULL CHECK (number >= 0),
    owner_id TEXT NOT NULL,
    PRIMARY KEY (application_id, kind, number),
    UNIQUE (application_id, kind, owner_id)
) STRICT, WITHOUT ROWID;

-- The numbers of 256 owners on one day; `name` is what was counted. The mark of a day has no
-- name, and something in it once it is withdrawn.
CREATE TABLE packed_days (
    application_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('customer', 'endpoint')),
    name TEXT NOT NULL,
    block INTEGER NOT NULL CHECK (block >= 0),
    day INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (application_id, kind, name, block, day)
) STRICT, WITHOUT ROWID;
