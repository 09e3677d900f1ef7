-- Who signed in, at which provider. Its tokens are secrets of the kinds `sign_in_refresh` and
-- `sign_in_client`; the session at the service is the workspace's token.
CREATE TABLE sign_in (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    kind TEXT NOT NULL CHECK (kind IN ('google', 'auth0', 'other')),
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    redirect_port INTEGER NOT NULL CHECK (redirect_port BETWEEN 0 AND 65535),
    further_hosts TEXT NOT NULL CHECK (json_valid(further_hosts)),
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    signed_in_at_us INTEGER,
    renewing_since_us INTEGER,
    ended TEXT NOT NULL,
    device_id TEXT NOT NULL,
    device_ends_us INTEGER
) STRICT;

-- What the owner says of themselves; a correction is recorded by keyed hashes, without the values.
CREATE TABLE account_profile (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    company TEXT NOT NULL,
    adult_declared_at_us INTEGER
) STRICT;

INSERT INTO account_profile (one, name, email, company, adult_declared_at_us)
VALUES (1, '', '', '', NULL);

CREATE TABLE profile_corrections (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at_us INTEGER NOT NULL,
    field TEXT NOT NULL CHECK (field IN ('name', 'email', 'company')),
    before_hash TEXT NOT NULL,
    after_hash TEXT NOT NULL
) STRICT;
