// What goes into the revocation journal (T36), how it is written and read, and what its lines come to.
#include "revocation_lines.h"

#include <gtest/gtest.h>

#include "revocation_states.h"

namespace rollcall {
namespace {

constexpr Instant kTime{1'795'000'000'000};  // 2026-11-18

store::Event event(std::string action, std::string type, std::string payload = "{}") {
    store::Event event;
    event.seq = 7;
    event.time = kTime;
    event.action = std::move(action);
    event.target_type = std::move(type);
    event.target = "0190f5a0-0000-7000-8000-000000000001";
    event.payload = std::move(payload);
    event.code[0] = 0xab;
    event.actor_name = "somebody";
    event.address = "192.0.2.1";
    return event;
}

std::optional<JournalLine> user_line(const std::string& verb, std::string payload = "{}") {
    return journal_line("acme", event("user." + verb, "User", std::move(payload)));
}

TEST(RevocationLines, SayWhatAndNotWhoOrWherefrom) {
    const auto line = journal_line("acme", event("credential.revoke", "credential", R"({"name":"Okta"})"));
    ASSERT_TRUE(line);
    EXPECT_EQ(text_of(*line), R"({"time":"2026-11-18T11:06:40.000Z","tenant":"acme","seq":7,"code":"ab)" +
                                  std::string(62, '0') +
                                  R"(","action":"credential.revoke","type":"credential",)"
                                  R"("target":"0190f5a0-0000-7000-8000-000000000001"})" +
                                  "\n");
    EXPECT_EQ(parse_journal_line(text_of(*line)), line);
}

TEST(RevocationLines, AreWrittenForWhatIsAboutAccess) {
    for (const auto* action : {"credential.disable", "credential.enable", "credential.rotate",
                               "service-key.revoke", "key.revoke", "issuer.remove", "openid.remove",
                               "tenant.disable", "operator.remove", "member.password", "grants.set"}) {
        EXPECT_TRUE(journal_line("acme", event(action, "any"))) << action;
    }
    for (const auto* action :
         {"credential.issue", "tenant.set", "admin.sign_in", "schema.load", "key.create"}) {
        EXPECT_FALSE(journal_line("acme", event(action, "any"))) << action;
    }
    EXPECT_TRUE(journal_line("acme", event("group.disable", "Group")));
    EXPECT_TRUE(journal_line(
        "acme", event("group.update", "Group", R"({"removed":["x"],"removed_count":1,"version":2})")));
    EXPECT_FALSE(journal_line(
        "acme", event("group.update", "Group", R"({"added":["x"],"added_count":1,"version":2})")));
    EXPECT_FALSE(journal_line(
        "acme", event("group.update", "Group", R"({"changes":[{"after":"\"removed_count\":"}]})")));
}

TEST(RevocationLines, OfUsersSayWhatTheyAreThen) {
    EXPECT_EQ(user_line("deactivate")->active, false);
    EXPECT_EQ(user_line("delete")->active, false);
    EXPECT_EQ(user_line("activate")->active, true);
    EXPECT_FALSE(user_line("update", R"({"changes":[{"attribute":"title","after":"Boss"}],"version":2})"));
    const auto role =
        user_line("update", R"({"changes":[{"attribute":"title","before":"Boss"},)"
                            R"({"attribute":"member.role","before":"owner","after":"member"}],"version":2})");
    ASSERT_TRUE(role);
    EXPECT_FALSE(role->active);
    EXPECT_EQ(role->role_before, "owner");
    EXPECT_EQ(role->role, "member");
    EXPECT_EQ(text_of(*role).find("Boss"), std::string::npos);
    EXPECT_EQ(parse_journal_line(text_of(*role)), role);
}

// A creation that takes a member over, or a mass change that is undone, makes somebody again who was there
// before.
TEST(RevocationLines, OfCreationsAreOfThoseWhoWereThereBefore) {
    EXPECT_FALSE(user_line("create", R"({"after":{"userName":"ann","active":true},"version":1})"));
    EXPECT_EQ(user_line("create", R"({"after":{"userName":"ann","active":false},"version":3})")->active,
              false);
    EXPECT_EQ(user_line("create", R"({"after":{"userName":"ann"},"version":3})")->active, true);
    EXPECT_EQ(
        user_line("create",
                  R"({"changes":[{"attribute":"member.active","before":false,"after":true}],"version":4})")
            ->active,
        true);
}

TEST(RevocationLines, WhatIsNoLineIsNone) {
    const auto whole = text_of(*user_line("delete"));
    for (size_t size = 0; size + 1 < whole.size(); ++size)
        EXPECT_FALSE(parse_journal_line(whole.substr(0, size))) << size;
    for (const auto* text :
         {"{}", "[]", R"({"time":"2026-11-18T11:06:40.000Z","tenant":"a","seq":"1","action":"x"})"})
        EXPECT_FALSE(parse_journal_line(text)) << text;
}

TEST(RevocationLines, FilesAreKeptForNinetyDays) {
    EXPECT_EQ(journal_file_name(kTime), "revocations-2026-11.jsonl");
    EXPECT_FALSE(is_out_of_date("revocations-2026-11.jsonl", kTime));
    EXPECT_FALSE(is_out_of_date("revocations-2026-08.jsonl", kTime));  // 90 days before is August 20
    EXPECT_TRUE(is_out_of_date("revocations-2026-07.jsonl", kTime));
    EXPECT_TRUE(is_out_of_date("revocations-2025-12.jsonl", kTime));
    for (const auto* other :
         {"revocations-2020-13.jsonl", "revocations-2020-1.jsonl", "revocations-2020-01.json",
          "other-2020-01.jsonl", "revocations-20a0-01.jsonl", ""}) {
        EXPECT_FALSE(is_out_of_date(other, kTime)) << other;
    }
}

class RevocationStatesTest : public testing::Test {
protected:
    JournalLine line(std::string action, std::optional<bool> active = {}, std::string before = {},
                     std::string role = {}) {
        JournalLine made;
        made.time = Instant{kTime.ms + ++seq_};
        made.tenant = "acme";
        made.seq = seq_;
        made.action = std::move(action);
        made.target = "x";
        made.active = active;
        made.role_before = std::move(before);
        made.role = std::move(role);
        states_.add(made);
        return made;
    }
    int64_t seq_ = 0;
    RevocationStates states_{"guest"};
};

TEST_F(RevocationStatesTest, TheLastStateOfACredentialCounts) {
    line("credential.disable");
    line("credential.pause");
    line("credential.quarantine");
    EXPECT_TRUE(states_.credentials["x"].disabled && states_.credentials["x"].paused &&
                states_.credentials["x"].held);
    line("credential.enable");
    EXPECT_FALSE(states_.credentials["x"].disabled || states_.credentials["x"].paused);
    auto all = line("credential.enable");
    all.action = "credential.confirm";
    all.target = "*";
    states_.add(all);
    EXPECT_FALSE(states_.credentials["x"].held);
    line("credential.revoke");
    line("credential.enable");
    EXPECT_TRUE(states_.credentials["x"].revoked);  // which is final
}

TEST_F(RevocationStatesTest, TheLastStateOfAUserCounts) {
    const auto& user = states_.users["x"];
    line("user.update", {}, "owner", "admin");
    line("user.deactivate", false, "admin", "guest");
    EXPECT_EQ(user.active, false);
    EXPECT_EQ(user.role, "admin");  // not that of inactive members
    EXPECT_EQ(user.role_before, "owner");
    const auto left = line("user.delete", false);
    EXPECT_TRUE(user.deleted);
    line("user.activate", true, "guest", "member");
    EXPECT_EQ(user.active, true);
    EXPECT_EQ(user.role, "member");
    EXPECT_FALSE(user.deleted);
    EXPECT_TRUE(user.was_deleted);
    EXPECT_EQ(user.left, left.time);
}

TEST_F(RevocationStatesTest, AnIssuerThatWasRemovedStaysSo) {
    line("issuer.add");
    EXPECT_FALSE(states_.issuers["x"].removed);
    line("issuer.remove");
    line("issuer.add");
    EXPECT_TRUE(states_.issuers["x"].removed);
    line("tenant.disable");
    line("tenant.enable");
    EXPECT_TRUE(states_.enabled->second);
}

}  // namespace
}  // namespace rollcall
