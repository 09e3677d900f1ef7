-- What was corrected about people, by keyed hashes; the new value only until every place has it.
CREATE TABLE person_corrections (
    correction_id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL,
    field TEXT NOT NULL CHECK (field IN ('name', 'email')),
    customers TEXT NOT NULL CHECK (json_valid(customers)),
    value TEXT NOT NULL,
    after_hash TEXT NOT NULL,
    results TEXT NOT NULL CHECK (json_valid(results)),
    corrected_at_us INTEGER NOT NULL,
    is_settled INTEGER NOT NULL CHECK (is_settled IN (0, 1))
) STRICT, WITHOUT ROWID;
