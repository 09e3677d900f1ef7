-- What people sent by the website, sealed to the account's vault; gone once a vault has stored it.
CREATE TABLE privacy_inbox (
    submission_id TEXT PRIMARY KEY,
    received_us INTEGER NOT NULL,
    sealed TEXT NOT NULL,
    taken_by TEXT
) STRICT, WITHOUT ROWID;

-- Which vault answers which request, and by when: number and day only.
CREATE TABLE privacy_owned (
    request_id TEXT PRIMARY KEY,
    vault_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    due TEXT,
    changed_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Choices made by one click; the subject is a keyed hash that a vault made.
CREATE TABLE privacy_web_choices (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    subject BLOB NOT NULL CHECK (length(subject) = 16),
    purpose TEXT NOT NULL,
    wanted INTEGER NOT NULL CHECK (wanted IN (0, 1)),
    means TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    UNIQUE (subject, purpose)
) STRICT;

-- The owner's privacy policy as the website shows it, by the day from which it holds.
CREATE TABLE privacy_policies (
    effective TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
