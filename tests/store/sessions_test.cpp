// Sessions and API keys of members, service keys, content.
#include "fixture.h"

namespace rollcall::store {
namespace {

constexpr Instant kLater{kNow.ms + 60'000};

class Sessions : public EngineTest {
protected:
    static Session session(ResourceId member, std::string_view token) {
        return {SessionId::create(), member, sha256(token), kNow, kLater};
    }
    static MemberKey key(ResourceId member, std::string_view token) {
        MemberKey made;
        made.id = MemberKeyId::create();
        made.member = member;
        made.name = "Key";
        made.scope = "read write";
        made.token_hash = sha256(token);
        made.created = kNow;
        return made;
    }
    const ResourceId ann_ = numbered_id(1), bob_ = numbered_id(2);
};
FOR_EVERY_ENGINE(Sessions);

TEST_P(Sessions, AreFoundByTokenInTheirTenantOnly) {
    const auto made = session(ann_, "token");
    write([&](TenantTransaction& tenant) { tenant.insert_session(made); });
    EXPECT_EQ(read().find_session_by_token(sha256("token")), made);
    EXPECT_EQ(read().find_session(made.id), made);
    EXPECT_FALSE(read().find_session_by_token(sha256("another")));
    const auto other = make_tenant(store(), "bolt");
    EXPECT_FALSE(reading(store(), other).find_session_by_token(sha256("token")));
    EXPECT_FALSE(reading(store(), other).find_session(made.id));
}

TEST_P(Sessions, EndForOneMember) {
    write([&](TenantTransaction& tenant) {
        tenant.insert_session(session(ann_, "1"));
        tenant.insert_session(session(ann_, "2"));
        tenant.insert_session(session(bob_, "3"));
    });
    write([&](TenantTransaction& tenant) { EXPECT_EQ(tenant.end_sessions_of(ann_), 2); });
    EXPECT_TRUE(read().sessions_of(ann_).empty());
    ASSERT_EQ(read().sessions_of(bob_).size(), 1U);
    write([&](TenantTransaction& tenant) {
        const auto id = tenant.sessions_of(bob_).front().id;
        EXPECT_TRUE(tenant.end_session(id));
        EXPECT_FALSE(tenant.end_session(id));
    });
    EXPECT_TRUE(read().sessions_of(bob_).empty());
}

TEST_P(Sessions, AreForgottenOnceExpired) {
    write([&](TenantTransaction& tenant) { tenant.insert_session(session(ann_, "1")); });
    write([&](TenantTransaction& tenant) { tenant.forget_expired_sessions(ann_, kNow); });
    EXPECT_EQ(read().sessions_of(ann_).size(), 1U);
    write([&](TenantTransaction& tenant) { tenant.forget_expired_sessions(ann_, kLater); });
    EXPECT_TRUE(read().sessions_of(ann_).empty());
}

TEST_P(Sessions, KeysAreSuspendedAndResumed) {
    const auto kept = key(ann_, "kept"), revoked = key(ann_, "revoked");
    write([&](TenantTransaction& tenant) {
        tenant.insert_key(kept);
        tenant.insert_key(revoked);
        tenant.insert_key(key(bob_, "beside"));
        EXPECT_TRUE(tenant.revoke_key(revoked.id, kNow));
        EXPECT_FALSE(tenant.revoke_key(revoked.id, kLater));
        EXPECT_EQ(tenant.suspend_keys_of(ann_, kNow), 1);
    });
    EXPECT_FALSE(read().find_key_by_token(sha256("kept"))->is_live(kNow));
    EXPECT_TRUE(read().find_key_by_token(sha256("beside"))->is_live(kNow));
    write([&](TenantTransaction& tenant) { EXPECT_EQ(tenant.resume_keys_of(ann_), 1); });
    EXPECT_EQ(read().find_key_by_token(sha256("kept")), kept);
    EXPECT_FALSE(read().find_key_by_token(sha256("revoked"))->is_live(kNow));
    write([&](TenantTransaction& tenant) { EXPECT_EQ(tenant.revoke_keys_of(ann_, kNow), 1); });
    EXPECT_FALSE(read().find_key(kept.id)->is_live(kNow));
    EXPECT_EQ(read().keys_of(ann_).size(), 2U);
}

TEST_P(Sessions, ServiceKeysNameTheirTenant) {
    ServiceKey made;
    made.id = ServiceKeyId::create();
    made.name = "App";
    ASSERT_TRUE(made.scopes.add("introspect"));
    EXPECT_FALSE(made.scopes.add("everything"));
    made.token_hash = sha256("app");
    made.created = kNow;
    write([&](TenantTransaction& tenant) { tenant.insert_service_key(made); });
    const auto found = store().read().find_service_key(sha256("app"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->first, made);
    EXPECT_EQ(found->second.id, caller().tenant);
    EXPECT_FALSE(store().read().find_service_key(sha256("other")));
    write([&](TenantTransaction& tenant) {
        made.revoked = kLater;
        EXPECT_TRUE(tenant.update_service_key(made));
        tenant.touch_service_key(made.id, kLater);
    });
    EXPECT_TRUE(store().read().find_service_key(sha256("app"))->first.revoked);
    EXPECT_EQ(read().service_keys().front().last_used, kLater);
}

TEST_P(Sessions, ContentIsReleased) {
    write([&](TenantTransaction& tenant) {
        for (const auto* scope : {"user:1", "group:a", "global", "users"}) {
            tenant.put_content({scope, "page", ann_, kNow});
        }
        tenant.put_content({"global", "other", bob_, kNow});
    });
    EXPECT_EQ(read().content_of(ann_, "", "", 10).size(), 4U);
    EXPECT_EQ(read().content_of(ann_, "group:a", "page", 10).size(), 2U);
    write([&](TenantTransaction& tenant) {
        const auto released = tenant.release_content_of(ann_);
        EXPECT_EQ(released.removed, 1);
        EXPECT_EQ(released.handed_on, 3);
    });
    EXPECT_FALSE(read().find_content("user:1", "page"));
    EXPECT_TRUE(read().find_content("global", "page")->owner.is_nil());
    EXPECT_EQ(read().find_content("global", "other")->owner, bob_);
}

}  // namespace
}  // namespace rollcall::store
