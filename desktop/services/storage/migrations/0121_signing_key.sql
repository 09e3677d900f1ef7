-- Signs what is given to people, so that they can show it came from here; sealed like a secret.
CREATE TABLE signing_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sealed BLOB NOT NULL
) STRICT;
