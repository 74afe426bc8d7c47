// Schemas of tenants on both engines: the command line and requests are tested in
// tests/behaviour/schema-changes.http.
#include "directory/schemas.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "store/open.h"

namespace rollcall::directory {
namespace {

constexpr std::string_view kDoor = "urn:example:door";

json::object door_schema(std::string_view attributes, std::string_view uri = kDoor) {
    auto attribute_list = parse_json(attributes);
    json::object document;
    document["schemas"] = json::array{"urn:ietf:params:scim:schemas:core:2.0:Schema"};
    document["id"] = uri;
    document["name"] = "Door";
    document["attributes"] = *attribute_list;
    return document;
}

json::object door_type(std::string_view name = "Door", std::string_view uri = kDoor) {
    json::object document;
    document["schemas"] = json::array{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"};
    document["name"] = name;
    document["endpoint"] = "/" + std::string(name) + "s";
    document["schema"] = uri;
    return document;
}

class SchemasOfTenants : public testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "tenant-schemasXXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
        auto opened = store::open(GetParam() == "memory" ? "memory:" : "sqlite:" + name + "/rollcall.db");
        ASSERT_TRUE(opened.has_value()) << opened.error().detail;
        store_ = std::move(*opened);
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }

    Tenant make_tenant(const std::string& slug) {
        Tenant tenant;
        tenant.slug = slug;
        tenant.profile = "standard";
        tenant.policy = "{}";
        store::write_and_wait(
            *store_, [&](store::Transaction& transaction) { tenant = *transaction.insert_tenant(tenant); });
        return tenant;
    }

    // One job; an error undoes it.
    template <class Work>
    auto in_job(const Tenant& tenant, Work work) {
        const auto caller = Caller::operator_of(tenant.id, tenant.slug);
        decltype(work(std::declval<Context&>())) result;
        store::write_and_wait(*store_, [&](store::Transaction& transaction) {
            transaction.mark();
            Context context{transaction.tenant(caller), caller,  policy_,
                            *Catalogue::standard(),     limits_, Instant{1'000}};
            result = work(context);
            if (!result) transaction.undo_to_mark();
        });
        return result;
    }

    Result<SchemaChange> load(const Tenant& tenant, const std::vector<json::object>& contents) {
        std::vector<SchemaDocument> documents;
        for (const auto& content : contents) documents.push_back({"file.json", content});
        obstacles_ = {};
        return in_job(tenant, [&](Context& context) { return load_schemas(context, documents, obstacles_); });
    }
    Result<SchemaChange> remove(const Tenant& tenant, const std::vector<std::string>& names) {
        obstacles_ = {};
        return in_job(tenant, [&](Context& context) { return remove_schemas(context, names, obstacles_); });
    }
    Result<Changed> add_door(const Tenant& tenant, const json::object& attributes) {
        return in_job(tenant, [&](Context& context) -> Result<Changed> {
            const auto catalogue = TRY(Catalogue::standard()->extended(own_documents(context.transaction)));
            return create_resource(context, *catalogue->find_type("Door"), ResourceId::create(),
                                   Edited{attributes, {}, {}});
        });
    }
    store::TenantTransaction& door(const Tenant& tenant) {
        return store_->read().tenant(Caller::operator_of(tenant.id, tenant.slug));
    }
    std::vector<store::Violation> violations() { return store_->verify(*Catalogue::standard()); }

    std::filesystem::path folder_;
    std::unique_ptr<store::Store> store_;
    Policy policy_;
    Limits limits_;
    SchemaObstacles obstacles_;
};

TEST_P(SchemasOfTenants, LoadedTwiceIsOnce) {
    const auto tenant = make_tenant("a");
    const std::vector<json::object> documents{door_schema(R"([{"name":"label"}])"), door_type()};
    EXPECT_EQ(load(tenant, documents)->version, 1);
    const auto again = load(tenant, documents);
    EXPECT_EQ(again->version, 1);
    EXPECT_TRUE(again->changed.empty());
    EXPECT_EQ(door(tenant).schema_version(), 1);
    EXPECT_EQ(door(tenant).schemas().size(), 2U);
    // The rest of a tenant's row may change without touching them.
    auto changed = *store_->read().find_tenant("a");
    changed.enabled = false;
    changed.schema_version = 0;
    store::write_and_wait(*store_, [&](store::Transaction& transaction) {
        EXPECT_TRUE(transaction.update_tenant(changed).has_value());
    });
    EXPECT_EQ(store_->read().find_tenant("a")->schema_version, 1);
}

TEST_P(SchemasOfTenants, ListIsBoundedAndTotalIsNot) {
    const auto tenant = make_tenant("a");
    ASSERT_TRUE(load(tenant, {door_schema(R"([{"name":"label"}])"), door_type()}).has_value());
    for (int i = 0; i < 60; ++i) ASSERT_TRUE(add_door(tenant, {{"label", std::to_string(i)}}).has_value());
    const auto refused = load(tenant, {door_schema(R"([{"name":"other"}])")});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(obstacles_.total, 60);
    EXPECT_EQ(obstacles_.listed.size(), SchemaObstacles::kListed);
    EXPECT_EQ(door(tenant).schema_version(), 1);
    EXPECT_TRUE(violations().empty());
    EXPECT_FALSE(remove(tenant, {"Door"}).has_value());
    EXPECT_EQ(obstacles_.total, 60);
}

TEST_P(SchemasOfTenants, UniquenessIsJudgedAgainstWhatIsStored) {
    const auto tenant = make_tenant("a");
    ASSERT_TRUE(
        load(tenant, {door_schema(R"([{"name":"code"},{"name":"size","type":"integer"}])"), door_type()})
            .has_value());
    ASSERT_TRUE(add_door(tenant, {{"code", "X"}, {"size", 1}}).has_value());
    ASSERT_TRUE(add_door(tenant, {{"code", "x"}, {"size", 2}}).has_value());
    EXPECT_FALSE(load(tenant, {door_schema(R"([{"name":"code","uniqueness":"server"},
                                               {"name":"size","type":"integer"}])")})
                     .has_value());
    EXPECT_EQ(obstacles_.total, 1);
    EXPECT_TRUE(violations().empty());  // nothing of the half that was fitting stays
    // With letter case they are two values; the numbers are two anyway.
    ASSERT_TRUE(load(tenant, {door_schema(R"([{"name":"code","uniqueness":"server","caseExact":true},
                                              {"name":"size","type":"integer","uniqueness":"global"}])")})
                    .has_value());
    EXPECT_TRUE(violations().empty());
    EXPECT_EQ(add_door(tenant, {{"code", "X"}, {"size", 3}}).error().kind, ErrorKind::Uniqueness);
    EXPECT_EQ(add_door(tenant, {{"code", "y"}, {"size", 2}}).error().kind, ErrorKind::Uniqueness);
    EXPECT_TRUE(add_door(tenant, {{"code", "y"}, {"size", 3}}).has_value());
    // Back to letter case aside: refused; and the stored keys are those from before.
    EXPECT_FALSE(load(tenant, {door_schema(R"([{"name":"code","uniqueness":"server"},
                                               {"name":"size","type":"integer","uniqueness":"global"}])")})
                     .has_value());
    EXPECT_TRUE(violations().empty());
}

TEST_P(SchemasOfTenants, WhatATenantCannotSay) {
    const auto tenant = make_tenant("a");
    const auto refusal = [&](const std::vector<json::object>& documents) {
        const auto loaded = load(tenant, documents);
        return loaded ? std::string("taken") : loaded.error().detail;
    };
    const auto expect = [&](const std::vector<json::object>& documents, std::string_view words) {
        const auto detail = refusal(documents);
        EXPECT_NE(detail.find(words), std::string::npos) << detail;
    };
    expect({door_schema(R"([{"name":"a"}])", "urn:ietf:params:scim:schemas:core:2.0:user")},
           "File file.json: the schema");
    expect({door_type("User")}, "belongs to the installation");
    expect({door_schema(R"([{"name":"a","x-computed":true}])")}, "x-computed are for");
    expect({door_schema(R"([{"name":"a","multiValued":true,"type":"complex","x-storage":"rows"}])")},
           "x-storage");
    expect({door_schema(R"([{"name":"a"}])"), door_schema(R"([{"name":"b"}])")}, "twice");
    expect({door_type()}, "there is no schema");
    expect({door_schema(R"([{"name":"a","type":"text"}])")},
           "File file.json: Schema urn:example:door, attribute a: \"text\" is no known type; there are "
           "string, ");
    expect({json::object{{"schemas", json::array{"urn:x"}}}}, "neither a Schema nor a ResourceType");
    EXPECT_EQ(remove(tenant, {"Group"}).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(remove(tenant, {"urn:example:nothing"}).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(door(tenant).schema_version(), 0);
}

TEST_P(SchemasOfTenants, AreBounded) {
    const auto tenant = make_tenant("a");
    limits_.tenant_documents_max = 2;
    limits_.tenant_schema_bytes_max = 1'000;
    const auto one = door_schema(R"([{"name":"a"}])");
    EXPECT_FALSE(load(tenant, {one, door_type(), door_type("Gate")}).has_value());
    EXPECT_TRUE(load(tenant, {one, door_type()}).has_value());
    auto large = one;
    large["description"] = std::string(1'000, 'x');
    EXPECT_FALSE(load(tenant, {large}).has_value());
}

TEST_P(SchemasOfTenants, ManyTenantsHaveTheirOwnInBoundedMemory) {
    constexpr size_t kKept = 8;
    Catalogues catalogues(Catalogue::standard(), kKept);
    std::vector<Tenant> tenants;
    for (int i = 0; i < 40; ++i) {
        tenants.push_back(make_tenant("t" + std::to_string(i)));
        const std::string attributes = R"([{"name":"only)" + std::to_string(i) + R"("}])";
        ASSERT_TRUE(load(tenants.back(), {door_schema(attributes), door_type()}).has_value());
    }
    const auto plain = make_tenant("plain");
    for (int round = 0; round < 2; ++round) {
        for (size_t i = 0; i < tenants.size(); ++i) {
            const auto current = catalogues.of(door(tenants[i]), tenants[i].id, 1);
            ASSERT_TRUE(current.has_value());
            const Schema* schema = current->catalogue->find_schema(kDoor);
            ASSERT_NE(schema, nullptr);
            EXPECT_EQ(schema->attributes[0].name, "only" + std::to_string(i));
            EXPECT_LE(catalogues.kept(), kKept);
        }
    }
    EXPECT_EQ(catalogues.of(door(plain), plain.id, 0)->catalogue, Catalogue::standard());
    // The same version is the same object; a new version is another one, and who holds the old one keeps it.
    const auto held = *catalogues.of(door(tenants[0]), tenants[0].id, 1);
    EXPECT_EQ(catalogues.of(door(tenants[0]), tenants[0].id, 1)->catalogue, held.catalogue);
    ASSERT_TRUE(load(tenants[0], {door_schema(R"([{"name":"later"}])")}).has_value());
    const auto later = *catalogues.of(door(tenants[0]), tenants[0].id, 2);
    EXPECT_EQ(later.version, 2);
    EXPECT_EQ(later.catalogue->find_schema(kDoor)->attributes[0].name, "later");
    EXPECT_EQ(held.catalogue->find_schema(kDoor)->attributes[0].name, "only0");
}

// `tenant_catalogues_max`: so many are made once; one more, and the one that was asked for longest ago is
// made again.
TEST_P(SchemasOfTenants, AreKeptUpToTheLimit) {
    constexpr size_t kKept = 3;
    Catalogues catalogues(Catalogue::standard(), kKept);
    std::vector<Tenant> tenants;
    std::vector<std::shared_ptr<const Catalogue>> first;
    const auto ask = [&](size_t i) { return catalogues.of(door(tenants[i]), tenants[i].id, 1)->catalogue; };
    for (size_t i = 0; i <= kKept; ++i) {
        tenants.push_back(make_tenant("t" + std::to_string(i)));
        ASSERT_TRUE(load(tenants.back(), {door_schema(R"([{"name":"a"}])")}).has_value());
    }
    for (size_t i = 0; i < kKept; ++i) first.push_back(ask(i));
    for (size_t i = 0; i < kKept; ++i) EXPECT_EQ(ask(i), first[i]) << i;
    EXPECT_EQ(catalogues.kept(), kKept);
    first.push_back(ask(kKept));
    EXPECT_EQ(catalogues.kept(), kKept);
    for (size_t i = 1; i <= kKept; ++i) EXPECT_EQ(ask(i), first[i]) << i;
    EXPECT_NE(ask(0), first[0]);
}

TEST(SchemasOfInstallation, ThatDoNotFitATenantAreUnavailable) {
    auto store = *store::open("memory:");
    Tenant tenant;
    tenant.slug = "a";
    store::write_and_wait(*store, [&](store::Transaction& transaction) {
        tenant = *transaction.insert_tenant(tenant);
        transaction.tenant(Caller::operator_of(tenant.id, "a"))
            .replace_schemas({{"ResourceType", "Door", to_json(door_type()), 1, Instant{}}}, 1);
    });
    Catalogues catalogues(Catalogue::standard(), 4);
    const auto current =
        catalogues.of(store->read().tenant(Caller::operator_of(tenant.id, "a")), tenant.id, 1);
    ASSERT_FALSE(current.has_value());
    EXPECT_EQ(current.error().kind, ErrorKind::Unavailable);
}

INSTANTIATE_TEST_SUITE_P(Engines, SchemasOfTenants, testing::Values("memory", "sqlite"),
                         [](const auto& engine) { return engine.param; });

}  // namespace
}  // namespace rollcall::directory
