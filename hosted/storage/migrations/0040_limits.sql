-- What limits counted and the rollups cannot tell: slices of sliding windows, levels of buckets.
CREATE TABLE limit_slices (
    gauge_id TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    key TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (gauge_id, at_us, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE limit_levels (
    gauge_id TEXT NOT NULL,
    key TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    level TEXT NOT NULL,
    PRIMARY KEY (gauge_id, key)
) STRICT, WITHOUT ROWID;

-- Identities of callers that are blocked now, sealed under the service's own key.
CREATE TABLE blocked_callers (
    application_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (application_id, customer_id)
) STRICT, WITHOUT ROWID;
