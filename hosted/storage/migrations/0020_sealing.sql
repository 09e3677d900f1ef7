-- The public key of the account's vault: identities are sealed to it. The private half never comes
-- here. The epoch is that of the key pseudonyms are made with.
CREATE TABLE sealing (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    public_key TEXT NOT NULL CHECK (length(public_key) = 44),
    changed_us INTEGER NOT NULL
) STRICT;

ALTER TABLE meta ADD COLUMN pseudonym_epoch INTEGER NOT NULL DEFAULT 1 CHECK (pseudonym_epoch > 0);
