-- Run by the owner of the tables. The server works as the role rollcall_server, which owns nothing and may do no more
-- than what is granted below.
--
-- Every primary key and unique index of a tenant's table begins with tenant_id, and no foreign key or sequence crosses
-- tenants. The exceptions are global: tenants, accounts, operators, and the hash of a token, which is how a tenant is
-- found. Times are milliseconds since 1970 (UTC), but for that of the request log. Text compares as bytes: keys are
-- folded by the program.

CREATE TABLE tenant (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug text COLLATE "C" NOT NULL UNIQUE,
    profile text NOT NULL,
    policy text NOT NULL,
    created bigint NOT NULL,
    enabled boolean NOT NULL,
    schema_version bigint NOT NULL DEFAULT 0
);

CREATE TABLE instance_secret (
    name text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);

-- ---------------------------------------------------------------------------------------------------- credentials

CREATE TABLE credential (
    tenant_id bigint NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    slug text COLLATE "C",
    token_hash bytea NOT NULL,
    created bigint NOT NULL,
    expires bigint,
    enabled boolean NOT NULL,
    revoked bigint,
    last_used bigint,
    last_used_address text NOT NULL,
    user_id uuid,
    rights text NOT NULL,
    token_issued bigint,
    paused bigint,                   -- set while an administrator keeps the provider from repeating what was undone
    networks text NOT NULL,          -- that it may be used from, separated by commas; empty: all
    quarantined bigint,              -- since when nobody has confirmed that it is still good
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX credential_by_token ON credential (token_hash);
CREATE UNIQUE INDEX credential_by_slug ON credential (tenant_id, slug) WHERE slug IS NOT NULL;
CREATE INDEX credential_by_user ON credential (tenant_id, user_id) WHERE user_id IS NOT NULL;

-- Further tokens of a credential: 'previous', of before a rotation, and 'access', given for a short time.
CREATE TABLE credential_token (
    tenant_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    credential_id uuid NOT NULL,
    kind text NOT NULL,
    expires bigint NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, credential_id) REFERENCES credential (tenant_id, id)
);
CREATE INDEX credential_token_by_hash ON credential_token (token_hash);
CREATE INDEX credential_token_of ON credential_token (tenant_id, credential_id, expires);

CREATE TABLE issuer (
    tenant_id bigint NOT NULL,
    url text COLLATE "C" NOT NULL,
    audience text NOT NULL,
    tenant_claim text NOT NULL,
    tenant_value text NOT NULL,
    keys text NOT NULL,
    credential_id uuid NOT NULL,
    created bigint NOT NULL,
    keys_url text NOT NULL,
    keys_fetched bigint,
    PRIMARY KEY (tenant_id, url),
    FOREIGN KEY (tenant_id, credential_id) REFERENCES credential (tenant_id, id)
);
CREATE INDEX issuer_by_url ON issuer (url);

CREATE TABLE credential_address (
    tenant_id bigint NOT NULL,
    credential_id uuid NOT NULL,
    address text COLLATE "C" NOT NULL,
    last_used bigint NOT NULL,
    PRIMARY KEY (tenant_id, credential_id, address)
);

CREATE TABLE credential_hour (
    tenant_id bigint NOT NULL,
    credential_id uuid NOT NULL,
    hour bigint NOT NULL,            -- since 1970
    requests bigint NOT NULL,
    PRIMARY KEY (tenant_id, credential_id, hour)
);

CREATE TABLE credential_notice (
    tenant_id bigint NOT NULL,
    seq bigint NOT NULL,
    time bigint NOT NULL,
    credential_id uuid NOT NULL,
    kind text NOT NULL,              -- 'new_address', 'volume'
    address text NOT NULL,
    requests bigint NOT NULL,
    usual bigint NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);

CREATE TABLE service_key (
    tenant_id bigint NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    scopes text NOT NULL,            -- separated by blanks
    token_hash bytea NOT NULL,
    created bigint NOT NULL,
    expires bigint,
    revoked bigint,
    last_used bigint,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX service_key_by_token ON service_key (token_hash);

-- ---------------------------------------------------------------------------------------------------- resources

-- `document` is the JSON as it is sent. It is text: nothing in the database looks into it.
CREATE TABLE resource (
    tenant_id bigint NOT NULL,
    type text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    version bigint NOT NULL,
    created bigint NOT NULL,
    last_modified bigint NOT NULL,
    active boolean,                  -- NULL: the document states nothing
    plain boolean NOT NULL,
    hidden boolean NOT NULL,         -- SCIM callers do not see it
    member_count bigint NOT NULL DEFAULT 0,  -- of members that SCIM sees
    user_name_key text COLLATE "C",
    external_id text COLLATE "C",
    display text NOT NULL,
    manager text,
    indexed bytea,                   -- the rows of value_index and unique_value that are of this resource
    document text NOT NULL,
    PRIMARY KEY (tenant_id, type, id)
);
CREATE UNIQUE INDEX resource_by_user_name ON resource (tenant_id, user_name_key) WHERE user_name_key IS NOT NULL;
CREATE INDEX resource_by_external_id ON resource (tenant_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX resource_by_last_modified ON resource (tenant_id, type, last_modified, id);

CREATE TABLE value_index (
    tenant_id bigint NOT NULL,
    attribute text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    resource_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, attribute, key, resource_id)
);

CREATE TABLE unique_value (
    tenant_id bigint NOT NULL,
    type text COLLATE "C" NOT NULL,
    attribute text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    resource_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, type, attribute, key)
);

CREATE TABLE membership (
    tenant_id bigint NOT NULL,
    group_id uuid NOT NULL,
    member_id uuid NOT NULL,
    member_type text COLLATE "C" NOT NULL,
    display text NOT NULL,           -- of the member, so that a group is shown from one range of rows
    hidden boolean NOT NULL,
    PRIMARY KEY (tenant_id, group_id, member_id)
);
CREATE INDEX membership_by_member ON membership (tenant_id, member_id, group_id);
-- Members that may have members themselves: few, where most members are users.
CREATE INDEX membership_nested ON membership (tenant_id, group_id, member_type, member_id) WHERE member_type <> 'User';

-- "type:User": how many resources of that type SCIM sees; "hidden:User": the others; "outbox", "audit",
-- "credential_notice": the last number given.
CREATE TABLE counter (
    tenant_id bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (tenant_id, name)
) WITH (fillfactor = 50);

CREATE TABLE tenant_schema (
    tenant_id bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,  -- 'Schema' or 'ResourceType'
    name text COLLATE "C" NOT NULL,  -- URI of the schema, name of the type
    version bigint NOT NULL,
    loaded bigint NOT NULL,
    document text NOT NULL,
    PRIMARY KEY (tenant_id, kind, name)
);

-- ---------------------------------------------------------------------------------------------------- members, groups

CREATE TABLE account (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    verified_at bigint,
    created bigint NOT NULL
);
CREATE UNIQUE INDEX account_by_email ON account (email_key) WHERE verified_at IS NOT NULL;

CREATE TABLE member (
    tenant_id bigint NOT NULL,
    id uuid NOT NULL,
    account_id uuid,                 -- NULL: the person is known in this tenant only
    role text COLLATE "C" NOT NULL,
    previous_role text NOT NULL,
    managed text NOT NULL,           -- 'scim' or 'manual'
    pre_linked boolean NOT NULL,
    deactivated_at bigint,
    deactivated_by text NOT NULL,
    removed_at bigint,
    removed_name text COLLATE "C",   -- key of the userName that the member had when it was removed
    email_verified_at bigint,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX member_by_role ON member (tenant_id, role, id) WHERE deactivated_at IS NULL;
CREATE INDEX member_by_removed_name ON member (tenant_id, removed_name, removed_at) WHERE removed_name IS NOT NULL;
CREATE UNIQUE INDEX member_by_account ON member (tenant_id, account_id)
    WHERE account_id IS NOT NULL AND removed_at IS NULL;
CREATE INDEX member_by_person ON member (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE group_state (
    tenant_id bigint NOT NULL,
    id uuid NOT NULL,
    source text NOT NULL,            -- 'api' or 'manual'
    owner_id uuid,
    enabled boolean NOT NULL,        -- false: it grants nothing (PLU-05)
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX group_state_by_owner ON group_state (tenant_id, owner_id) WHERE owner_id IS NOT NULL;

CREATE TABLE scope_grant (
    tenant_id bigint NOT NULL,
    subject_id uuid NOT NULL,
    scope text COLLATE "C" NOT NULL,
    access text NOT NULL,            -- 'read' or 'write'
    PRIMARY KEY (tenant_id, subject_id, scope)
);

-- ---------------------------------------------------------------------------------------------------- applications

CREATE TABLE member_session (
    tenant_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    id uuid NOT NULL,
    member_id uuid NOT NULL,
    created bigint NOT NULL,
    expires bigint NOT NULL,
    PRIMARY KEY (tenant_id, token_hash)
);
CREATE UNIQUE INDEX member_session_by_id ON member_session (tenant_id, id);
CREATE INDEX member_session_by_member ON member_session (tenant_id, member_id, id);

CREATE TABLE member_key (
    tenant_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    id uuid NOT NULL,
    member_id uuid NOT NULL,
    name text NOT NULL,
    scope text NOT NULL,             -- separated by blanks; the application gives them a meaning
    created bigint NOT NULL,
    expires bigint,
    suspended bigint,                -- set while its member is deactivated
    revoked bigint,
    PRIMARY KEY (tenant_id, token_hash)
);
CREATE UNIQUE INDEX member_key_by_id ON member_key (tenant_id, id);
CREATE INDEX member_key_by_member ON member_key (tenant_id, member_id, id);

-- owner_id of zeros: the placeholder.
CREATE TABLE content (
    tenant_id bigint NOT NULL,
    scope text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    owner_id uuid NOT NULL,
    registered bigint NOT NULL,
    PRIMARY KEY (tenant_id, scope, reference)
);
CREATE INDEX content_by_owner ON content (tenant_id, owner_id, scope, reference);

-- ---------------------------------------------------------------------------------------------------- administration

CREATE TABLE operator (
    id uuid PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    password text NOT NULL,          -- argon2id, encoded
    created bigint NOT NULL
);

CREATE TABLE member_password (
    tenant_id bigint NOT NULL,
    member_id uuid NOT NULL,
    password text NOT NULL,          -- argon2id, encoded
    changed bigint NOT NULL,
    PRIMARY KEY (tenant_id, member_id)
);

CREATE TABLE admin_session (
    token_hash bytea PRIMARY KEY,
    id uuid NOT NULL,
    tenant_id bigint NOT NULL,       -- 0: of an operator
    member_id uuid,
    operator_id uuid,
    created bigint NOT NULL,
    last_used bigint NOT NULL,
    proven bigint NOT NULL
);
CREATE INDEX admin_session_by_member ON admin_session (tenant_id, member_id);
CREATE INDEX admin_session_by_operator ON admin_session (operator_id) WHERE operator_id IS NOT NULL;
CREATE INDEX admin_session_by_age ON admin_session (created);

CREATE TABLE member_token (
    tenant_id bigint NOT NULL,
    member_id uuid NOT NULL,
    purpose text COLLATE "C" NOT NULL,  -- 'invitation' or 'email'
    token_hash bytea NOT NULL,
    email text NOT NULL,
    created bigint NOT NULL,
    expires bigint NOT NULL,
    PRIMARY KEY (tenant_id, member_id, purpose)
);
CREATE INDEX member_token_by_hash ON member_token (token_hash);

CREATE TABLE policy_version (
    tenant_id bigint NOT NULL,
    version bigint NOT NULL,
    changed bigint NOT NULL,
    actor text NOT NULL,
    policy text NOT NULL,
    PRIMARY KEY (tenant_id, version)
);

-- Where administrators sign in (OpenID Connect), and who they are there.
CREATE TABLE identity_provider (
    tenant_id bigint PRIMARY KEY,
    issuer text NOT NULL,
    client_id text NOT NULL,
    client_secret text NOT NULL,     -- sealed with a key that is not in the database; empty for a public client
    match_email boolean NOT NULL,
    created bigint NOT NULL
);

CREATE TABLE provider_subject (
    tenant_id bigint NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    member_id uuid NOT NULL,
    created bigint NOT NULL,
    PRIMARY KEY (tenant_id, issuer, subject)
);
CREATE INDEX provider_subject_by_member ON provider_subject (tenant_id, member_id);

-- Mails that wait to be sent. The token in a mail is made when it goes out.
CREATE TABLE mail (
    tenant_id bigint NOT NULL,
    member_id uuid NOT NULL,
    purpose text COLLATE "C" NOT NULL,  -- as in member_token
    email text NOT NULL,
    created bigint NOT NULL,
    due bigint NOT NULL,
    attempts bigint NOT NULL,
    PRIMARY KEY (tenant_id, member_id, purpose)
);
CREATE INDEX mail_by_due ON mail (due);

-- ---------------------------------------------------------------------------------------------------- mass changes

-- What a change took away, with what was there before. `total` is the sum of all weights up to it.
CREATE TABLE loss (
    tenant_id bigint NOT NULL,
    seq bigint NOT NULL,
    time bigint NOT NULL,
    kind text NOT NULL,
    target uuid NOT NULL,
    weight bigint NOT NULL,
    total bigint NOT NULL,
    version bigint NOT NULL,
    waits boolean NOT NULL,
    credential_id uuid,
    address text NOT NULL,
    image text NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX loss_by_time ON loss (tenant_id, time, seq);

CREATE TABLE mass_change (
    tenant_id bigint NOT NULL,
    id uuid NOT NULL,
    first bigint NOT NULL,
    noticed bigint NOT NULL,
    due bigint NOT NULL,
    losses bigint NOT NULL,
    members bigint NOT NULL,
    credential_id uuid,
    address text NOT NULL,
    decision text NOT NULL,
    decided bigint,
    decided_by text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX mass_change_open ON mass_change (tenant_id) WHERE decision = '';

CREATE TABLE mass_change_guard (
    tenant_id bigint PRIMARY KEY,
    announced bigint NOT NULL,
    announced_until bigint NOT NULL,
    members bigint NOT NULL,
    counted bigint NOT NULL
);

-- ---------------------------------------------------------------------------------------------------- trail

-- A row for each request, kept for ever. Tenant 0 holds requests that could not be ascribed to anybody. A partition for
-- each month: audit_month() below makes them.
CREATE TABLE audit (
    tenant_id bigint NOT NULL,
    seq bigint NOT NULL,
    time timestamptz NOT NULL,
    request_id uuid NOT NULL,
    credential_id uuid,
    method text NOT NULL,
    path text NOT NULL,
    body_hash bytea,
    status integer NOT NULL,
    duration_us bigint NOT NULL,
    address text NOT NULL,
    channel text NOT NULL,
    target text NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (tenant_id, time, seq)
) PARTITION BY RANGE (time);
CREATE INDEX audit_by_credential ON audit (tenant_id, credential_id, time, seq);

CREATE TABLE outbox (
    tenant_id bigint NOT NULL,
    seq bigint NOT NULL,
    time bigint NOT NULL,
    event text NOT NULL,
    type text NOT NULL,
    id uuid NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);

-- One row for each change, chained for each tenant (store/events.h). Kept for ever.
CREATE TABLE event (
    tenant_id bigint NOT NULL,
    seq bigint NOT NULL,
    time bigint NOT NULL,
    request_id uuid NOT NULL,
    channel text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    address text NOT NULL,
    action text NOT NULL,
    target_type text NOT NULL,
    target text NOT NULL,
    payload text NOT NULL,
    code bytea NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);

-- The last row of each tenant, written once in a transaction: rows that are cut off at the end are missed.
CREATE TABLE event_head (
    tenant_id bigint PRIMARY KEY,
    seq bigint NOT NULL,
    code bytea NOT NULL
);

-- Makes the partition for a month if there is none. Runs as its owner: the server may make no tables.
CREATE FUNCTION audit_month(moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
DECLARE
    first timestamptz := date_trunc('month', moment);
    name text := 'audit_' || to_char(first, 'YYYY_MM');
BEGIN
    PERFORM pg_advisory_xact_lock(x'524f4c4c'::bigint);
    IF to_regclass(quote_ident(name)) IS NOT NULL THEN RETURN; END IF;
    EXECUTE format('CREATE TABLE %I (LIKE audit INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    -- Attached afterwards, because that way nobody who writes must wait.
    EXECUTE format('ALTER TABLE audit ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, first,
                   first + interval '1 month');
END $$;
