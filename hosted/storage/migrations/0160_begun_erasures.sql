-- What an erasure was going to do, from before its first change: when it is cut off, what is left no
-- longer tells it, and the certificate has to.
CREATE TABLE begun_erasures (
    erasure_id TEXT NOT NULL PRIMARY KEY,
    outcome TEXT NOT NULL CHECK (json_valid(outcome))
) STRICT, WITHOUT ROWID;
