// The list of tables that copies and backups go by (store/transfer/tables.h) against the catalogue of each engine, and
// digests. Copies themselves are tried by tests/postgres/moving.py.
#include "fixture.h"
#include "store/transfer/copy.h"

namespace rollcall::store {
namespace {

using transfer::Digest;
using transfer::FoundColumn;
using transfer::Kind;

class Transfer : public EngineTest {
protected:
    bool is_sqlite() const { return url().starts_with("sqlite:"); }

    std::string type_of(Kind kind) const {
        switch (kind) {
            case Kind::Number:
                return is_sqlite() ? "INTEGER" : "bigint";
            case Kind::Boolean:
            case Kind::ThreeWay:
                return is_sqlite() ? "INTEGER" : "boolean";
            case Kind::Text:
                return is_sqlite() ? "TEXT" : "text";
            case Kind::Bytes:
                return is_sqlite() ? "BLOB" : "bytea";
            case Kind::Id:
                return is_sqlite() ? "BLOB" : "uuid";
            case Kind::Moment:
                return is_sqlite() ? "TEXT" : "timestamp with time zone";
        }
        return {};
    }

    // Every table and column that is listed, and what the engine has for itself.
    std::vector<FoundColumn> expected() const {
        std::vector<FoundColumn> columns;
        if (is_sqlite())
            columns.push_back({"resource", "seq", "INTEGER"});
        else
            columns.push_back({"schema_version", "version", "bigint"});
        for (const auto& table : transfer::tables()) {
            const std::string name(table.name.text());
            if (table.of == transfer::Table::Of::Tenant)
                columns.push_back({name, "tenant_id", type_of(Kind::Number)});
            for (const auto& column : table.columns) {
                const bool is_status = name == "audit" && column.name.text() == "status" && !is_sqlite();
                columns.push_back({name, std::string(column.name.text()),
                                   is_status ? "integer" : type_of(column.kind)});
            }
        }
        std::ranges::sort(columns);
        return columns;
    }
};
std::vector<std::string_view> engines_with_tables() {
    auto all = engines();
    std::erase_if(all, [](const auto engine) { return engine == "memory"; });
    return all;
}
INSTANTIATE_TEST_SUITE_P(Engines, Transfer, testing::ValuesIn(engines_with_tables()),
                         [](const auto& engine) { return std::string(engine.param); });

// A migration that adds a table or a column fails here until transfer/tables.cpp has it: what is not listed there is
// in no copy and no backup.
TEST_P(Transfer, EveryTableAndColumnIsListed) {
    auto database = transfer::open_database(url(), transfer::Opening::Existing);
    ASSERT_TRUE(database) << database.error().detail;
    auto found = (*database)->columns();
    std::ranges::sort(found);
    const auto wanted = expected();
    const auto shown = [](const FoundColumn& one) { return one.table + "." + one.name + " " + one.type; };
    std::vector<FoundColumn> unlisted, missing;
    std::ranges::set_difference(found, wanted, std::back_inserter(unlisted));
    std::ranges::set_difference(wanted, found, std::back_inserter(missing));
    for (const auto& one : unlisted) ADD_FAILURE() << "not in transfer/tables.cpp: " << shown(one);
    for (const auto& one : missing) ADD_FAILURE() << "not in the database: " << shown(one);
}

TEST_P(Transfer, ADatabaseThatIsBeingFilledIsNoStore) {
    Place place(GetParam());
    {
        auto database = transfer::open_database(place.url(), transfer::Opening::Create);
        ASSERT_TRUE(database) << database.error().detail;
        EXPECT_TRUE((*database)->is_empty());
        (*database)->begin({"copy", "somebody", "{}"});
    }
    const auto refused = store::open(place.url());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("was not finished"), std::string::npos) << refused.error().detail;
    {
        auto database = transfer::open_database(place.url(), transfer::Opening::Create);
        ASSERT_TRUE(database) << database.error().detail;
        (*database)->release();
    }
    EXPECT_TRUE(store::open(place.url()));
}

// Two that fill one database at once do not write the same rows twice.
TEST_P(Transfer, ProgressThatIsAnotherOneStopsAWrite) {
    Place place(GetParam());
    auto database = transfer::open_database(place.url(), transfer::Opening::Create);
    ASSERT_TRUE(database) << database.error().detail;
    (*database)->begin({"copy", "somebody", "{}"});
    transfer::RowWriter row;
    row.add(std::string_view("seal"));
    row.add(std::string_view("0123456789"));
    transfer::Batch rows;
    rows.add(row.row());
    Digest after;
    after.add(row.row());
    const transfer::Part secrets{1, 0};
    ASSERT_EQ(transfer::tables()[secrets.table].name.text(), "instance_secret");
    EXPECT_TRUE((*database)->write(secrets, rows, Digest(), after));
    EXPECT_FALSE((*database)->write(secrets, rows, Digest(), after));
    EXPECT_EQ((*database)->progress(), (transfer::Progress{{secrets, after}}));
    (*database)->clear({secrets});
    EXPECT_TRUE((*database)->progress().empty());
    EXPECT_EQ((*database)->identity(), "");
}

TEST(TransferDigest, IsOfTheRowsWhateverTheirOrder) {
    Digest one, other, less, twice;
    for (const auto* row : {"a", "b", "c"}) one.add(row);
    for (const auto* row : {"c", "a", "b"}) other.add(row);
    for (const auto* row : {"a", "b"}) less.add(row);
    for (const auto* row : {"a", "b", "b"}) twice.add(row);
    EXPECT_EQ(one, other);
    EXPECT_NE(one, less);
    EXPECT_NE(one, twice);
    EXPECT_EQ(one.rows(), 3);
}

TEST(TransferDigest, ReadsItsText) {
    Digest digest;
    for (const auto* row : {"a", "b", "c", "d", "e"}) digest.add(row);
    EXPECT_EQ(Digest::parse(digest.text()), digest);
    EXPECT_EQ(Digest::parse(Digest().text()), Digest());
    for (const auto* text : {"", "5", "5:", ":", "x:00", "5:zz"}) EXPECT_FALSE(Digest::parse(text)) << text;
}

TEST(TransferRows, ACellComesBackAsItWas) {
    transfer::RowWriter writer;
    writer.add(int64_t{-7});
    writer.add_null();
    writer.add(std::string_view("\0n\xff", 3));
    writer.add(std::string_view());
    transfer::RowReader reader(writer.row());
    EXPECT_EQ(reader.next().number, -7);
    EXPECT_EQ(reader.next().form, transfer::Cell::Form::Null);
    EXPECT_EQ(reader.next().bytes, std::string_view("\0n\xff", 3));
    EXPECT_EQ(reader.next().form, transfer::Cell::Form::Bytes);
}

}  // namespace
}  // namespace rollcall::store
