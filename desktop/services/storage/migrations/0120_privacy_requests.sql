-- What people asked for and what happened since. Events are only ever added; dates are worked out.
CREATE TABLE privacy_requests (
    request_id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    asked TEXT NOT NULL CHECK (json_valid(asked))
) STRICT, WITHOUT ROWID;

CREATE TABLE privacy_events (
    request_id TEXT NOT NULL REFERENCES privacy_requests,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (request_id, position)
) STRICT, WITHOUT ROWID;
