-- Files with personal data that were written outside the vault, so that an erasure finds them again.
-- `customers` are pairs of application and customer; none stands for everybody in the vault.
-- `due_for` is the random id of an erased person whom the file still names, else empty.
CREATE TABLE written_files (
    file_id TEXT PRIMARY KEY,
    path TEXT NOT NULL CHECK (path <> ''),
    kind TEXT NOT NULL CHECK (kind IN ('package', 'account', 'configuration')),
    request_id TEXT NOT NULL,
    customers TEXT NOT NULL CHECK (json_valid(customers)),
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    written_at_us INTEGER NOT NULL,
    due_for TEXT NOT NULL
) STRICT, WITHOUT ROWID;
