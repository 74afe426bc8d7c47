-- Schema and ResourceType documents that a tenant has beside those of the installation. The version on the tenant's
-- row is what requests look at: it is read with the credential, and a change of it is a change of the catalogue.
ALTER TABLE tenant ADD COLUMN schema_version INTEGER NOT NULL DEFAULT 0;

CREATE TABLE tenant_schema (
    tenant_id INTEGER NOT NULL REFERENCES tenant (id),
    kind TEXT NOT NULL,              -- 'Schema' or 'ResourceType'
    name TEXT NOT NULL,              -- URI of the schema, name of the type
    version INTEGER NOT NULL,        -- schema_version that brought it
    loaded INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (tenant_id, kind, name)
) STRICT, WITHOUT ROWID;
