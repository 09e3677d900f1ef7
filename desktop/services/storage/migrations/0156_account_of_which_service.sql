-- Which service's account was deleted: a workspace that is connected to another one has an account.
ALTER TABLE account_deleted_elsewhere ADD COLUMN service_id TEXT NOT NULL DEFAULT '';
