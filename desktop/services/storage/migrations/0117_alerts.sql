-- Rules of alerts, what they found, and the hours in which nobody is disturbed. They are of this
-- vault alone: what one computer tells another one need not.
CREATE TABLE alert_rules (
    rule_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    problem TEXT NOT NULL DEFAULT '',
    looked_at_us INTEGER
) STRICT, WITHOUT ROWID;

-- One row for each time a rule found something, from when it began to when it ended.
CREATE TABLE alert_events (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    rule_name TEXT NOT NULL,
    finding TEXT NOT NULL,
    told TEXT NOT NULL,
    public_text TEXT NOT NULL,
    began_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,
    notified_at_us INTEGER
) STRICT;

CREATE UNIQUE INDEX alert_events_open ON alert_events (rule_id, finding) WHERE ended_at_us IS NULL;
CREATE INDEX alert_events_of_application ON alert_events (application_id, event_id);

CREATE TABLE alert_settings (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    quiet_start TEXT NOT NULL,
    quiet_end TEXT NOT NULL
) STRICT;
