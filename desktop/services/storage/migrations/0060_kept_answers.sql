-- What the service said when it was asked: shown again, with the time, while it cannot be asked.
CREATE TABLE kept_answers (
    topic TEXT PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body)),
    asked_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Single calls the owner has opened: scrubbed by the service, kept until the owner lets them go.
CREATE TABLE kept_traces (
    trace_id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    explanation TEXT CHECK (json_valid(explanation)),
    opened_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX kept_traces_by_time ON kept_traces (application_id, at_us);
