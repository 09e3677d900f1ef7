-- What the owner keeps about privacy beside the requests: versions of the policy, recipients,
-- breaches and the like, each a JSON body of its kind. People stand in it by reference only.
CREATE TABLE privacy_records (
    kind TEXT NOT NULL CHECK (kind <> ''),
    record_id TEXT NOT NULL CHECK (record_id <> ''),
    body TEXT NOT NULL CHECK (json_valid(body)),
    changed_at_us INTEGER NOT NULL,
    PRIMARY KEY (kind, record_id)
) STRICT, WITHOUT ROWID;

-- Who does not want what, by a keyed hash of the address: it outlives an erasure and a new import.
CREATE TABLE privacy_choices (
    subject BLOB NOT NULL CHECK (length(subject) = 16),
    purpose TEXT NOT NULL,
    wanted INTEGER NOT NULL CHECK (wanted IN (0, 1)),
    means TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (subject, purpose)
) STRICT, WITHOUT ROWID;

-- What was done about privacy, as a chain. It is never changed, so nobody's name stands in it.
CREATE TABLE privacy_audit (
    sequence INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    facts TEXT NOT NULL CHECK (json_valid(facts)),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER privacy_audit_stays BEFORE UPDATE ON privacy_audit BEGIN
    SELECT raise(ABORT, 'the audit log of privacy is never changed');
END;

CREATE TRIGGER privacy_audit_grows BEFORE DELETE ON privacy_audit BEGIN
    SELECT raise(ABORT, 'the audit log of privacy is never cut');
END;
