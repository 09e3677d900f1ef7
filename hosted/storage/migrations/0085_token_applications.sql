-- Null: the token holds for every application. Else the ids of those it holds for.
ALTER TABLE tokens ADD COLUMN application_ids TEXT
    CHECK (application_ids IS NULL OR json_array_length(application_ids) > 0);
