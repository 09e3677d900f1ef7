CREATE TABLE tokens (
    token_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'viewer', 'privacy_officer')),
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_us INTEGER NOT NULL,
    revoked_us INTEGER,
    expires_us INTEGER,
    last_used_us INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO tokens (token_id, name, role, token_hash, created_us)
SELECT 'tok_' || lower(hex(randomblob(16))), 'Owner', 'owner', token_hash, created_us
FROM owner_tokens;

DROP TABLE owner_tokens;

ALTER TABLE sdk_keys ADD COLUMN expires_us INTEGER;
ALTER TABLE sdk_keys ADD COLUMN last_used_us INTEGER;

-- What owners changed. Each entry's chain value covers the entry and the chain value before it.
CREATE TABLE audit (
    sequence INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0),
    at_us INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    before TEXT CHECK (before IS NULL OR json_valid(before)),
    after TEXT CHECK (after IS NULL OR json_valid(after)),
    chain TEXT NOT NULL CHECK (length(chain) = 64)
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is not changed'); END;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is not deleted'); END;
