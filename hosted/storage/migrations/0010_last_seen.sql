-- When the SDKs of an application were last connected; "not connected since" survives a restart.
CREATE TABLE last_seen (
    application_id TEXT NOT NULL PRIMARY KEY,
    last_seen_us INTEGER NOT NULL,
    last_call_us INTEGER
) STRICT, WITHOUT ROWID;
