-- Links and mails of an older database that was restored: since when they wait for somebody to confirm them.
ALTER TABLE member_token ADD COLUMN held bigint;
ALTER TABLE mail ADD COLUMN held bigint;
