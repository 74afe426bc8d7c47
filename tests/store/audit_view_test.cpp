// MOB-16: the view learn_scim_audit, as somebody with the sqlite3 program would use it.
#include "fixture.h"
#include "store/sqlite/connection.h"

namespace rollcall::store {
namespace {

class AuditView : public testing::Test {
protected:
    const TemporaryDirectory directory;
    const std::string path = directory.file("store.db");
    const std::unique_ptr<Store> store = open_store("sqlite:" + path);
    const Caller caller = make_tenant(*store, "acme");
    Credential credential;

    void SetUp() override {
        credential.id = CredentialId::create();
        credential.name = "Okta";
        credential.token_hash = sha256("token");
        write_and_wait(*store, [&](Transaction& transaction) {
            EXPECT_TRUE(transaction.tenant(caller).insert_credential(credential));
            for (int i = 0; i < 300; ++i) {
                AuditRow row;
                row.time = Instant{kNow.ms + i * 1'000};
                row.request = RequestId::create();
                if (i % 3 != 0) row.credential = credential.id;
                row.method = "PATCH";
                row.path = "/scim/v2/Users/x";
                if (i % 2 == 0) row.body_hash = sha256("body");
                row.status = 200 + i;
                row.duration_us = 1'500;
                row.address = "192.0.2.7";
                row.channel = "scim";
                transaction.append_audit(i % 3 == 0 ? TenantId{} : caller.tenant, row);
            }
        });
    }
};

TEST_F(AuditView, MOB16_ShowsEveryRequest) {
    const auto connection = sqlite::Connection::open({.path = path});
    auto rows = connection->run(
        "SELECT tenant, credential, credential_name, time, method, path, body_sha256, status, response_ms, "
        "ip, request_id "
        "FROM learn_scim_audit WHERE credential_name = 'Okta' AND time >= '2023-11-14T22:13:22.000Z' ORDER "
        "BY time");
    ASSERT_TRUE(rows.next());
    EXPECT_EQ(rows.text(0), "acme");
    EXPECT_EQ(rows.text(1), credential.id.text());
    EXPECT_EQ(rows.text(3), "2023-11-14T22:13:22.000Z");
    EXPECT_EQ(rows.text(4), "PATCH");
    EXPECT_EQ(rows.text(6), hex(as_bytes(sha256("body"))));
    EXPECT_EQ(rows.integer(7), 202);
    EXPECT_EQ(rows.text(8), "1.5");
    EXPECT_EQ(rows.text(9), "192.0.2.7");
    EXPECT_EQ(rows.text(10).size(), 36U);
    int count = 1;
    while (rows.next()) ++count;
    EXPECT_EQ(count, 199);
    auto all =
        connection->run("SELECT count(*), count(credential), count(body_sha256) FROM learn_scim_audit");
    ASSERT_TRUE(all.next());
    EXPECT_EQ(all.integer(0), 300);
    EXPECT_EQ(all.integer(1), 200);
}

TEST_F(AuditView, MOB16_IsAnsweredFromAnIndex) {
    const auto connection = sqlite::Connection::open({.path = path});
    auto rows = connection->run(
        "EXPLAIN QUERY PLAN SELECT * FROM learn_scim_audit WHERE credential_name = 'Okta' "
        "AND time BETWEEN '2023-11-14' AND '2023-11-15'");
    std::string plan;
    while (rows.next()) plan += std::string(rows.text(3)) + "\n";
    EXPECT_NE(
        plan.find("USING INDEX audit_by_credential (tenant_id=? AND credential_id=? AND time>? AND time<?)"),
        std::string::npos)
        << plan;
    EXPECT_EQ(plan.find("SCAN a\n"), std::string::npos) << plan;
}

TEST_F(AuditView, MOB16_NumbersHaveNoGaps) {
    const auto connection = sqlite::Connection::open({.path = path});
    auto rows =
        connection->run("SELECT tenant_id, count(*), min(seq), max(seq) FROM audit GROUP BY tenant_id");
    while (rows.next()) {
        EXPECT_EQ(rows.integer(2), 1);
        EXPECT_EQ(rows.integer(3), rows.integer(1));
    }
}

}  // namespace
}  // namespace rollcall::store
