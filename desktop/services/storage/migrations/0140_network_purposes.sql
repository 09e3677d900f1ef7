-- Hosts are contacted for more purposes than the service and its proxy.
CREATE TABLE network_hosts_anew (
    host TEXT PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (length(purpose) BETWEEN 1 AND 40),
    last_contact_us INTEGER,
    requests INTEGER NOT NULL CHECK (requests >= 0),
    sent_bytes INTEGER NOT NULL CHECK (sent_bytes >= 0),
    received_bytes INTEGER NOT NULL CHECK (received_bytes >= 0),
    last_error TEXT NOT NULL,
    last_error_us INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO network_hosts_anew (host, purpose, last_contact_us, requests, sent_bytes,
    received_bytes, last_error, last_error_us)
SELECT host, purpose, last_contact_us, requests, sent_bytes, received_bytes, last_error,
    last_error_us
FROM network_hosts;

DROP TABLE network_hosts;

ALTER TABLE network_hosts_anew RENAME TO network_hosts;
