-- What each customer used of each endpoint on past days, as parallel columns: two for who and what,
-- by the numbers of `packed_owners`, and one for each number. The mark of a day has no name, and
-- something in it once it is withdrawn, as in `packed_days`.

CREATE TABLE packed_pairs (
    application_id TEXT NOT NULL,
    name TEXT NOT NULL,
    day INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (application_id, name, day)
) STRICT, WITHOUT ROWID;
