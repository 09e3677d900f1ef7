-- What the rules brought in whole months, so that a year of revenue need not be priced anew. A row
-- without a rule says that the month is whole. A month is forgotten by the page of sync that
-- changes its usage, and all of an application when a price, a plan or a merge changes.

CREATE TABLE revenue_months (
    application_id TEXT NOT NULL,
    month INTEGER NOT NULL,
    rule_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    digits INTEGER NOT NULL,
    minor INTEGER NOT NULL,
    PRIMARY KEY (application_id, month, rule_id, currency)
) STRICT, WITHOUT ROWID;

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

-- An edit that waits prices already, and no longer when it is refused.
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
