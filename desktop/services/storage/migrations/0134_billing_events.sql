-- Events of payment providers that the service took, and how far its feed was followed.
CREATE TABLE billing_events (
    webhook_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    occurred_at_us INTEGER NOT NULL,
    received_at_us INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('applied', 'older', 'noticed')),
    PRIMARY KEY (webhook_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX billing_events_by_age ON billing_events (webhook_id, received_at_us DESC);

CREATE INDEX billing_events_by_object ON billing_events (webhook_id, object_id, occurred_at_us);

CREATE TABLE billing_feed (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    cursor TEXT NOT NULL
) STRICT;
