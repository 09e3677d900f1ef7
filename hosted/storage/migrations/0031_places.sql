-- Long texts that every row repeated become small numbers: an application's, and that of a place,
-- which is one customer on one endpoint. Raw events of before are not taken along.
CREATE TABLE application_numbers (
    application_no INTEGER PRIMARY KEY,
    application_id TEXT NOT NULL UNIQUE,
    purged_event_id INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE places (
    place_id INTEGER PRIMARY KEY,
    application_no INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    UNIQUE (application_no, customer_id, endpoint_id)
) STRICT;

INSERT INTO application_numbers (application_id)
SELECT application_id FROM customer_days UNION SELECT application_id FROM customer_hours;

INSERT INTO places (application_no, customer_id, endpoint_id)
SELECT application_no, customer_id, endpoint_id FROM customer_days JOIN application_numbers USING (application_id)
UNION
SELECT application_no, customer_id, endpoint_id FROM customer_hours JOIN application_numbers USING (application_id);

-- How far the journal was folded into this file, and the lowest revision a row may have that has
-- changed since it was given one.
CREATE TABLE progress (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    folded_number INTEGER NOT NULL,
    folded_commands INTEGER NOT NULL,
    resend_from INTEGER NOT NULL
) STRICT;
INSERT INTO progress VALUES (1, 0, 0, 9223372036854775807);

-- A UUID is kept as its 16 bytes, another allocation id as 16 zeros and its text.
-- States: 0 open, 1 parked, 2 settled, 3 expired, 4 denied. Numbers are never used again: how far an
-- application's old events were deleted is told by one.
DROP TABLE events;
CREATE TABLE events (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT,
    application_no INTEGER NOT NULL,
    allocation BLOB NOT NULL CHECK (length(allocation) >= 16),
    place_id INTEGER NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
    opened_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    day INTEGER NOT NULL,
    units INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    status INTEGER,
    duration_ms INTEGER CHECK (duration_ms >= 0),
    flags INTEGER NOT NULL,
    skew_s INTEGER NOT NULL,
    refused_by TEXT,
    detail TEXT NOT NULL,
    UNIQUE (application_no, allocation)
) STRICT;

CREATE INDEX events_held ON events (expires_us) WHERE state IN (0, 1);
CREATE INDEX events_open ON events (place_id) WHERE state = 0;

ALTER TABLE customer_days RENAME TO old_days;
CREATE TABLE customer_days (
    day INTEGER NOT NULL,
    place_id INTEGER NOT NULL,
    meter TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    events INTEGER NOT NULL,
    peak INTEGER NOT NULL,
    released INTEGER NOT NULL,
    unsettled INTEGER NOT NULL,
    corrected INTEGER NOT NULL,
    revision INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (day, place_id, meter)
) STRICT, WITHOUT ROWID;
INSERT INTO customer_days
SELECT day, place_id, meter, quantity, events, peak, 0, 0, 0, revision
FROM old_days JOIN application_numbers USING (application_id)
JOIN places USING (application_no, customer_id, endpoint_id);
DROP TABLE old_days;

CREATE INDEX customer_days_of_place ON customer_days (place_id, day);

ALTER TABLE customer_hours RENAME TO old_hours;
CREATE TABLE customer_hours (
    hour INTEGER NOT NULL,
    place_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    units INTEGER NOT NULL,
    folded INTEGER NOT NULL CHECK (folded IN (0, 1)),
    revision INTEGER UNIQUE CHECK (folded = 1 OR revision IS NOT NULL),
    PRIMARY KEY (hour, place_id)
) STRICT, WITHOUT ROWID;
INSERT INTO customer_hours
SELECT hour, place_id, day, requests, units, folded, revision
FROM old_hours JOIN application_numbers USING (application_id)
JOIN places USING (application_no, customer_id, endpoint_id);
DROP TABLE old_hours;

ALTER TABLE named_customers RENAME TO old_names;
CREATE TABLE named_customers (
    application_no INTEGER NOT NULL,
    day INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    PRIMARY KEY (application_no, day, customer_id)
) STRICT, WITHOUT ROWID;
INSERT INTO named_customers
SELECT application_no, day, customer_id FROM old_names JOIN application_numbers USING (application_id);
DROP TABLE old_names;

CREATE TABLE event_health (
    day INTEGER NOT NULL,
    application_id TEXT NOT NULL,
    events INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    late INTEGER NOT NULL,
    unsettled INTEGER NOT NULL,
    odd_amounts INTEGER NOT NULL,
    skewed INTEGER NOT NULL,
    worst_skew_s INTEGER NOT NULL,
    payloads_dropped INTEGER NOT NULL,
    soft_limited INTEGER NOT NULL,
    PRIMARY KEY (day, application_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE corrections (
    position INTEGER PRIMARY KEY,
    correction_id TEXT NOT NULL UNIQUE,
    application_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    units INTEGER NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    day INTEGER NOT NULL,
    UNIQUE (application_id, idempotency_key)
) STRICT;

CREATE INDEX corrections_of_application ON corrections (application_id, position);
