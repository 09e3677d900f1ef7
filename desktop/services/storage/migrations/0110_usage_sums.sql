-- Sums for questions about usage: outcomes and durations by endpoint and day, everything by day, and
-- which identities the owner says are one customer.

ALTER TABLE endpoint_day_sums ADD COLUMN errors_5xx INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint_day_sums ADD COLUMN status_unknown INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint_day_sums ADD COLUMN durations TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(durations));

CREATE TABLE day_sums (
    application_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    units INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    denied INTEGER NOT NULL,
    unsettled INTEGER NOT NULL,
    errors_5xx INTEGER NOT NULL,
    status_unknown INTEGER NOT NULL,
    durations TEXT NOT NULL CHECK (json_valid(durations)),
    PRIMARY KEY (application_id, day)
) STRICT, WITHOUT ROWID;

-- What the sums by day are; another definition makes all of them anew.
CREATE TABLE day_definition (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    definition TEXT NOT NULL
) STRICT;

INSERT INTO day_definition (one, definition)
SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM endpoint_hours) THEN '' ELSE 'outcomes and durations' END;

-- `into_id` is never itself merged into another one.
CREATE TABLE customer_merges (
    application_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    into_id TEXT NOT NULL CHECK (into_id <> customer_id),
    merged_at_us INTEGER NOT NULL,
    PRIMARY KEY (application_id, customer_id)
) STRICT, WITHOUT ROWID;
