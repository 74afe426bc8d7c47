// The OpenID provider of a tenant and its subjects; mails that wait.
#include "fixture.h"

namespace rollcall::store {
namespace {

class IdentityProviders : public EngineTest {};
FOR_EVERY_ENGINE(IdentityProviders);

TEST_P(IdentityProviders, ATenantHasOne) {
    const auto bolt = make_tenant(store(), "bolt");
    IdentityProvider provider{"https://id.example", "client", "sealed", true, kNow};
    change(store(), caller(), [&](TenantTransaction& door) {
        EXPECT_FALSE(door.remove_identity_provider());
        door.put_identity_provider(provider);
        provider.client_id = "another";
        door.put_identity_provider(provider);
    });
    EXPECT_EQ(read().identity_provider(), provider);
    EXPECT_FALSE(reading(store(), bolt).identity_provider());
    change(store(), caller(), [&](TenantTransaction& door) { EXPECT_TRUE(door.remove_identity_provider()); });
    EXPECT_FALSE(read().identity_provider());
}

TEST_P(IdentityProviders, SubjectsBelongToOneMember) {
    const auto ann = ResourceId::create(), bob = ResourceId::create();
    const auto bolt = make_tenant(store(), "bolt");
    const ProviderSubject first{"https://id.example", "1", ann, kNow},
        second{"https://id.example", "2", ann, kNow};
    change(store(), caller(), [&](TenantTransaction& door) {
        door.put_subject(second);
        door.put_subject(first);
        door.put_subject({"https://id.example", "3", bob, kNow});
    });
    EXPECT_EQ(read().member_of_subject("https://id.example", "1"), ann);
    EXPECT_FALSE(read().member_of_subject("https://other.example", "1"));
    EXPECT_FALSE(reading(store(), bolt).member_of_subject("https://id.example", "1"));
    EXPECT_EQ(read().subjects_of(ann), (std::vector{first, second}));
    change(store(), caller(), [&](TenantTransaction& door) {
        door.put_subject({"https://id.example", "2", bob, kNow});
        door.remove_subjects_of(ann);
    });
    EXPECT_TRUE(read().subjects_of(ann).empty());
    EXPECT_EQ(read().subjects_of(bob).size(), 2U);
}

TEST_P(IdentityProviders, MailsAreSentWhenTheyAreDue) {
    using enum MemberToken::Purpose;
    const auto ann = ResourceId::create(), bob = ResourceId::create();
    const auto bolt = make_tenant(store(), "bolt");
    const Instant later{kNow.ms + 1'000};
    const Mail second{ann, Invitation, "ann@example.com", kNow, later, 1};
    Mail first{bob, EmailVerification, "bob@example.com", kNow, kNow, 0};
    change(store(), bolt, [&](TenantTransaction& door) { door.put_mail(second); });
    change(store(), caller(), [&](TenantTransaction& door) {
        door.put_mail(first);
        first.email = "bob@example.org";
        door.put_mail(first);
        door.put_mail({bob, Invitation, "bob@example.com", kNow, later, 0});
        door.remove_mail(bob, Invitation);
    });
    EXPECT_TRUE(store().read().due_mails(Instant{kNow.ms - 1}, 10).empty());
    const auto due = store().read().due_mails(later, 10);
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[0].first, caller().tenant);
    EXPECT_EQ(due[0].second, first);
    EXPECT_EQ(due[1].first, bolt.tenant);
    EXPECT_EQ(due[1].second, second);
    EXPECT_EQ(store().read().due_mails(later, 1).size(), 1U);
    change(store(), bolt, [&](TenantTransaction& door) { door.end_administration_of(ann); });
    EXPECT_EQ(store().read().due_mails(later, 10).size(), 1U);
}

// T4.
TEST_P(IdentityProviders, ANoticeToAFormerAddressStaysTheFirstOneAndOutlivesTheMember) {
    using enum MemberToken::Purpose;
    const auto ann = ResourceId::create();
    const Mail first{ann, AddressChanged, "ann@example.com", kNow, kNow, 0};
    Mail second = first;
    second.email = "thief@example.com";
    change(store(), caller(), [&](TenantTransaction& door) {
        door.add_mail(first);
        door.add_mail(second);
        door.put_mail({ann, Invitation, "thief@example.com", kNow, kNow, 0});
        door.end_administration_of(ann);
    });
    const auto due = store().read().due_mails(kNow, 10);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].second, first);
    change(store(), caller(), [&](TenantTransaction& door) {
        Mail tried = first;
        tried.attempts = 1;
        door.put_mail(tried);
        door.remove_mail(ann, AddressChanged);
        door.add_mail(second);
    });
    ASSERT_EQ(store().read().due_mails(kNow, 10).size(), 1U);
    EXPECT_EQ(store().read().due_mails(kNow, 10)[0].second, second);
}

// T36.
TEST_P(IdentityProviders, WhatIsHeldIsNotSentAndKnownAsHeld) {
    using enum MemberToken::Purpose;
    const auto ann = ResourceId::create(), bob = ResourceId::create();
    const auto bolt = make_tenant(store(), "bolt");
    const Mail mail{ann, Invitation, "ann@example.com", kNow, kNow, 0};
    const MemberToken link{sha256("link"),          {}, ann, Invitation, "ann@example.com", kNow,
                           Instant{kNow.ms + 1'000}};
    for (const auto& tenant : {bolt, caller()}) {
        change(store(), tenant, [&](TenantTransaction& door) { door.put_mail(mail); });
    }
    change(store(), caller(), [&](TenantTransaction& door) {
        door.put_member_token(link);
        EXPECT_EQ(door.hold_mails(kNow), 1);
        EXPECT_EQ(door.hold_mails(kNow), 0);
        EXPECT_EQ(door.hold_links(kNow), 1);
    });
    ASSERT_EQ(store().read().due_mails(kNow, 10).size(), 1U);
    EXPECT_EQ(store().read().due_mails(kNow, 10)[0].first, bolt.tenant);
    EXPECT_EQ(store().read().find_member_token(link.token_hash)->held, kNow);
    change(store(), caller(), [&](TenantTransaction& door) {
        door.put_mail({bob, Invitation, "bob@example.com", kNow, kNow, 0});
        EXPECT_EQ(door.hold_mails({}), 1);
        EXPECT_EQ(door.hold_links({}), 1);
        EXPECT_EQ(door.hold_links({}), 0);
    });
    EXPECT_EQ(store().read().due_mails(kNow, 10).size(), 3U);
    EXPECT_FALSE(store().read().find_member_token(link.token_hash)->held);
    change(store(), caller(), [&](TenantTransaction& door) {
        EXPECT_EQ(door.hold_mails(kNow), 2);
        door.put_mail(mail);
    });
    EXPECT_EQ(store().read().due_mails(kNow, 10).size(), 2U);
}

}  // namespace
}  // namespace rollcall::store
