-- Plans, the plans of customers, and the published versions of rules join the configuration. The
-- views that read it are made anew, because a table that views name cannot be replaced.
DROP VIEW applications;
DROP VIEW endpoints;
DROP VIEW pricing_rules;
DROP VIEW customers;

CREATE TABLE configuration_with_plans (
    entity TEXT NOT NULL CHECK (entity IN ('application', 'endpoint', 'policy', 'pricing_rule',
        'rule_version', 'plan', 'customer_plan', 'customer', 'limit_override', 'block',
        'scrub_rule', 'catalog', 'identity')),
    entity_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    revision INTEGER NOT NULL CHECK (revision >= 0),
    epoch INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('synced', 'waiting', 'conflicted', 'rejected')),
    problem TEXT NOT NULL,
    PRIMARY KEY (entity, entity_id)
) STRICT, WITHOUT ROWID;

INSERT INTO configuration_with_plans (entity, entity_id, application_id, body, revision, epoch,
    state, problem)
SELECT entity, entity_id, application_id, body, revision, epoch, state, problem FROM configuration;
DROP TABLE configuration;
ALTER TABLE configuration_with_plans RENAME TO configuration;
CREATE INDEX configuration_of_application ON configuration (entity, application_id);

-- 4611686018427387904 is the epoch of sample data, which no service ever sent.
CREATE VIEW applications AS
SELECT entity_id AS application_id, body ->> 'name' AS name, body ->> 'time_zone' AS time_zone,
    body ->> 'archived' AS archived, epoch = 4611686018427387904 AS is_sample, body, revision,
    epoch, state, problem
FROM configuration WHERE entity = 'application';

CREATE VIEW endpoints AS
SELECT entity_id AS endpoint_id, application_id, body ->> 'method' AS method, body ->> 'url' AS url,
    body, epoch
FROM configuration WHERE entity = 'endpoint';

CREATE VIEW customers AS
SELECT entity_id AS customer_id, application_id, body ->> 'name' AS name, body, revision, epoch,
    state, problem
FROM configuration WHERE entity = 'customer';

CREATE TABLE outbox_with_plans (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    idempotency_key TEXT NOT NULL UNIQUE,
    entity TEXT NOT NULL CHECK (entity IN ('application', 'policy', 'pricing_rule', 'plan',
        'customer_plan', 'customer', 'limit_override', 'block', 'scrub_rule', 'catalog')),
    entity_id TEXT NOT NULL,
    base_revision INTEGER NOT NULL CHECK (base_revision >= 0),
    base TEXT CHECK (json_valid(base)),
    body TEXT CHECK (json_valid(body)),
    rejected INTEGER NOT NULL DEFAULT 0 CHECK (rejected IN (0, 1)),
    created_at_us INTEGER NOT NULL,
    sent_at_us INTEGER
) STRICT;

INSERT INTO outbox_with_plans (position, idempotency_key, entity, entity_id, base_revision, base,
    body, rejected, created_at_us, sent_at_us)
SELECT position, idempotency_key, entity, entity_id, base_revision, base, body, rejected,
    created_at_us, sent_at_us
FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_with_plans RENAME TO outbox;
CREATE INDEX outbox_by_row ON outbox (entity, entity_id, position);

-- What an owner typed and has not published yet: the whole draft as JSON, one a rule, and one for a
-- new rule of an application (`new_rule`).
CREATE TABLE rule_drafts (
    application_id TEXT NOT NULL,
    rule_id TEXT NOT NULL,
    draft TEXT NOT NULL CHECK (json_valid(draft)),
    saved_at_us INTEGER NOT NULL,
    PRIMARY KEY (application_id, rule_id)
) STRICT, WITHOUT ROWID;
