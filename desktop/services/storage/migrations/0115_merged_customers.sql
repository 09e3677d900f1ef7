-- Customers whose row says that they are another one; few, and found without reading the others.
CREATE INDEX merged_customers ON configuration (application_id, entity_id)
WHERE entity = 'customer' AND body ->> '$.merged.into' IS NOT NULL;

-- Merges travel as part of those rows: every merged identity and the customer at the end of its chain, for sums that count customers:
-- `coalesce(into_id, customer_id)`. A circle has no end, and merges nobody.
DROP TABLE customer_merges;
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
