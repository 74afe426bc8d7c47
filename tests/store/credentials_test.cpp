// What belongs to credentials beside their rows: further tokens, use, notices, issuers.
#include "fixture.h"

namespace rollcall::store {
namespace {

class Credentials : public EngineTest {
protected:
    Credential made(std::string_view name) {
        Credential credential;
        credential.id = CredentialId::create();
        credential.name = name;
        credential.token_hash = sha256(std::string("token of ") + std::string(name));
        credential.created = kNow;
        credential.token_issued = kNow;
        write([&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.insert_credential(credential)); });
        return credential;
    }
    std::optional<Credential> found_by(std::string_view token) {
        auto found = store().read().find_credential(sha256(token));
        if (!found) return std::nullopt;
        return found->first;
    }
};
FOR_EVERY_ENGINE(Credentials);

TEST_P(Credentials, AFurtherTokenFindsItsCredential) {
    auto credential = made("Okta");
    const Instant hour{kNow.ms + 3'600'000}, minute{kNow.ms + 60'000};
    write([&](TenantTransaction& tenant) {
        tenant.insert_token({sha256("before"), credential.id, TokenKind::Previous, hour});
        tenant.insert_token({sha256("access"), credential.id, TokenKind::Access, minute});
    });
    ASSERT_TRUE(found_by("before"));
    EXPECT_EQ(found_by("before")->id, credential.id);
    EXPECT_EQ(found_by("before")->found_by, TokenKind::Previous);
    EXPECT_EQ(found_by("before")->token_hash, sha256("before"));
    EXPECT_EQ(found_by("before")->expires, hour);
    EXPECT_EQ(found_by("access")->found_by, TokenKind::Access);
    EXPECT_EQ(found_by("token of Okta")->found_by, TokenKind::Own);
    EXPECT_FALSE(found_by("token of Okta")->expires);
    EXPECT_EQ(read().tokens(credential.id, kNow).size(), 2U);
    EXPECT_EQ(read().tokens(credential.id, minute).size(), 1U);
    credential.expires = Instant{kNow.ms + 1};
    credential.revoked = kNow;
    write([&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.update_credential(credential)); });
    EXPECT_EQ(found_by("before")->expires, credential.expires);
    EXPECT_TRUE(found_by("access")->revoked);
}

TEST_P(Credentials, FurtherTokensEnd) {
    const auto one = made("one"), other = made("other");
    const Instant early{kNow.ms + 1'000}, late{kNow.ms + 9'000};
    write([&](TenantTransaction& tenant) {
        tenant.insert_token({sha256("a"), one.id, TokenKind::Previous, late});
        tenant.insert_token({sha256("b"), one.id, TokenKind::Access, Instant{kNow.ms - 1}});
        tenant.insert_token({sha256("c"), other.id, TokenKind::Access, late});
        tenant.end_tokens(one.id, early, kNow);
    });
    EXPECT_EQ(found_by("a")->expires, early);
    EXPECT_FALSE(found_by("b"));
    EXPECT_EQ(found_by("c")->expires, late);
    write([&](TenantTransaction& tenant) { tenant.end_tokens(one.id, kNow, kNow); });
    EXPECT_FALSE(found_by("a"));
    write([&](TenantTransaction& tenant) { tenant.erase_token(sha256("c")); });
    EXPECT_FALSE(found_by("c"));
}

TEST_P(Credentials, TellsANewAddress) {
    const auto credential = made("Okta"), other = made("other");
    write([&](TenantTransaction& tenant) {
        const auto note = [&](const Credential& of, std::string_view address, int64_t after) {
            return tenant.note_address(of.id, address, Instant{kNow.ms + after}, 2);
        };
        EXPECT_FALSE(note(credential, "192.0.2.1", 1));  // the first is that of its owner
        EXPECT_FALSE(note(credential, "192.0.2.1", 2));
        EXPECT_TRUE(note(credential, "192.0.2.2", 3));
        EXPECT_FALSE(note(credential, "192.0.2.1", 4));
        EXPECT_FALSE(note(other, "192.0.2.2", 5));
        EXPECT_TRUE(note(credential, "192.0.2.3", 6));  // two are kept
        EXPECT_TRUE(note(credential, "192.0.2.2", 7));
    });
}

TEST_P(Credentials, CountsRequestsByTheHour) {
    const auto credential = made("Okta");
    write([&](TenantTransaction& tenant) {
        EXPECT_EQ(tenant.count_requests(credential.id, 1'000, 10).this_hour, 10);
        EXPECT_EQ(tenant.count_requests(credential.id, 1'000, 5).this_hour, 15);
        const auto next = tenant.count_requests(credential.id, 1'001, 1);
        EXPECT_EQ(next.this_hour, 1);
        EXPECT_EQ(next.busiest, 15);
        EXPECT_EQ(next.first_hour, 1'000);
        const auto edge = tenant.count_requests(credential.id, 1'168, 1);
        EXPECT_EQ(edge.busiest, 15);
        const auto beyond = tenant.count_requests(credential.id, 1'169, 1);
        EXPECT_EQ(beyond.busiest, 1);
        EXPECT_EQ(beyond.first_hour, 1'001);
    });
}

TEST_P(Credentials, KeepsNotices) {
    const auto credential = made("Okta");
    const NoticeRow first{kNow, credential.id, "new_address", "192.0.2.1", 0, 0};
    const NoticeRow second{kNow, credential.id, "volume", "", 600, 100};
    write([&](TenantTransaction& tenant) {
        tenant.append_notice(first);
        tenant.append_notice(second);
    });
    EXPECT_EQ(read().notices(10), (std::vector{second, first}));
    EXPECT_EQ(read().notices(1), std::vector{second});
}

TEST_P(Credentials, IssuersAreFoundByName) {
    const auto credential = made("Entra");
    const auto elsewhere = make_tenant(store(), "bolt");
    const IssuerRow row{"https://id.example", "rollcall", "tenant", "acme", "[]", credential.id, kNow};
    auto changed = row;
    changed.audience = "another";
    changed.keys_url = "https://id.example/keys";
    changed.keys_fetched = kNow;
    write([&](TenantTransaction& tenant) {
        tenant.put_issuer(row);
        EXPECT_EQ(tenant.issuers(), std::vector{row});
        tenant.put_issuer(changed);
    });
    EXPECT_EQ(read().issuers(), std::vector{changed});
    EXPECT_TRUE(reading(store(), elsewhere).issuers().empty());
    const auto found = store().read().find_issuers("https://id.example");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].issuer, changed);
    EXPECT_EQ(found[0].credential.id, credential.id);
    EXPECT_EQ(found[0].tenant.slug, "acme");
    EXPECT_TRUE(store().read().find_issuers("https://id.example/").empty());
    change(store(), elsewhere,
           [](TenantTransaction& tenant) { EXPECT_FALSE(tenant.erase_issuer("https://id.example")); });
    write([](TenantTransaction& tenant) { EXPECT_TRUE(tenant.erase_issuer("https://id.example")); });
    EXPECT_TRUE(store().read().find_issuers("https://id.example").empty());
}

TEST_P(Credentials, HaveNetworksAndQuarantine) {
    auto credential = made("Okta");
    credential.networks = {"192.0.2.0/24", "2001:db8::/32"};
    credential.quarantined = kNow;
    write([&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.update_credential(credential)); });
    for (const auto& found : {*found_by("token of Okta"), *read().credential(credential.id), read().credentials()[0]}) {
        EXPECT_EQ(found.networks, credential.networks);
        EXPECT_EQ(found.quarantined, kNow);
    }
}

TEST_P(Credentials, AreReadById) {
    const auto credential = made("Okta");
    const auto elsewhere = make_tenant(store(), "bolt");
    ASSERT_TRUE(read().credential(credential.id));
    EXPECT_EQ(read().credential(credential.id)->name, "Okta");
    EXPECT_EQ(read().credential(credential.id)->token_issued, kNow);
    EXPECT_FALSE(reading(store(), elsewhere).credential(credential.id));
    EXPECT_FALSE(read().credential(CredentialId::create()));
}

}  // namespace
}  // namespace rollcall::store
