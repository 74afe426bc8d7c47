// Tenants and credentials.
#include "fixture.h"

namespace rollcall::store {
namespace {

class Tenants : public EngineTest {
protected:
    static Credential credential(std::string_view name, std::string_view slug = "") {
        Credential made;
        made.id = CredentialId::create();
        made.name = name;
        made.slug = slug;
        made.token_hash = sha256(std::string("token of ") + std::string(name));
        made.created = kNow;
        return made;
    }
};
FOR_EVERY_ENGINE(Tenants);

TEST_P(Tenants, AreFoundByTheirSlug) {
    const auto found = store().read().find_tenant("acme");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, caller().tenant);
    EXPECT_EQ(found->profile, "standard");
    EXPECT_EQ(found->policy, kPlainPolicy);
    EXPECT_EQ(found->created, kNow);
    EXPECT_TRUE(found->enabled);
    EXPECT_FALSE(store().read().find_tenant("Acme"));
    make_tenant(store(), "bolt");
    EXPECT_EQ(store().read().tenants().size(), 2U);
}

TEST_P(Tenants, SlugsAreUnique) {
    make_tenant(store(), "bolt");
    write_and_wait(store(), [&](Transaction& transaction) {
        Tenant tenant = *transaction.find_tenant("acme");
        const auto refused = transaction.insert_tenant(tenant);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::Uniqueness);
        tenant.slug = "bolt";
        EXPECT_EQ(transaction.update_tenant(tenant).error().kind, ErrorKind::Uniqueness);
        tenant.slug = "ajax";
        tenant.enabled = false;
        EXPECT_TRUE(transaction.update_tenant(tenant));
        tenant.id = TenantId{999};
        EXPECT_FALSE(transaction.update_tenant(tenant));
    });
    EXPECT_FALSE(store().read().find_tenant("acme"));
    EXPECT_FALSE(store().read().find_tenant("ajax")->enabled);
}

TEST_P(Tenants, CredentialsOfAUserEndTogether) {
    const auto user = ResourceId::create(), other = ResourceId::create();
    auto first = credential("first"), second = credential("second"), another = credential("another");
    first.user = second.user = user;
    first.right = Right::ChangeSelf;
    second.right = Right::ReadSelf;
    second.revoked = Instant{kNow.ms - 5};
    another.user = other;
    another.right = Right::RemoveSelf;
    const auto client = credential("client");
    const auto elsewhere = make_tenant(store(), "bolt");
    write_and_wait(store(), [&](Transaction& transaction) {
        auto foreign = credential("foreign");
        foreign.user = user;
        EXPECT_TRUE(transaction.tenant(elsewhere).insert_credential(foreign));
    });
    write([&](TenantTransaction& tenant) {
        for (const auto& made : {first, second, another, client}) EXPECT_TRUE(tenant.insert_credential(made));
        tenant.revoke_credentials_of(user, kNow);
    });
    const auto found = [&](std::string_view name) {
        return store().read().find_credential(sha256("token of " + std::string(name)))->first;
    };
    EXPECT_EQ(found("first").user, user);
    EXPECT_EQ(found("first").right, Right::ChangeSelf);
    EXPECT_EQ(found("first").revoked, kNow);
    EXPECT_EQ(found("second").revoked, second.revoked);  // the first revocation is the one that counts
    EXPECT_EQ(found("another").right, Right::RemoveSelf);
    for (const auto* name : {"another", "client", "foreign"}) EXPECT_FALSE(found(name).revoked) << name;
    EXPECT_TRUE(found("client").user.is_nil());
    EXPECT_EQ(found("client").right, Right::Provision);
    // There are no such users: what is left of their credentials would be a violation.
    write_and_wait(store(), [&](Transaction& transaction) {
        transaction.tenant(caller()).revoke_credentials_of(other, kNow);
        transaction.tenant(elsewhere).revoke_credentials_of(user, kNow);
    });
    EXPECT_TRUE(found("foreign").revoked);
}

TEST_P(Tenants, CredentialsAreFoundByTheHashOfTheirToken) {
    auto made = credential("Okta", "okta");
    made.expires = Instant{kNow.ms + 1};
    write([&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.insert_credential(made)); });
    const auto found = store().read().find_credential(made.token_hash);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->first.id, made.id);
    EXPECT_EQ(found->first.tenant, caller().tenant);
    EXPECT_EQ(found->first.name, "Okta");
    EXPECT_EQ(found->first.slug, "okta");
    EXPECT_EQ(found->first.token_hash, made.token_hash);
    EXPECT_EQ(found->first.expires, made.expires);
    EXPECT_FALSE(found->first.revoked);
    EXPECT_FALSE(found->first.last_used);
    EXPECT_EQ(found->second.slug, "acme");
    EXPECT_FALSE(store().read().find_credential(sha256("another")));
}

TEST_P(Tenants, CredentialsAreListedAndChanged) {
    auto first = credential("first", "one");
    const auto second = credential("second");
    const auto third = credential("third");
    write([&](TenantTransaction& tenant) {
        for (const auto& made : {first, second, third}) EXPECT_TRUE(tenant.insert_credential(made));
        EXPECT_EQ(tenant.insert_credential(credential("fourth", "one")).error().kind, ErrorKind::Uniqueness);
        auto changed = second;
        changed.slug = "one";
        EXPECT_EQ(tenant.update_credential(changed).error().kind, ErrorKind::Uniqueness);
        first.revoked = kNow;
        first.enabled = false;
        EXPECT_TRUE(tenant.update_credential(first));
        EXPECT_EQ(tenant.update_credential(credential("unknown")).error().kind, ErrorKind::NotFound);
    });
    EXPECT_EQ(read().credentials().size(), 3U);
    const auto found = store().read().find_credential(first.token_hash);
    EXPECT_EQ(found->first.revoked, kNow);
    EXPECT_FALSE(found->first.enabled);
    const auto other = make_tenant(store(), "other");
    EXPECT_TRUE(reading(store(), other).credentials().empty());
}

TEST_P(Tenants, LastUseNeverGoesBack) {
    const auto made = credential("Okta");
    write([&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.insert_credential(made)); });
    write_and_wait(store(), [&](Transaction& transaction) {
        transaction.touch_credential(caller().tenant, made.id, Instant{2'000}, "192.0.2.1");
        transaction.touch_credential(caller().tenant, made.id, Instant{1'000}, "192.0.2.2");
        transaction.touch_credential(caller().tenant, CredentialId::create(), Instant{1'000}, "192.0.2.2");
    });
    const auto found = store().read().find_credential(made.token_hash);
    EXPECT_EQ(found->first.last_used, Instant{2'000});
    EXPECT_EQ(found->first.last_used_address, "192.0.2.1");
}

}  // namespace
}  // namespace rollcall::store
