-- Durations are counted in logarithmic bins, written sparsely; counts in the bins of before cannot
-- be spread over them. Callers without identity, and the rest of a day, are no customers.
ALTER TABLE endpoint_hours DROP COLUMN latency;
ALTER TABLE endpoint_hours ADD COLUMN durations TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(durations));
DELETE FROM configuration WHERE entity = 'customer' AND entity_id IN ('anonymous', 'others');
