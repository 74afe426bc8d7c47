// What the tests of the store share: a directory of their own, rows made from JSON, and a suite that runs on
// every engine.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "model/filter.h"
#include "model/resource.h"
#include "store/open.h"

namespace rollcall::store {

// A new directory under the system's place for temporary files; gone with the object.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    std::string file(std::string_view name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

// A new, empty store of an engine, "memory", "sqlite" or "postgres"; gone with the object, which outlives the
// store.
class Place {
public:
    explicit Place(std::string_view engine);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    const std::string& url() const { return url_; }

private:
    TemporaryDirectory directory_;
    std::string url_;
    std::string database_;  // of PostgreSQL
};

// All engines that can be tested here: PostgreSQL when ROLLCALL_TEST_POSTGRES names a cluster
// (tests/support/postgres.py).
std::vector<std::string_view> engines();
// "postgres" if it is among them, for suites of that engine alone.
std::vector<std::string_view> postgres_if_there();
// The URL of a database there, for who keeps the cluster of the tests and may do everything.
std::string as_superuser(std::string url);

const Catalogue& catalogue();
const ResourceType& user_type();
const ResourceType& group_type();

constexpr Instant kNow{1'700'000'000'000};
constexpr std::string_view kBaseUrl = "https://rollcall.test/scim/v2";

// A row as the layers above would make it: keys, columns and index values from the attributes.
ResourceRow make_row(const ResourceType& type, ResourceId id, const json::object& attributes);
ResourceRow make_row(const ResourceType& type, ResourceId id, std::string_view attributes);
ResourceRow user_row(std::string_view user_name);
// Makes a row longer: the user gets a title of so many characters.
void lengthen(ResourceRow& row, size_t characters);
ResourceRow group_row(std::string_view display_name);
MemberRow member_of(const ResourceRow& row);

// An id whose order is that of its number.
ResourceId numbered_id(uint64_t number);

CheckedFilter filter_for(const ResourceType& type, std::string_view text);

// Opens or fails the test.
std::unique_ptr<Store> open_store(std::string_view url, const OpenOptions& options = {});

// What a policy makes unique is made so above the store.
constexpr std::string_view kPlainPolicy = R"({"unique_group_names":false})";
// Makes a tenant and its caller.
Caller make_tenant(Store& store, std::string_view slug, std::string_view policy = kPlainPolicy);

// Runs `body(TenantTransaction&)` as a job and waits.
template <class Body>
void change(Store& store, const Caller& caller, Body body) {
    write_and_wait(store, [&](Transaction& transaction) { body(transaction.tenant(caller)); });
}

inline TenantTransaction& reading(Store& store, const Caller& caller) {
    return store.read().tenant(caller);
}

// As messages of assertions.
std::string print(const std::vector<Violation>& violations);
std::vector<std::string> ids_of(const Page& page);

// A suite whose parameter is the engine.
class EngineTest : public testing::TestWithParam<std::string_view> {
protected:
    EngineTest();
    ~EngineTest() override;

    Store& store() { return *store_; }
    const std::string& url() const { return place_.url(); }
    const Caller& caller() const { return caller_; }
    TenantTransaction& read() { return reading(*store_, caller_); }
    template <class Body>
    void write(Body body) {
        change(*store_, caller_, body);
    }
    void add(const ResourceRow& row);
    Page query(const Query& query);
    Page query(const ResourceType& type, std::string_view filter);

private:
    Place place_;
    std::unique_ptr<Store> store_;
    Caller caller_;
};

#define FOR_EVERY_ENGINE(suite)                                                               \
    INSTANTIATE_TEST_SUITE_P(Engines, suite, testing::ValuesIn(::rollcall::store::engines()), \
                             [](const auto& engine) { return std::string(engine.param); })

}  // namespace rollcall::store
