-- Addresses and signing secrets of payment providers' webhooks, encrypted with a key of their own.
CREATE TABLE webhooks (
    webhook_id TEXT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL CHECK (provider IN ('stripe', 'paddle')),
    is_live INTEGER NOT NULL CHECK (is_live IN (0, 1)),
    sealed BLOB NOT NULL,
    changed_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Events by the revision under which followers hear of them. What they say is sealed to the vault.
CREATE TABLE webhook_events (
    revision INTEGER NOT NULL PRIMARY KEY CHECK (revision > 0),
    webhook_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    occurred_us INTEGER NOT NULL,
    received_us INTEGER NOT NULL,
    sealed TEXT,
    UNIQUE (webhook_id, event_id)
) STRICT;

CREATE INDEX webhook_events_by_arrival ON webhook_events (received_us);

CREATE TABLE webhook_progress (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    forgotten_revision INTEGER NOT NULL
) STRICT;

INSERT INTO webhook_progress (only_row, forgotten_revision) VALUES (1, 0);
