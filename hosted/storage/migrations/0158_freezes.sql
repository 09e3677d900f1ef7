-- A customer of whom a child is reported is frozen by a row of its own.
CREATE TABLE configuration_with_freezes (
    entity TEXT NOT NULL
        CHECK (entity IN ('application', 'endpoint', 'policy', 'pricing_rule', 'rule_version',
            'plan', 'customer_plan', 'customer', 'limit_override', 'block', 'freeze', 'scrub_rule',
            'catalog', 'identity')),
    entity_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    revision INTEGER NOT NULL UNIQUE CHECK (revision > 0),
    body TEXT CHECK (body IS NULL OR json_valid(body)),
    PRIMARY KEY (entity, entity_id)
) STRICT, WITHOUT ROWID;

INSERT INTO configuration_with_freezes (entity, entity_id, application_id, revision, body)
SELECT entity, entity_id, application_id, revision, body FROM configuration;
DROP TABLE configuration;
ALTER TABLE configuration_with_freezes RENAME TO configuration;

CREATE INDEX configuration_of_application ON configuration (entity, application_id, entity_id);
