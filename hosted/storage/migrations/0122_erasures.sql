-- Which noted erasures these data are free of. The notes themselves lie in a file of their own that
-- no archive takes along, so that data from an archive are erased again.
CREATE TABLE applied_erasures (
    erasure_id TEXT NOT NULL PRIMARY KEY,
    at_us INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (json_valid(outcome))
) STRICT, WITHOUT ROWID;
