-- Tenants are kept apart by the database too (decision 075). A transaction says whose rows it is about with
-- set_config('rollcall.tenant', NUMBER, true), which ends with it; without it there are no rows. 'all' opens the tables
-- that a request is looked up in before its tenant is known, for reading.

CREATE FUNCTION this_tenant() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(nullif(current_setting('rollcall.tenant', true), ''), 'all')::bigint $$;
CREATE FUNCTION all_tenants() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('rollcall.tenant', true) = 'all', false) $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['credential', 'credential_token', 'issuer', 'credential_address', 'credential_hour',
        'credential_notice', 'service_key', 'resource', 'value_index', 'unique_value', 'membership', 'counter',
        'tenant_schema', 'member', 'group_state', 'scope_grant', 'member_session', 'member_key', 'content',
        'member_password', 'admin_session', 'member_token', 'policy_version', 'audit', 'outbox', 'event',
        'event_head', 'loss', 'mass_change', 'mass_change_guard',
        'identity_provider', 'provider_subject', 'mail']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON %I USING (tenant_id = this_tenant())', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO rollcall_server', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['credential', 'credential_token', 'issuer', 'service_key', 'member', 'member_password',
        'member_token', 'loss', 'mass_change', 'mail']
    LOOP
        EXECUTE format('CREATE POLICY looked_up ON %I FOR SELECT USING (all_tenants())', name);
    END LOOP;
END $$;
CREATE POLICY everybody ON admin_session USING (all_tenants());

ALTER TABLE tenant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenant USING (id = this_tenant());
CREATE POLICY everybody ON tenant USING (all_tenants());

GRANT SELECT, INSERT, UPDATE ON tenant TO rollcall_server;
GRANT SELECT, INSERT, UPDATE ON account TO rollcall_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON operator TO rollcall_server;
GRANT SELECT, INSERT ON instance_secret TO rollcall_server;
GRANT EXECUTE ON FUNCTION audit_month(timestamptz) TO rollcall_server;
-- The trail is only added to.
REVOKE UPDATE, DELETE ON audit, event FROM rollcall_server;
REVOKE DELETE ON event_head, policy_version FROM rollcall_server;
REVOKE UPDATE ON policy_version FROM rollcall_server;

-- Views see what their caller sees, not what their owner sees.
-- MOB-16.
CREATE VIEW learn_scim_audit WITH (security_invoker = true) AS
SELECT
    t.slug AS tenant,
    a.credential_id AS credential,
    c.name AS credential_name,
    a.time AS time,
    a.method AS method,
    a.path AS path,
    coalesce(encode(a.body_hash, 'hex'), '') AS body_sha256,
    a.status AS status,
    a.duration_us / 1000.0 AS response_ms,
    a.address AS ip,
    a.request_id AS request_id,
    a.channel AS channel,
    a.target AS target,
    a.note AS note,
    a.seq AS seq
FROM audit a
LEFT JOIN tenant t ON t.id = a.tenant_id
LEFT JOIN credential c ON c.tenant_id = a.tenant_id AND c.id = a.credential_id;

-- PLU-09. A row for each change, and one for each request, whose action begins with "request.".
CREATE VIEW audit_log WITH (security_invoker = true) AS
SELECT
    timestamptz 'epoch' + e.time * interval '1 ms' AS ts,
    e.action AS action,
    e.actor_kind AS actor_kind,
    coalesce(e.actor_id::text, e.actor_kind) AS actor,
    CASE WHEN e.actor_name <> '' THEN e.actor_name ELSE coalesce(c.name, '') END AS actor_name,
    e.target_type AS target_type,
    e.target AS target,
    e.payload AS payload,
    e.channel AS channel,
    t.slug AS tenant,
    e.address AS ip,
    e.request_id AS request_id,
    e.seq AS seq
FROM event e
JOIN tenant t ON t.id = e.tenant_id
LEFT JOIN credential c ON c.tenant_id = e.tenant_id AND c.id = e.actor_id
UNION ALL
SELECT
    time, 'request.' || lower(method), CASE WHEN credential IS NULL THEN '' ELSE 'credential' END,
    coalesce(credential::text, ''), coalesce(credential_name, ''), '', target,
    json_build_object('path', path, 'status', status, 'response_ms', response_ms, 'body_sha256', body_sha256,
                      'note', note)::text,
    channel, tenant, ip, request_id, seq
FROM learn_scim_audit
WHERE channel <> 'cli';
GRANT SELECT ON learn_scim_audit, audit_log TO rollcall_server;
