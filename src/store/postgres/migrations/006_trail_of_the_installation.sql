-- PLU-09. A row for each change, and one for each request, whose action begins with "request.". What is the
-- installation's (operators) has no tenant.
CREATE OR REPLACE VIEW audit_log WITH (security_invoker = true) AS
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
LEFT JOIN tenant t ON t.id = e.tenant_id
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
