-- When the vault was changed last: what an older copy is known by.
ALTER TABLE vault ADD COLUMN changed_at_us INTEGER NOT NULL DEFAULT 0;
