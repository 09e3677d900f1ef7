-- Secrets of any kind: those of mail servers and sign-ins beside the keys.
CREATE TABLE secrets_anew (
    secret_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    hint TEXT NOT NULL CHECK (length(hint) <= 4),
    application_id TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    provider TEXT NOT NULL DEFAULT '',
    scope TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
    expires_at_us INTEGER,
    service_key_id TEXT NOT NULL DEFAULT '',
    revoked_at_us INTEGER,
    in_keyring INTEGER NOT NULL DEFAULT 0 CHECK (in_keyring IN (0, 1))
) STRICT, WITHOUT ROWID;

INSERT INTO secrets_anew (secret_id, kind, name, note, hint, application_id, created_at_us, sealed,
    provider, scope, tags, expires_at_us, service_key_id, revoked_at_us, in_keyring)
SELECT secret_id, kind, name, note, hint, application_id, created_at_us, sealed,
    provider, scope, tags, expires_at_us, service_key_id, revoked_at_us, in_keyring
FROM secrets;

DROP TABLE secrets;

ALTER TABLE secrets_anew RENAME TO secrets;

-- The owner's mail server. Its password is a secret of the kind `mail_password`.
CREATE TABLE mail_server (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    host TEXT NOT NULL,
    port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    encryption TEXT NOT NULL CHECK (encryption IN ('starttls', 'tls')),
    user TEXT NOT NULL,
    sender_name TEXT NOT NULL,
    sender_address TEXT NOT NULL,
    owner_address TEXT NOT NULL,
    problem TEXT NOT NULL,
    problem_at_us INTEGER
) STRICT;

-- Letters that wait, and what became of the others. The text of a letter goes when it was sent.
CREATE TABLE mail_outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    mail_id TEXT NOT NULL UNIQUE,
    once_key TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_part TEXT NOT NULL,
    html_part TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('queued', 'sending', 'sent', 'refused', 'unknown', 'held', 'cancelled')),
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    queued_at_us INTEGER NOT NULL,
    next_at_us INTEGER NOT NULL,
    ended_at_us INTEGER
) STRICT;

CREATE INDEX mail_outbox_waiting ON mail_outbox (next_at_us) WHERE state = 'queued';
