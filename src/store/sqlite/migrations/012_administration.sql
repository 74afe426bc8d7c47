-- Those who administer, their sessions, links sent to members, and the policies that tenants had. Tokens are kept as
-- SHA-256 and nothing else.
CREATE TABLE operator (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,          -- argon2id, encoded
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE member_password (
    tenant_id INTEGER NOT NULL,
    member_id BLOB NOT NULL,
    password TEXT NOT NULL,          -- argon2id, encoded
    changed INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, member_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE admin_session (
    token_hash BLOB PRIMARY KEY,
    id BLOB NOT NULL,
    tenant_id INTEGER NOT NULL,      -- 0: of an operator
    member_id BLOB,
    operator_id BLOB,
    created INTEGER NOT NULL,
    last_used INTEGER NOT NULL,
    proven INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX admin_session_by_member ON admin_session (tenant_id, member_id);
CREATE INDEX admin_session_by_operator ON admin_session (operator_id) WHERE operator_id IS NOT NULL;
CREATE INDEX admin_session_by_age ON admin_session (created);

CREATE TABLE member_token (
    token_hash BLOB PRIMARY KEY,
    tenant_id INTEGER NOT NULL,
    member_id BLOB NOT NULL,
    purpose TEXT NOT NULL,           -- 'invitation' or 'email'
    email TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX member_token_by_member ON member_token (tenant_id, member_id, purpose);

CREATE TABLE policy_version (
    tenant_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    actor TEXT NOT NULL,
    policy TEXT NOT NULL,
    PRIMARY KEY (tenant_id, version)
) STRICT, WITHOUT ROWID;
INSERT INTO policy_version (tenant_id, version, changed, actor, policy)
SELECT id, 1, created, '', policy FROM tenant;
