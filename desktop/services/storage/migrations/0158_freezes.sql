-- A customer of whom a child is reported is frozen by a row of its own. What reads the two tables
-- is made anew, because a table that views and triggers name cannot be replaced.
DROP VIEW applications;
DROP VIEW endpoints;
DROP VIEW customers;
DROP VIEW customer_merges;
DROP TRIGGER revenue_of_new_terms;
DROP TRIGGER revenue_of_terms;
DROP TRIGGER revenue_of_gone_terms;
DROP TRIGGER revenue_of_new_edit;
DROP TRIGGER revenue_of_edit;
DROP TRIGGER revenue_of_gone_edit;
DROP TRIGGER customer_note_of_new_row;
DROP TRIGGER customer_note_of_row;
DROP TRIGGER customer_note_of_gone_row;

CREATE TABLE configuration_with_freezes (
    entity TEXT NOT NULL CHECK (entity IN ('application', 'endpoint', 'policy', 'pricing_rule',
        'rule_version', 'plan', 'customer_plan', 'customer', 'limit_override', 'block', 'freeze',
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

INSERT INTO configuration_with_freezes (
    entity, entity_id, application_id, body, revision, epoch, state, problem
)
SELECT entity, entity_id, application_id, body, revision, epoch, state, problem
FROM configuration;
DROP TABLE configuration;
ALTER TABLE configuration_with_freezes RENAME TO configuration;

CREATE TABLE outbox_with_freezes (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    idempotency_key TEXT NOT NULL UNIQUE,
    entity TEXT NOT NULL CHECK (entity IN ('application', 'policy', 'pricing_rule', 'plan',
        'customer_plan', 'customer', 'limit_override', 'block', 'freeze',
        'scrub_rule', 'catalog')),
    entity_id TEXT NOT NULL,
    base_revision INTEGER NOT NULL CHECK (base_revision >= 0),
    base TEXT CHECK (json_valid(base)),
    body TEXT CHECK (json_valid(body)),
    rejected INTEGER NOT NULL DEFAULT 0 CHECK (rejected IN (0, 1)),
    created_at_us INTEGER NOT NULL,
    sent_at_us INTEGER
) STRICT;

INSERT INTO outbox_with_freezes (
    position, idempotency_key, entity, entity_id, base_revision, base, body, rejected,
    created_at_us, sent_at_us
)
SELECT position, idempotency_key, entity, entity_id, base_revision, base, body, rejected,
    created_at_us, sent_at_us
FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_with_freezes RENAME TO outbox;

CREATE INDEX configuration_of_application ON configuration (entity, application_id);
CREATE INDEX outbox_by_row ON outbox (entity, entity_id, position);
CREATE INDEX merged_customers ON configuration (application_id, entity_id)
WHERE entity = 'customer' AND body ->> '$.merged.into' IS NOT NULL;

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

CREATE VIEW customer_merges AS
WITH RECURSIVE direct (application_id, customer_id, into_id) AS (
    SELECT application_id, entity_id, body ->> '$.merged.into' FROM configuration
    WHERE entity = 'customer' AND body ->> '$.merged.into' IS NOT NULL
),
chain (application_id, customer_id, into_id) AS (
    SELECT application_id, customer_id, into_id FROM direct
    UNION
    SELECT chain.application_id, chain.customer_id, direct.into_id
    FROM chain JOIN direct ON direct.application_id = chain.application_id
        AND direct.customer_id = chain.into_id
)
SELECT application_id, customer_id, into_id FROM chain
WHERE NOT EXISTS (
    SELECT 1 FROM direct WHERE direct.application_id = chain.application_id
        AND direct.customer_id = chain.into_id
);

CREATE TRIGGER revenue_of_new_terms AFTER INSERT ON configuration
WHEN new.entity IN ('pricing_rule', 'rule_version', 'plan', 'customer_plan', 'endpoint')
    OR (new.entity = 'customer' AND new.body ->> '$.merged.into' IS NOT NULL) BEGIN
    DELETE FROM revenue_months WHERE application_id = new.application_id;
END;

CREATE TRIGGER revenue_of_terms AFTER UPDATE ON configuration
WHEN new.body <> old.body
    AND (new.entity IN ('pricing_rule', 'rule_version', 'plan', 'customer_plan', 'endpoint')
        OR (new.entity = 'customer' AND new.body ->> '$.merged' IS NOT old.body ->> '$.merged'))
BEGIN
    DELETE FROM revenue_months WHERE application_id = new.application_id;
END;

CREATE TRIGGER revenue_of_gone_terms AFTER DELETE ON configuration
WHEN old.entity IN ('pricing_rule', 'rule_version', 'plan', 'customer_plan', 'endpoint')
    OR (old.entity = 'customer' AND old.body ->> '$.merged.into' IS NOT NULL) BEGIN
    DELETE FROM revenue_months WHERE application_id = old.application_id;
END;

CREATE TRIGGER revenue_of_new_edit AFTER INSERT ON outbox WHEN new.entity = 'pricing_rule' BEGIN
    DELETE FROM revenue_months
    WHERE application_id = coalesce(new.body, new.base) ->> 'application_id';
END;

CREATE TRIGGER revenue_of_edit AFTER UPDATE ON outbox WHEN new.entity = 'pricing_rule' BEGIN
    DELETE FROM revenue_months
    WHERE application_id = coalesce(new.body, new.base) ->> 'application_id';
END;

CREATE TRIGGER revenue_of_gone_edit AFTER DELETE ON outbox WHEN old.entity = 'pricing_rule' BEGIN
    DELETE FROM revenue_months
    WHERE application_id = coalesce(old.body, old.base) ->> 'application_id';
END;

CREATE TRIGGER customer_note_of_new_row AFTER INSERT ON configuration
WHEN new.entity IN ('customer', 'customer_plan') BEGIN
    INSERT INTO customer_notes (application_id, customer_id, requests, units)
    VALUES (new.application_id, coalesce(new.body ->> 'customer_id', new.entity_id), 0, 0);
END;

CREATE TRIGGER customer_note_of_row AFTER UPDATE ON configuration
WHEN new.entity IN ('customer', 'customer_plan') AND new.body <> old.body BEGIN
    INSERT INTO customer_notes (application_id, customer_id, requests, units)
    VALUES (new.application_id, coalesce(new.body ->> 'customer_id', new.entity_id), 0, 0);
END;

CREATE TRIGGER customer_note_of_gone_row AFTER DELETE ON configuration
WHEN old.entity IN ('customer', 'customer_plan') BEGIN
    INSERT INTO customer_notes (application_id, customer_id, requests, units)
    VALUES (old.application_id, coalesce(old.body ->> 'customer_id', old.entity_id), 0, 0);
END;
