-- Questions of the what-if page that the owner gave a name: the whole question as JSON.
CREATE TABLE scenarios (
    scenario_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    question TEXT NOT NULL CHECK (json_valid(question)),
    saved_at_us INTEGER NOT NULL,
    UNIQUE (application_id, name)
) STRICT, WITHOUT ROWID;
