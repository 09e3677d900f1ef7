-- How this workspace reaches its service, and every host it has contacted. The proxy's user and
-- password are sealed once more; a pin holds for the host it was set for.
CREATE TABLE network_options (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    proxy TEXT NOT NULL CHECK (proxy IN ('system', 'none', 'own')),
    proxy_url TEXT NOT NULL,
    proxy_auth BLOB,
    ca_name TEXT NOT NULL,
    ca_pem TEXT NOT NULL,
    pin TEXT NOT NULL CHECK (length(pin) IN (0, 64)),
    pin_host TEXT NOT NULL
) STRICT;

INSERT INTO network_options (one, proxy, proxy_url, proxy_auth, ca_name, ca_pem, pin, pin_host)
VALUES (1, 'system', '', NULL, '', '', '', '');

CREATE TABLE network_hosts (
    host TEXT PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('service', 'proxy')),
    last_contact_us INTEGER,
    requests INTEGER NOT NULL CHECK (requests >= 0),
    sent_bytes INTEGER NOT NULL CHECK (sent_bytes >= 0),
    received_bytes INTEGER NOT NULL CHECK (received_bytes >= 0),
    last_error TEXT NOT NULL,
    last_error_us INTEGER
) STRICT, WITHOUT ROWID;
