-- Every primary key and unique index begins with tenant_id; tenants are the only global rows. The exceptions are
-- the rowid of resource, which never leaves the database, and the hash of a token, which is how a tenant is found.
-- Times are milliseconds since 1970 (UTC) unless said otherwise. Ids are the 16 bytes of a UUIDv7.

CREATE TABLE tenant (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE,
    profile TEXT NOT NULL,
    policy TEXT NOT NULL,
    created INTEGER NOT NULL,
    enabled INTEGER NOT NULL
) STRICT;

CREATE TABLE credential (
    tenant_id INTEGER NOT NULL REFERENCES tenant (id),
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    slug TEXT,
    token_hash BLOB NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    enabled INTEGER NOT NULL,
    revoked INTEGER,
    last_used INTEGER,
    last_used_address TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX credential_by_token ON credential (token_hash);
CREATE UNIQUE INDEX credential_by_slug ON credential (tenant_id, slug) WHERE slug IS NOT NULL;

-- Rows are wide, so they stay in a table tree of their own; the indexes are narrow. `document` is last: what stands
-- before it is read without touching it.
CREATE TABLE resource (
    seq INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenant (id),
    type TEXT NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    created INTEGER NOT NULL,
    last_modified INTEGER NOT NULL,
    active INTEGER NOT NULL,         -- 0 false, 1 true, 2 the document states nothing
    plain INTEGER NOT NULL,
    member_count INTEGER NOT NULL,
    user_name_key TEXT,
    external_id TEXT,
    display TEXT NOT NULL,
    manager TEXT,
    indexed BLOB,                    -- the rows of value_index and unique_value that are of this resource
    document TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX resource_by_id ON resource (tenant_id, type, id);
CREATE UNIQUE INDEX resource_by_user_name ON resource (tenant_id, user_name_key) WHERE user_name_key IS NOT NULL;
CREATE INDEX resource_by_external_id ON resource (tenant_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE value_index (
    tenant_id INTEGER NOT NULL,
    attribute TEXT NOT NULL,
    key TEXT NOT NULL,
    resource_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, attribute, key, resource_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE unique_value (
    tenant_id INTEGER NOT NULL,
    type TEXT NOT NULL,
    attribute TEXT NOT NULL,
    key TEXT NOT NULL,
    resource_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, type, attribute, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE membership (
    tenant_id INTEGER NOT NULL,
    group_id BLOB NOT NULL,
    member_id BLOB NOT NULL,
    member_type TEXT NOT NULL,
    display TEXT NOT NULL,           -- of the member, so that a group is shown from one range of rows
    PRIMARY KEY (tenant_id, group_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_by_member ON membership (tenant_id, member_id, group_id);

-- "type:User": how many resources of that type; "outbox": the last seq given.
CREATE TABLE counter (
    tenant_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT, WITHOUT ROWID;

-- Kept for ever. `time` is text so that the view below can be asked for a period of a credential and be answered
-- from an index. Tenant 0 holds requests that could not be ascribed to anybody.
CREATE TABLE audit (
    tenant_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time TEXT NOT NULL,
    request_id BLOB NOT NULL,
    credential_id BLOB,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    body_hash BLOB,
    status INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    address TEXT NOT NULL,
    channel TEXT NOT NULL,
    target TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_credential ON audit (tenant_id, credential_id, time, seq);

CREATE TABLE outbox (
    tenant_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    event TEXT NOT NULL,
    type TEXT NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) STRICT, WITHOUT ROWID;

-- MOB-16. Two halves, each led by few rows and answered from audit_by_credential: requests of a credential, and
-- requests of nobody. CROSS JOIN keeps that order without statistics. Credentials are never deleted.
CREATE VIEW learn_scim_audit AS
SELECT
    t.slug AS tenant,
    lower(substr(hex(c.id), 1, 8) || '-' || substr(hex(c.id), 9, 4) || '-' || substr(hex(c.id), 13, 4) || '-' ||
          substr(hex(c.id), 17, 4) || '-' || substr(hex(c.id), 21)) AS credential,
    c.name AS credential_name,
    a.time AS time,
    a.method AS method,
    a.path AS path,
    lower(hex(a.body_hash)) AS body_sha256,
    a.status AS status,
    a.duration_us / 1000.0 AS response_ms,
    a.address AS ip,
    lower(substr(hex(a.request_id), 1, 8) || '-' || substr(hex(a.request_id), 9, 4) || '-' ||
          substr(hex(a.request_id), 13, 4) || '-' || substr(hex(a.request_id), 17, 4) || '-' ||
          substr(hex(a.request_id), 21)) AS request_id,
    a.channel AS channel,
    a.target AS target,
    a.note AS note,
    a.seq AS seq
FROM credential c
CROSS JOIN tenant t ON t.id = c.tenant_id
CROSS JOIN audit a ON a.tenant_id = c.tenant_id AND a.credential_id = c.id
UNION ALL
SELECT
    t.slug, NULL, NULL, a.time, a.method, a.path, lower(hex(a.body_hash)), a.status, a.duration_us / 1000.0, a.address,
    lower(substr(hex(a.request_id), 1, 8) || '-' || substr(hex(a.request_id), 9, 4) || '-' ||
          substr(hex(a.request_id), 13, 4) || '-' || substr(hex(a.request_id), 17, 4) || '-' ||
          substr(hex(a.request_id), 21)),
    a.channel, a.target, a.note, a.seq
FROM (SELECT 0 AS id, NULL AS slug UNION ALL SELECT id, slug FROM tenant) t
CROSS JOIN audit a ON a.tenant_id = t.id AND a.credential_id IS NULL;
