-- People who sign in at an OpenID provider. Address and subject are keyed hashes: the service can
-- tell that somebody is who was invited, and nobody can read who that is.
CREATE TABLE members (
    member_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'viewer', 'privacy_officer')),
    address_hash BLOB UNIQUE CHECK (address_hash IS NULL OR length(address_hash) = 32),
    subject_hash BLOB UNIQUE CHECK (subject_hash IS NULL OR length(subject_hash) = 32),
    invited_us INTEGER NOT NULL,
    joined_us INTEGER
) STRICT, WITHOUT ROWID;

-- Devices they are signed in on; each has a token of its own. `last_used_us` of that token is the
-- beginning of the day it was last seen on.
CREATE TABLE devices (
    token_id TEXT NOT NULL PRIMARY KEY REFERENCES tokens (token_id),
    member_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
