// store/identity_providers.h and store/mail.h over SQLite.
#include "store/sqlite/administrator_rows.h"
#include "store/sqlite/tenant_transaction.h"
#include "store/sqlite/transaction.h"

namespace rollcall::store::sqlite {

std::optional<IdentityProvider> SqliteTenant::identity_provider() {
    Rows rows = connection_.run(
        "SELECT issuer, client_id, client_secret, match_email, created FROM identity_provider "
        "WHERE tenant_id = ?1",
        id_);
    if (!rows.next()) return std::nullopt;
    return IdentityProvider{std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2)),
                            rows.integer(3) != 0, Instant{rows.integer(4)}};
}

void SqliteTenant::put_identity_provider(const IdentityProvider& provider) {
    transaction_.begin_change();
    connection_.execute(
        "INSERT INTO identity_provider (tenant_id, issuer, client_id, client_secret, match_email, created) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (tenant_id) DO UPDATE SET issuer = ?2, client_id = ?3, "
        "client_secret = ?4, match_email = ?5, created = ?6",
        id_, provider.issuer, provider.client_id, provider.client_secret, provider.match_email,
        provider.created);
}

bool SqliteTenant::remove_identity_provider() {
    transaction_.begin_change();
    connection_.execute("DELETE FROM identity_provider WHERE tenant_id = ?1", id_);
    return connection_.changes() > 0;
}

std::optional<ResourceId> SqliteTenant::member_of_subject(std::string_view issuer, std::string_view subject) {
    Rows rows = connection_.run(
        "SELECT member_id FROM provider_subject WHERE tenant_id = ?1 AND issuer = ?2 AND subject = ?3", id_,
        issuer, subject);
    if (!rows.next()) return std::nullopt;
    return rows.id<ResourceId>(0);
}

void SqliteTenant::put_subject(const ProviderSubject& subject) {
    transaction_.begin_change();
    connection_.execute(
        "INSERT INTO provider_subject (tenant_id, issuer, subject, member_id, created) "
        "VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT (tenant_id, issuer, subject) DO UPDATE SET member_id = ?4, created = ?5",
        id_, subject.issuer, subject.subject, subject.member, subject.created);
}

std::vector<ProviderSubject> SqliteTenant::subjects_of(ResourceId member) {
    std::vector<ProviderSubject> found;
    Rows rows = connection_.run(
        "SELECT issuer, subject, created FROM provider_subject WHERE tenant_id = ?1 AND member_id = ?2 "
        "ORDER BY issuer, subject",
        id_, member);
    while (rows.next()) {
        found.push_back(
            {std::string(rows.text(0)), std::string(rows.text(1)), member, Instant{rows.integer(2)}});
    }
    return found;
}

void SqliteTenant::remove_subjects_of(ResourceId member) {
    transaction_.begin_change();
    connection_.execute("DELETE FROM provider_subject WHERE tenant_id = ?1 AND member_id = ?2", id_, member);
}

void SqliteTenant::put_mail(const Mail& mail) {
    transaction_.begin_change();
    connection_.execute(
        "INSERT INTO mail (tenant_id, member_id, purpose, email, created, due, attempts) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (tenant_id, member_id, purpose) "
        "DO UPDATE SET email = ?4, created = ?5, due = ?6, attempts = ?7, held = NULL",
        id_, mail.member, purpose_name(mail.purpose), mail.email, mail.created, mail.due, mail.attempts);
}

void SqliteTenant::add_mail(const Mail& mail) {
    transaction_.begin_change();
    connection_.execute(
        "INSERT INTO mail (tenant_id, member_id, purpose, email, created, due, attempts) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (tenant_id, member_id, purpose) DO NOTHING",
        id_, mail.member, purpose_name(mail.purpose), mail.email, mail.created, mail.due, mail.attempts);
}

void SqliteTenant::remove_mail(ResourceId member, MemberToken::Purpose purpose) {
    transaction_.begin_change();
    connection_.execute("DELETE FROM mail WHERE tenant_id = ?1 AND member_id = ?2 AND purpose = ?3", id_,
                        member, purpose_name(purpose));
}

int64_t SqliteTenant::hold_mails(std::optional<Instant> since) {
    transaction_.begin_change();
    connection_.execute(
        "UPDATE mail SET held = ?2 WHERE tenant_id = ?1 AND (held IS NULL) = (?2 IS NOT NULL)", id_, since);
    return connection_.changes();
}

std::vector<std::pair<TenantId, Mail>> SqliteTransaction::due_mails(Instant now, int64_t most) {
    std::vector<std::pair<TenantId, Mail>> found;
    Rows rows = connection_.run(
        "SELECT tenant_id, member_id, purpose, email, created, due, attempts FROM mail WHERE due <= ?1 "
        "AND held IS NULL ORDER BY due, tenant_id, member_id, purpose DESC LIMIT ?2",
        now, most);
    while (rows.next()) {
        found.emplace_back(
            TenantId{rows.integer(0)},
            Mail{rows.id<ResourceId>(1), purpose_named(rows.text(2)), std::string(rows.text(3)),
                 Instant{rows.integer(4)}, Instant{rows.integer(5)}, rows.integer(6)});
    }
    return found;
}

}  // namespace rollcall::store::sqlite
