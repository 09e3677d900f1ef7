-- What sync keeps beside the rows: which edits were sent and what became of them, what a service
-- sent that could not be taken, versions set aside as drafts, and how far each stream has come.

-- Set in a transaction before an edit first leaves: from then on the service may have it.
ALTER TABLE outbox ADD COLUMN sent_at_us INTEGER;

CREATE TABLE edit_history (
    entry_id INTEGER PRIMARY KEY AUTOINCREMENT,
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT CHECK (json_valid(body)),
    base_revision INTEGER NOT NULL,
    made_at_us INTEGER NOT NULL,
    sent_at_us INTEGER NOT NULL,
    answered_at_us INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'merged', 'conflict', 'rejected')),
    revision INTEGER,
    fields TEXT NOT NULL CHECK (json_valid(fields)),
    reason TEXT NOT NULL
) STRICT;

-- Items of a service's answers that were left out, each with how often it came.
CREATE TABLE refused_items (
    feed TEXT NOT NULL CHECK (feed IN ('configuration', 'usage', 'push')),
    kind TEXT NOT NULL,
    item_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    times INTEGER NOT NULL CHECK (times > 0),
    first_at_us INTEGER NOT NULL,
    last_at_us INTEGER NOT NULL,
    PRIMARY KEY (feed, kind, item_id, reason)
) STRICT, WITHOUT ROWID;

CREATE INDEX refused_items_by_time ON refused_items (last_at_us);

CREATE TABLE drafts (
    draft_id INTEGER PRIMARY KEY AUTOINCREMENT,
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    made_at_us INTEGER NOT NULL
) STRICT;

-- Applications the account has or had: usage of any other one is refused.
CREATE TABLE account_applications (
    application_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO account_applications
SELECT entity_id FROM configuration
WHERE entity = 'application' AND epoch < 4611686018427387904;

-- Rows since the stream began, and days: of the newest row, of the last one, of the oldest there is.
ALTER TABLE cursors ADD COLUMN received INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cursors ADD COLUMN newest_day INTEGER;
ALTER TABLE cursors ADD COLUMN reached_day INTEGER;
ALTER TABLE cursors ADD COLUMN oldest_day INTEGER;

-- Whether the re-sync that runs is with another service: then nothing of the one before stays.
ALTER TABLE sync_state ADD COLUMN replaces_all INTEGER NOT NULL DEFAULT 0
    CHECK (replaces_all IN (0, 1));
