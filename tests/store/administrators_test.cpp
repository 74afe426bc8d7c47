// Operators, sessions of administrators, links to members, versions of policies.
#include "fixture.h"

namespace rollcall::store {
namespace {

class Administrators : public EngineTest {
protected:
    static AdminSession session_of(ResourceId member, TenantId tenant, std::string_view token) {
        AdminSession session;
        session.token_hash = sha256(token);
        session.id = AdminSessionId::create();
        session.tenant = tenant;
        session.member = member;
        session.created = session.last_used = session.proven = kNow;
        return session;
    }
    static MemberToken token_for(ResourceId member, std::string_view text, MemberToken::Purpose purpose) {
        return {sha256(text), {}, member, purpose, "ann@example.com", kNow, Instant{kNow.ms + 1'000}};
    }
};
FOR_EVERY_ENGINE(Administrators);

TEST_P(Administrators, OperatorsHaveNamesOfTheirOwn) {
    const Operator root{OperatorId::create(), "root", "hash", kNow};
    write_and_wait(store(), [&](Transaction& transaction) {
        EXPECT_TRUE(transaction.put_operator(root));
        auto other = root;
        other.id = OperatorId::create();
        EXPECT_EQ(transaction.put_operator(other).error().kind, ErrorKind::Uniqueness);
        AdminSession session = session_of({}, {}, "token");
        session.operator_id = root.id;
        transaction.put_admin_session(session);
    });
    EXPECT_EQ(store().read().find_operator("root"), root);
    EXPECT_EQ(store().read().find_operator(root.id), root);
    EXPECT_FALSE(store().read().find_operator("Root"));
    write_and_wait(store(), [&](Transaction& transaction) {
        EXPECT_TRUE(transaction.remove_operator(root.id));
        EXPECT_FALSE(transaction.remove_operator(root.id));
    });
    EXPECT_TRUE(store().read().operators().empty());
    EXPECT_FALSE(store().read().find_admin_session(sha256("token")));
}

TEST_P(Administrators, SessionsEndWithTheirMember) {
    const auto ann = ResourceId::create(), bob = ResourceId::create();
    const auto bolt = make_tenant(store(), "bolt");
    auto first = session_of(ann, caller().tenant, "first");
    write_and_wait(store(), [&](Transaction& transaction) {
        transaction.put_admin_session(first);
        transaction.put_admin_session(session_of(bob, caller().tenant, "of another member"));
        transaction.put_admin_session(session_of(ann, bolt.tenant, "of another tenant"));
        first.last_used.ms += 60'000;
        transaction.put_admin_session(first);
        auto& door = transaction.tenant(caller());
        door.put_member_token(token_for(ann, "link", MemberToken::Purpose::Invitation));
        door.set_password(ann, "hash", kNow);
    });
    EXPECT_EQ(store().read().find_admin_session(sha256("first")), first);
    EXPECT_EQ(read().password_of(ann), "hash");
    EXPECT_FALSE(reading(store(), bolt).password_of(ann));
    change(store(), caller(), [&](TenantTransaction& door) { door.end_administration_of(ann); });
    EXPECT_FALSE(store().read().find_admin_session(sha256("first")));
    EXPECT_FALSE(store().read().find_member_token(sha256("link")));
    EXPECT_TRUE(store().read().find_admin_session(sha256("of another member")));
    EXPECT_TRUE(store().read().find_admin_session(sha256("of another tenant")));
    write_and_wait(store(), [&](Transaction& transaction) {
        transaction.remove_admin_sessions_before(Instant{kNow.ms + 1});
        transaction.tenant(caller()).set_password(ann, "", kNow);
    });
    EXPECT_FALSE(store().read().find_admin_session(sha256("of another member")));
    EXPECT_FALSE(read().password_of(ann));
}

TEST_P(Administrators, AMemberHasOneLinkForEachPurpose) {
    const auto ann = ResourceId::create();
    using enum MemberToken::Purpose;
    change(store(), caller(), [&](TenantTransaction& door) {
        door.put_member_token(token_for(ann, "first", Invitation));
        door.put_member_token(token_for(ann, "mail", EmailVerification));
        door.put_member_token(token_for(ann, "second", Invitation));
    });
    EXPECT_FALSE(store().read().find_member_token(sha256("first")));
    const auto second = store().read().find_member_token(sha256("second"));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->tenant, caller().tenant);
    EXPECT_EQ(second->member, ann);
    EXPECT_EQ(second->purpose, Invitation);
    EXPECT_EQ(second->email, "ann@example.com");
    change(store(), caller(), [&](TenantTransaction& door) { door.remove_member_token(ann, Invitation); });
    EXPECT_FALSE(store().read().find_member_token(sha256("second")));
    EXPECT_TRUE(store().read().find_member_token(sha256("mail")));
}

TEST_P(Administrators, PoliciesHaveVersions) {
    change(store(), caller(), [&](TenantTransaction& door) {
        EXPECT_EQ(door.append_policy("cli", "{}", kNow), 1);
        EXPECT_EQ(door.append_policy("operator", "{\"strict\":true}", kNow), 2);
    });
    const auto last = read().policies(1);
    ASSERT_EQ(last.size(), 1U);
    EXPECT_EQ(last[0], (PolicyVersion{2, kNow, "operator", "{\"strict\":true}"}));
    EXPECT_EQ(read().policies(10).size(), 2U);
    EXPECT_TRUE(reading(store(), make_tenant(store(), "bolt")).policies(10).empty());
}

}  // namespace
}  // namespace rollcall::store
