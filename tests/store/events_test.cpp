// The trail of changes: rows of every engine, and what the chain tells of a file that somebody wrote into
// (P33, T69).
#include "audit/chain.h"
#include "audit/export.h"
#include "base/hmac.h"
#include "fixture.h"
#include "session.h"
#include "store/sqlite/connection.h"

namespace rollcall::store {
namespace {

Event event_named(std::string_view action, int64_t ms = 0) {
    Event event;
    event.time = Instant{kNow.ms + ms};
    event.request = RequestId::create();
    event.channel = "scim";
    event.actor_kind = "credential";
    event.actor = CredentialId::create().bytes;
    event.action = action;
    event.target_type = "User";
    event.target = ResourceId::create().text();
    event.payload = R"({"changes":[]})";
    return event;
}

class Events : public EngineTest {
protected:
    void append(std::string_view action, int64_t ms = 0) {
        write([&](TenantTransaction& tenant) {
            auto event = event_named(action, ms);
            tenant.append_event(event);
        });
    }
    std::vector<int64_t> search(const EventSearch& search) {
        int64_t looked_to = 0;
        std::vector<int64_t> found;
        for (const auto& event : read().search_events(search, looked_to)) found.push_back(event.seq);
        return found;
    }
};

TEST_P(Events, AreNumberedWithoutGapsAndNeverGoBackInTime) {
    append("user.create", 1'000);
    append("user.update", 0);
    std::vector<Event> all;
    read().visit_events(0, [&](const Event& event) {
        all.push_back(event);
        return true;
    });
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].seq, 2);
    EXPECT_EQ(all[1].time, all[0].time);
    EXPECT_EQ(read().event_head().seq, 2);
    EXPECT_EQ(read().event_head().code, all[1].code);
    EXPECT_FALSE(audit::check_chain(read(), caller().tenant, nullptr).broken);
}

TEST_P(Events, AreFoundByWhatWasAskedFor) {
    for (int i = 1; i <= 10; ++i) append(i % 2 == 0 ? "user.create" : "group.update", i * 1'000);
    EXPECT_EQ(search({.limit = 3}), (std::vector<int64_t>{10, 9, 8}));
    EXPECT_EQ(search({.before = 8, .limit = 2}), (std::vector<int64_t>{7, 6}));
    EXPECT_EQ(search({.action = "user.create"}), (std::vector<int64_t>{10, 8, 6, 4, 2}));
    EXPECT_EQ(search({.action = "group."}), (std::vector<int64_t>{9, 7, 5, 3, 1}));
    const Instant from{kNow.ms + 3'000}, until{kNow.ms + 6'000};
    EXPECT_EQ(search({.from = from, .until = until}), (std::vector<int64_t>{5, 4, 3}));
    EXPECT_EQ(search({.channel = "admin"}), (std::vector<int64_t>{}));
}

TEST_P(Events, AnUndoneOneLeavesNoGap) {
    append("user.create");
    write_and_wait(store(), [&](Transaction& transaction) {
        auto& tenant = transaction.tenant(caller());
        transaction.mark();
        auto undone = event_named("user.delete");
        tenant.append_event(undone);
        transaction.undo_to_mark();
        auto kept = event_named("user.update");
        tenant.append_event(kept);
        EXPECT_EQ(kept.seq, 2);
    });
    EXPECT_EQ(audit::check_chain(read(), caller().tenant, nullptr).rows, 2);
    EXPECT_FALSE(audit::check_chain(read(), caller().tenant, nullptr).broken);
}

FOR_EVERY_ENGINE(Events);

struct Damage {
    const char* sql;
    int64_t row;  // that the check names
};

class Tampered : public testing::TestWithParam<Damage> {};

// The triggers stop accidents only: somebody who writes the file drops them first.
TEST_P(Tampered, P33_TheFirstBadRowIsNamed) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("store.db");
    const auto store = open_store("sqlite:" + path);
    const Caller caller = make_tenant(*store, "acme");
    change(*store, caller, [](TenantTransaction& tenant) {
        for (int i = 0; i < 10; ++i) {
            auto event = event_named("user.update", i);
            tenant.append_event(event);
        }
    });
    ASSERT_FALSE(audit::check_chain(reading(*store, caller), caller.tenant, nullptr).broken);
    store->end_read();
    const auto connection = sqlite::Connection::open({.path = path});
    EXPECT_ANY_THROW(connection->execute("UPDATE event SET action = 'other' WHERE seq = 3"));
    EXPECT_ANY_THROW(connection->execute("DELETE FROM event WHERE seq = 3"));
    connection->execute_script("DROP TRIGGER event_is_not_changed; DROP TRIGGER event_is_not_removed");
    connection->execute_script(GetParam().sql);
    const auto check = audit::check_chain(reading(*store, caller), caller.tenant, nullptr);
    ASSERT_TRUE(check.broken);
    EXPECT_EQ(check.broken->seq, GetParam().row);
}

const Damage kDamages[] = {
    {"UPDATE event SET payload = '{}' WHERE seq = 4", 4},
    {"UPDATE event SET time = time + 1 WHERE seq = 1", 1},
    {"UPDATE event SET actor_id = NULL WHERE seq = 10", 10},
    {"UPDATE event SET tenant_id = 99 WHERE seq = 5", 5},
    {"DELETE FROM event WHERE seq = 6", 6},
    {"DELETE FROM event WHERE seq > 8", 9},
    {"DELETE FROM event WHERE seq = 6; UPDATE event SET seq = seq - 1 WHERE seq > 6", 6},
    {"UPDATE event SET seq = 99 WHERE seq = 2; UPDATE event SET seq = 2 WHERE seq = 3; UPDATE event SET seq "
     "= 3 WHERE "
     "seq = 99",
     2},
    {"INSERT INTO event SELECT tenant_id, 11, time, request_id, channel, actor_kind, actor_id, actor_name, "
     "address, action, "
     "target_type, target, payload, code FROM event WHERE seq = 10",
     11},
};
INSTANTIATE_TEST_SUITE_P(Ways, Tampered, testing::ValuesIn(kDamages));

// The same in PostgreSQL: who writes there is a superuser.
class TamperedPostgres : public testing::TestWithParam<Damage> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TamperedPostgres);

TEST_P(TamperedPostgres, P33_TheFirstBadRowIsNamed) {
    const Place place("postgres");
    const auto store = open_store(place.url());
    const Caller caller = make_tenant(*store, "acme");
    change(*store, caller, [](TenantTransaction& tenant) {
        for (int i = 0; i < 10; ++i) {
            auto event = event_named("user.update", i);
            tenant.append_event(event);
        }
    });
    ASSERT_FALSE(audit::check_chain(reading(*store, caller), caller.tenant, nullptr).broken);
    store->end_read();
    Session superuser(as_superuser(place.url()));
    ASSERT_EQ(superuser.ask(GetParam().sql), "");
    const auto check = audit::check_chain(reading(*store, caller), caller.tenant, nullptr);
    ASSERT_TRUE(check.broken);
    EXPECT_EQ(check.broken->seq, GetParam().row);
    store->end_read();
}

std::vector<Damage> damages_if_there() {
    // The last three shift numbers, which a unique index of PostgreSQL does not let pass row by row.
    if (postgres_if_there().empty()) return {};
    return {std::begin(kDamages), std::begin(kDamages) + 6};
}
INSTANTIATE_TEST_SUITE_P(postgres, TamperedPostgres, testing::ValuesIn(damages_if_there()));

TEST(RequestLog, MOB17_OfOneCredentialPageByPageAndByHour) {
    const TemporaryDirectory directory;
    const auto store = open_store("sqlite:" + directory.file("store.db"));
    const Caller caller = make_tenant(*store, "acme");
    const auto okta = CredentialId::create(), other = CredentialId::create();
    write_and_wait(*store, [&](Transaction& transaction) {
        for (int i = 0; i < 250; ++i) {
            AuditRow row;
            row.time = Instant{kNow.ms + i / 2 * 60'000};
            row.request = RequestId::create();
            row.credential = i % 5 == 0 ? other : okta;
            row.method = "GET";
            row.status = i % 3 == 0 ? 404 : 200;
            transaction.append_audit(caller.tenant, row);
        }
    });
    auto& tenant = reading(*store, caller);
    std::vector<int64_t> seen;
    std::optional<RequestPlace> place;
    for (;;) {
        const auto page = tenant.requests_of(okta, place, 100);
        if (page.empty()) break;
        for (const auto& row : page) seen.push_back(row.seq);
        place = RequestPlace{page.back().time, page.back().seq};
    }
    EXPECT_EQ(seen.size(), 200U);
    EXPECT_TRUE(std::ranges::is_sorted(seen, std::greater()));
    int64_t good = 0, bad = 0;
    const auto hours = tenant.answers_of(okta, kNow);
    for (const auto& hour : hours) good += hour.classes[2], bad += hour.classes[4];
    EXPECT_EQ(hours.size(), 3U);
    EXPECT_EQ(good + bad, 200);
    EXPECT_EQ(bad, 67);
}

TEST(EventKey, IsTheSameForTheLifeOfTheTrail) {
    const TemporaryDirectory directory;
    const std::string url = "sqlite:" + directory.file("store.db");
    OpenOptions options;
    options.audit_key = sha256("key");
    {
        const auto store = open_store(url, options);
        const Caller caller = make_tenant(*store, "acme");
        change(*store, caller, [](TenantTransaction& tenant) {
            auto event = event_named("user.create");
            tenant.append_event(event);
        });
        const Sha256 other = sha256("other");
        EXPECT_FALSE(audit::check_chain(reading(*store, caller), caller.tenant, &*options.audit_key).broken);
        EXPECT_TRUE(audit::check_chain(reading(*store, caller), caller.tenant, &other).broken);
        EXPECT_TRUE(audit::check_chain(reading(*store, caller), caller.tenant, nullptr).broken);
    }
    EXPECT_FALSE(open(url));
    options.audit_key = sha256("other");
    EXPECT_FALSE(open(url, options));
}

// RFC 4231, test case 1 has a key of 20 bytes; with zeros behind it HMAC is the same.
TEST(EventKey, Rfc4231) {
    Sha256 key{};
    std::fill_n(key.begin(), 20, 0x0b);
    EXPECT_EQ(hex(as_bytes(hmac_sha256(key, "Hi There"))),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(EventExport, T62_NoCellIsAFormula) {
    auto event = event_named("user.create");
    for (const std::string text : {"=1+1", "+1", "-1", "@x", "\tx", "\rx"}) {
        event.actor_name = text;
        EXPECT_NE(audit::event_as_csv(event).find(",\"'" + text + "\","), std::string::npos) << text;
    }
    event.actor_name = "a\"b";
    EXPECT_NE(audit::event_as_csv(event).find(",\"a\"\"b\","), std::string::npos);
}

}  // namespace
}  // namespace rollcall::store
