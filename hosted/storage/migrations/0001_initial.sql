CREATE TABLE meta (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    service_id TEXT NOT NULL,
    created_us INTEGER NOT NULL
) STRICT;

CREATE TABLE owner_tokens (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    created_us INTEGER NOT NULL
) STRICT;

CREATE TABLE sdk_keys (
    key_id TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL,
    name TEXT NOT NULL,
    key_hash BLOB NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    created_us INTEGER NOT NULL,
    revoked_us INTEGER
) STRICT;

CREATE TABLE configuration (
    entity TEXT NOT NULL
        CHECK (entity IN ('application', 'endpoint', 'policy', 'pricing_rule', 'customer',
            'limit_override', 'block', 'scrub_rule', 'catalog', 'identity')),
    entity_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    revision INTEGER NOT NULL UNIQUE CHECK (revision > 0),
    body TEXT CHECK (body IS NULL OR json_valid(body)),
    PRIMARY KEY (entity, entity_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX configuration_of_application ON configuration (entity, application_id, entity_id);

CREATE TABLE answers (
    idempotency_key TEXT NOT NULL PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    result TEXT NOT NULL CHECK (json_valid(result)),
    created_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX answers_by_age ON answers (created_us);

CREATE TABLE events (
    application_id TEXT NOT NULL,
    allocation_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'parked', 'settled', 'expired', 'denied')),
    opened_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    day INTEGER NOT NULL,
    units_micro INTEGER NOT NULL,
    status INTEGER,
    duration_ms INTEGER CHECK (duration_ms >= 0),
    late INTEGER NOT NULL CHECK (late IN (0, 1)),
    odd_amount INTEGER NOT NULL CHECK (odd_amount IN (0, 1)),
    detail TEXT NOT NULL CHECK (json_valid(detail)),
    UNIQUE (application_id, allocation_id)
) STRICT;

CREATE INDEX events_held ON events (expires_us) WHERE state IN ('open', 'parked');
CREATE TABLE endpoint_hours (
    hour INTEGER NOT NULL,
    application_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    requests INTEGER NOT NULL,
    units INTEGER NOT NULL,
    errors_4xx INTEGER NOT NULL,
    errors_5xx INTEGER NOT NULL,
    status_unknown INTEGER NOT NULL,
    denied INTEGER NOT NULL,
    unsettled INTEGER NOT NULL,
    latency TEXT NOT NULL CHECK (json_valid(latency)),
    revision INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (hour, application_id, endpoint_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE customer_days (
    day INTEGER NOT NULL,
    application_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    events INTEGER NOT NULL,
    peak INTEGER NOT NULL,
    revision INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (day, application_id, customer_id, endpoint_id, meter)
) STRICT, WITHOUT ROWID;

-- A folded row belongs to a customer that is not among the day's largest: it counts on in silence
-- and is told to the world as zero, or, without a revision, not at all.
CREATE TABLE customer_hours (
    hour INTEGER NOT NULL,
    application_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    units INTEGER NOT NULL,
    folded INTEGER NOT NULL CHECK (folded IN (0, 1)),
    revision INTEGER UNIQUE CHECK (folded = 1 OR revision IS NOT NULL),
    PRIMARY KEY (hour, application_id, customer_id, endpoint_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE named_customers (
    application_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    PRIMARY KEY (application_id, day, customer_id)
) STRICT, WITHOUT ROWID;
