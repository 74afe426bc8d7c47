#include "store/transfer/tables.h"

namespace rollcall::store::transfer {
namespace {

using enum Kind;

constexpr Column kTenant[] = {
    {"id", Number},      {"slug", Text},       {"profile", Text},         {"policy", Text},
    {"created", Number}, {"enabled", Boolean}, {"schema_version", Number}};

constexpr Column kInstanceSecret[] = {{"name", Text}, {"value", Bytes}};

constexpr Column kAccount[] = {
    {"id", Id}, {"email", Text}, {"email_key", Text}, {"verified_at", Number}, {"created", Number}};

constexpr Column kOperator[] = {{"id", Id}, {"name", Text}, {"password", Text}, {"created", Number}};

constexpr Column kAdminSession[] = {{"token_hash", Bytes}, {"id", Id},          {"tenant_id", Number},
                                    {"member_id", Id},     {"operator_id", Id}, {"created", Number},
                                    {"last_used", Number}, {"proven", Number}};

constexpr Column kCredential[] = {{"id", Id},
                                  {"name", Text},
                                  {"slug", Text},
                                  {"token_hash", Bytes},
                                  {"created", Number},
                                  {"expires", Number},
                                  {"enabled", Boolean},
                                  {"revoked", Number},
                                  {"last_used", Number},
                                  {"last_used_address", Text},
                                  {"user_id", Id},
                                  {"rights", Text},
                                  {"token_issued", Number},
                                  {"paused", Number},
                                  {"networks", Text},
                                  {"quarantined", Number}};

constexpr Column kCredentialToken[] = {
    {"token_hash", Bytes}, {"credential_id", Id}, {"kind", Text}, {"expires", Number}};

constexpr Column kIssuer[] = {{"url", Text},          {"audience", Text}, {"tenant_claim", Text},
                              {"tenant_value", Text}, {"keys", Text},     {"credential_id", Id},
                              {"created", Number},    {"keys_url", Text}, {"keys_fetched", Number}};

constexpr Column kCredentialAddress[] = {{"credential_id", Id}, {"address", Text}, {"last_used", Number}};

constexpr Column kCredentialHour[] = {{"credential_id", Id}, {"hour", Number}, {"requests", Number}};

constexpr Column kCredentialNotice[] = {{"seq", Number},  {"time", Number},  {"credential_id", Id},
                                        {"kind", Text},   {"address", Text}, {"requests", Number},
                                        {"usual", Number}};

constexpr Column kServiceKey[] = {{"id", Id},
                                  {"name", Text},
                                  {"scopes", Text},
                                  {"token_hash", Bytes},
                                  {"created", Number},
                                  {"expires", Number},
                                  {"revoked", Number},
                                  {"last_used", Number},
                                  {"quarantined", Number}};

constexpr Column kCounter[] = {{"name", Text}, {"value", Number}};

constexpr Column kResource[] = {{"type", Text},
                                {"id", Id},
                                {"version", Number},
                                {"created", Number},
                                {"last_modified", Number},
                                {"active", ThreeWay},
                                {"plain", Boolean},
                                {"hidden", Boolean},
                                {"member_count", Number},
                                {"user_name_key", Text},
                                {"external_id", Text},
                                {"display", Text},
                                {"manager", Text},
                                {"indexed", Bytes},
                                {"document", Text}};

constexpr Column kValueIndex[] = {{"attribute", Text}, {"key", Text}, {"resource_id", Id}};

constexpr Column kUniqueValue[] = {{"type", Text}, {"attribute", Text}, {"key", Text}, {"resource_id", Id}};

constexpr Column kMembership[] = {
    {"group_id", Id}, {"member_id", Id}, {"member_type", Text}, {"display", Text}, {"hidden", Boolean}};

constexpr Column kTenantSchema[] = {
    {"kind", Text}, {"name", Text}, {"version", Number}, {"loaded", Number}, {"document", Text}};

constexpr Column kMember[] = {{"id", Id},
                              {"account_id", Id},
                              {"role", Text},
                              {"previous_role", Text},
                              {"managed", Text},
                              {"pre_linked", Boolean},
                              {"deactivated_at", Number},
                              {"deactivated_by", Text},
                              {"removed_at", Number},
                              {"removed_name", Text},
                              {"email_verified_at", Number}};

constexpr Column kGroupState[] = {{"id", Id}, {"source", Text}, {"owner_id", Id}, {"enabled", Boolean}};

constexpr Column kScopeGrant[] = {{"subject_id", Id}, {"scope", Text}, {"access", Text}};

constexpr Column kMemberSession[] = {
    {"token_hash", Bytes}, {"id", Id}, {"member_id", Id}, {"created", Number}, {"expires", Number}};

constexpr Column kMemberKey[] = {
    {"token_hash", Bytes}, {"id", Id},          {"member_id", Id},     {"name", Text},     {"scope", Text},
    {"created", Number},   {"expires", Number}, {"suspended", Number}, {"revoked", Number}};

constexpr Column kContent[] = {
    {"scope", Text}, {"reference", Text}, {"owner_id", Id}, {"registered", Number}};

constexpr Column kMemberPassword[] = {{"member_id", Id}, {"password", Text}, {"changed", Number}};

constexpr Column kMemberToken[] = {{"member_id", Id}, {"purpose", Text},   {"token_hash", Bytes},
                                   {"email", Text},   {"created", Number}, {"expires", Number},
                                   {"held", Number}};

constexpr Column kPolicyVersion[] = {
    {"version", Number}, {"changed", Number}, {"actor", Text}, {"policy", Text}};

constexpr Column kIdentityProvider[] = {{"issuer", Text},
                                        {"client_id", Text},
                                        {"client_secret", Text},
                                        {"match_email", Boolean},
                                        {"created", Number}};

constexpr Column kProviderSubject[] = {
    {"issuer", Text}, {"subject", Text}, {"member_id", Id}, {"created", Number}};

constexpr Column kMail[] = {{"member_id", Id}, {"purpose", Text},    {"email", Text}, {"created", Number},
                            {"due", Number},   {"attempts", Number}, {"held", Number}};

constexpr Column kLoss[] = {{"seq", Number},       {"time", Number},  {"kind", Text},      {"target", Id},
                            {"weight", Number},    {"total", Number}, {"version", Number}, {"waits", Boolean},
                            {"credential_id", Id}, {"address", Text}, {"image", Text}};

constexpr Column kMassChange[] = {
    {"id", Id},           {"first", Number},     {"noticed", Number},   {"due", Number},
    {"losses", Number},   {"members", Number},   {"credential_id", Id}, {"address", Text},
    {"decision", Text},   {"decided", Number},   {"decided_by", Text},  {"needs_two", Boolean},
    {"approved", Number}, {"approved_by", Text}, {"alert_due", Number}, {"alert_attempts", Number}};

constexpr Column kMassChangeGuard[] = {
    {"announced", Number}, {"announced_until", Number}, {"members", Number}, {"counted", Number}};

constexpr Column kAudit[] = {
    {"seq", Number},   {"time", Moment},     {"request_id", Id}, {"credential_id", Id},   {"method", Text},
    {"path", Text},    {"body_hash", Bytes}, {"status", Number}, {"duration_us", Number}, {"address", Text},
    {"channel", Text}, {"target", Text},     {"note", Text}};

constexpr Column kOutbox[] = {{"seq", Number}, {"time", Number}, {"event", Text},
                              {"type", Text},  {"id", Id},       {"version", Number}};

constexpr Column kEvent[] = {
    {"seq", Number},  {"time", Number},     {"request_id", Id}, {"channel", Text}, {"actor_kind", Text},
    {"actor_id", Id}, {"actor_name", Text}, {"address", Text},  {"action", Text},  {"target_type", Text},
    {"target", Text}, {"payload", Text},    {"code", Bytes}};

constexpr Column kEventHead[] = {{"seq", Number}, {"code", Bytes}};

constexpr auto kInstallation = Table::Of::Installation;
constexpr auto kOfTenant = Table::Of::Tenant;
constexpr auto kAtTheEnd = Table::Growth::AtTheEnd;
constexpr auto kAny = Table::Growth::Any;

constexpr Table kTables[] = {
    {"tenant", kInstallation, kTenant, 1},
    {"instance_secret", kInstallation, kInstanceSecret, 1},
    {"account", kInstallation, kAccount, 1},
    {"operator", kInstallation, kOperator, 1},
    {"admin_session", kInstallation, kAdminSession, 1},
    {"credential", kOfTenant, kCredential, 1},
    {"credential_token", kOfTenant, kCredentialToken, 1, kAny, "credential"},
    {"issuer", kOfTenant, kIssuer, 1, kAny, "credential"},
    {"credential_address", kOfTenant, kCredentialAddress, 2},
    {"credential_hour", kOfTenant, kCredentialHour, 2},
    {"credential_notice", kOfTenant, kCredentialNotice, 1},
    {"service_key", kOfTenant, kServiceKey, 1},
    {"counter", kOfTenant, kCounter, 1},
    {"resource", kOfTenant, kResource, 2},
    {"value_index", kOfTenant, kValueIndex, 3},
    {"unique_value", kOfTenant, kUniqueValue, 3},
    {"membership", kOfTenant, kMembership, 2},
    {"tenant_schema", kOfTenant, kTenantSchema, 2},
    {"member", kOfTenant, kMember, 1},
    {"group_state", kOfTenant, kGroupState, 1},
    {"scope_grant", kOfTenant, kScopeGrant, 2},
    {"member_session", kOfTenant, kMemberSession, 1},
    {"member_key", kOfTenant, kMemberKey, 1},
    {"content", kOfTenant, kContent, 2},
    {"member_password", kOfTenant, kMemberPassword, 1},
    {"member_token", kOfTenant, kMemberToken, 2},
    {"policy_version", kOfTenant, kPolicyVersion, 1, kAtTheEnd},
    {"identity_provider", kOfTenant, kIdentityProvider, 0},
    {"provider_subject", kOfTenant, kProviderSubject, 2},
    {"mail", kOfTenant, kMail, 2},
    {"loss", kOfTenant, kLoss, 1},
    {"mass_change", kOfTenant, kMassChange, 1},
    {"mass_change_guard", kOfTenant, kMassChangeGuard, 0},
    {"audit", kOfTenant, kAudit, 1, kAtTheEnd},
    {"outbox", kOfTenant, kOutbox, 1},
    {"event", kOfTenant, kEvent, 1, kAtTheEnd},
    {"event_head", kOfTenant, kEventHead, 0},
};

}  // namespace

std::span<const Table> tables() {
    return kTables;
}

bool is_counter_of_engine(std::string_view name) {
    return name == "audit" || name == "disk_full" || name.starts_with("out_of_order:") ||
           name.starts_with("shift:");
}

}  // namespace rollcall::store::transfer
