-- Payment providers: the connection, what the provider has as it was last read, who pays for whom,
-- and which rules were published.

-- The key is a row of `secrets`, where the owner sees it among the other API keys.
CREATE TABLE billing_connections (
    provider TEXT NOT NULL CHECK (provider IN ('stripe', 'paddle')),
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    account_id TEXT NOT NULL,
    account_name TEXT NOT NULL,
    secret_id TEXT NOT NULL,
    is_restricted INTEGER NOT NULL CHECK (is_restricted IN (0, 1)),
    missing TEXT NOT NULL CHECK (json_valid(missing)),
    connected_at_us INTEGER NOT NULL,
    PRIMARY KEY (provider, mode)
) STRICT, WITHOUT ROWID;

-- Objects of the provider. `round` is that of the full reading which saw it last: what a whole
-- reading did not see is gone.
CREATE TABLE billing_objects (
    provider TEXT NOT NULL,
    mode TEXT NOT NULL,
    kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    amount_minor INTEGER,
    currency TEXT CHECK ((currency IS NULL) = (amount_minor IS NULL)),
    created_at_us INTEGER NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    round INTEGER NOT NULL,
    PRIMARY KEY (provider, mode, kind, object_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX billing_objects_by_age
    ON billing_objects (provider, mode, kind, created_at_us DESC, object_id);
CREATE INDEX billing_objects_by_customer
    ON billing_objects (provider, mode, customer_id, kind) WHERE customer_id <> '';

-- How far each kind, and the provider's events (kind `events`), was read. A cursor changes in the
-- transaction that stores its page.
CREATE TABLE billing_reads (
    provider TEXT NOT NULL,
    mode TEXT NOT NULL,
    kind TEXT NOT NULL,
    cursor TEXT NOT NULL,
    round INTEGER NOT NULL,
    is_partial INTEGER NOT NULL CHECK (is_partial IN (0, 1)),
    as_of_us INTEGER,
    PRIMARY KEY (provider, mode, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE billing_links (
    provider TEXT NOT NULL,
    mode TEXT NOT NULL,
    application_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    provider_customer_id TEXT NOT NULL CHECK (provider_customer_id <> ''),
    source TEXT NOT NULL CHECK (source IN ('metadata', 'hand')),
    PRIMARY KEY (provider, mode, application_id, customer_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE billing_publications (
    provider TEXT NOT NULL,
    mode TEXT NOT NULL,
    application_id TEXT NOT NULL,
    rule_id TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    product_id TEXT NOT NULL,
    price_id TEXT NOT NULL,
    meter_id TEXT NOT NULL,
    event_name TEXT NOT NULL,
    fraction_digits INTEGER NOT NULL CHECK (fraction_digits BETWEEN 0 AND 6),
    published_at_us INTEGER NOT NULL,
    PRIMARY KEY (provider, mode, application_id, rule_id)
) STRICT, WITHOUT ROWID;
