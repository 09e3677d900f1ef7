-- What the owner keeps beside the charts of usage: views with a name, and what happened when.
CREATE TABLE saved_views (
    view_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    view TEXT NOT NULL CHECK (json_valid(view)),
    saved_at_us INTEGER NOT NULL,
    UNIQUE (application_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE incidents (
    incident_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    happened_at_us INTEGER NOT NULL,
    words TEXT NOT NULL CHECK (words <> '')
) STRICT, WITHOUT ROWID;

CREATE INDEX incidents_by_time ON incidents (application_id, happened_at_us);
