-- The member directory. An account is a person, global to the installation; a member is the person in one tenant, one row
-- beside every resource of type User and with its id.
CREATE TABLE account (
    id BLOB PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    verified_at INTEGER,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_by_email ON account (email_key) WHERE verified_at IS NOT NULL;

CREATE TABLE member (
    tenant_id INTEGER NOT NULL,
    id BLOB NOT NULL,
    account_id BLOB,                 -- NULL: the person is known in this tenant only
    role TEXT NOT NULL,
    previous_role TEXT NOT NULL,
    managed TEXT NOT NULL,           -- 'scim' or 'manual'
    pre_linked INTEGER NOT NULL,
    deactivated_at INTEGER,
    deactivated_by TEXT NOT NULL,
    removed_at INTEGER,
    removed_name TEXT,               -- key of the userName that the member had when it was removed
    email_verified_at INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_by_role ON member (tenant_id, role, id) WHERE deactivated_at IS NULL;
CREATE INDEX member_by_removed_name ON member (tenant_id, removed_name, removed_at) WHERE removed_name IS NOT NULL;
CREATE UNIQUE INDEX member_by_account ON member (tenant_id, account_id)
    WHERE account_id IS NOT NULL AND removed_at IS NULL;
CREATE INDEX member_by_person ON member (account_id) WHERE account_id IS NOT NULL;

INSERT INTO member (tenant_id, id, role, previous_role, managed, pre_linked, deactivated_at, deactivated_by)
SELECT tenant_id, id, 'member', iif(active = 0, 'member', ''), 'scim', 0, iif(active = 0, last_modified, NULL), ''
FROM resource WHERE type = 'User';

-- What SCIM callers do not see. It stands at the end of the indexes that lists and look-ups by id use, so that they know
-- it without looking at the row; what is hidden costs as much time as what is not there.
ALTER TABLE resource ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE membership ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
DROP INDEX resource_by_id;
CREATE UNIQUE INDEX resource_by_id ON resource (tenant_id, type, id, hidden);
DROP INDEX resource_by_last_modified;
CREATE INDEX resource_by_last_modified ON resource (tenant_id, type, last_modified, id, hidden);
DROP INDEX membership_by_member;
CREATE INDEX membership_by_member ON membership (tenant_id, member_id, group_id, hidden);
CREATE INDEX membership_hidden ON membership (tenant_id, group_id) WHERE hidden = 1;
