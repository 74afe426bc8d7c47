-- A credential may belong to a user; it then speaks for that user alone (decision 021).
ALTER TABLE credential ADD COLUMN user_id BLOB;
ALTER TABLE credential ADD COLUMN rights TEXT NOT NULL DEFAULT 'provision';
CREATE INDEX credential_by_user ON credential (tenant_id, user_id) WHERE user_id IS NOT NULL;
