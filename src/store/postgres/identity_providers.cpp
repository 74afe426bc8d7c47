// store/identity_providers.h and store/mail.h over PostgreSQL.
#include "store/postgres/administrator_rows.h"
#include "store/postgres/tenant_transaction.h"
#include "store/postgres/transaction.h"

namespace rollcall::store::postgres {

std::optional<IdentityProvider> PostgresTenant::identity_provider() {
    Rows rows = database().run(
        "SELECT issuer, client_id, client_secret, match_email, created FROM identity_provider "
        "WHERE tenant_id = $1",
        id_);
    if (!rows.next()) return std::nullopt;
    return IdentityProvider{std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2)),
                            rows.integer(3) != 0, Instant{rows.integer(4)}};
}

void PostgresTenant::put_identity_provider(const IdentityProvider& provider) {
    transaction_.begin_change();
    database().send(
        "INSERT INTO identity_provider (tenant_id, issuer, client_id, client_secret, match_email, created) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id) DO UPDATE SET issuer = $2, client_id = $3, "
        "client_secret = $4, match_email = $5, created = $6",
        id_, provider.issuer, provider.client_id, provider.client_secret, provider.match_email,
        provider.created);
}

bool PostgresTenant::remove_identity_provider() {
    transaction_.begin_change();
    return database().change("DELETE FROM identity_provider WHERE tenant_id = $1", id_) > 0;
}

std::optional<ResourceId> PostgresTenant::member_of_subject(std::string_view issuer,
                                                            std::string_view subject) {
    Rows rows = database().run(
        "SELECT member_id FROM provider_subject WHERE tenant_id = $1 AND issuer = $2 AND subject = $3", id_,
        issuer, subject);
    if (!rows.next()) return std::nullopt;
    return rows.id<ResourceId>(0);
}

void PostgresTenant::put_subject(const ProviderSubject& subject) {
    transaction_.begin_change();
    database().send(
        "INSERT INTO provider_subject (tenant_id, issuer, subject, member_id, created) "
        "VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (tenant_id, issuer, subject) DO UPDATE SET member_id = $4, created = $5",
        id_, subject.issuer, subject.subject, subject.member, subject.created);
}

std::vector<ProviderSubject> PostgresTenant::subjects_of(ResourceId member) {
    std::vector<ProviderSubject> found;
    Rows rows = database().run(
        "SELECT issuer, subject, created FROM provider_subject WHERE tenant_id = $1 AND member_id = $2 "
        "ORDER BY issuer, subject",
        id_, member);
    while (rows.next()) {
        found.push_back(
            {std::string(rows.text(0)), std::string(rows.text(1)), member, Instant{rows.integer(2)}});
    }
    return found;
}

void PostgresTenant::remove_subjects_of(ResourceId member) {
    transaction_.begin_change();
    database().send("DELETE FROM provider_subject WHERE tenant_id = $1 AND member_id = $2", id_, member);
}

void PostgresTenant::put_mail(const Mail& mail) {
    transaction_.begin_change();
    database().send(
        "INSERT INTO mail (tenant_id, member_id, purpose, email, created, due, attempts) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, member_id, purpose) "
        "DO UPDATE SET email = $4, created = $5, due = $6, attempts = $7, held = NULL",
        id_, mail.member, purpose_name(mail.purpose), mail.email, mail.created, mail.due, mail.attempts);
}

void PostgresTenant::add_mail(const Mail& mail) {
    transaction_.begin_change();
    database().send(
        "INSERT INTO mail (tenant_id, member_id, purpose, email, created, due, attempts) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, member_id, purpose) DO NOTHING",
        id_, mail.member, purpose_name(mail.purpose), mail.email, mail.created, mail.due, mail.attempts);
}

void PostgresTenant::remove_mail(ResourceId member, MemberToken::Purpose purpose) {
    transaction_.begin_change();
    database().send("DELETE FROM mail WHERE tenant_id = $1 AND member_id = $2 AND purpose = $3", id_, member,
                    purpose_name(purpose));
}

int64_t PostgresTenant::hold_mails(std::optional<Instant> since) {
    transaction_.begin_change();
    return database().change(
        "UPDATE mail SET held = $2 WHERE tenant_id = $1 AND (held IS NULL) = ($2::bigint IS NOT NULL)", id_,
        since);
}

std::vector<std::pair<TenantId, Mail>> PostgresTransaction::due_mails(Instant now, int64_t most) {
    std::vector<std::pair<TenantId, Mail>> found;
    Rows rows = of_installation().run(
        "SELECT tenant_id, member_id, purpose, email, created, due, attempts FROM mail WHERE due <= $1 "
        "AND held IS NULL ORDER BY due, tenant_id, member_id, purpose DESC LIMIT $2",
        now, most);
    while (rows.next()) {
        found.emplace_back(
            TenantId{rows.integer(0)},
            Mail{rows.id<ResourceId>(1), purpose_named(rows.text(2)), std::string(rows.text(3)),
                 Instant{rows.integer(4)}, Instant{rows.integer(5)}, rows.integer(6)});
    }
    return found;
}

}  // namespace rollcall::store::postgres
