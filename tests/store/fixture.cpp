#include "fixture.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "store/indexed_values.h"

namespace rollcall::store {

TemporaryDirectory::TemporaryDirectory() {
    // In memory where there is such a place: these tests simulate the disk that they need.
    std::error_code ignored;
    const std::filesystem::path shared_memory = "/dev/shm";
    const bool is_there = std::filesystem::is_directory(shared_memory, ignored);
    const auto parent = is_there ? shared_memory : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "rollcall-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

namespace {

const char* cluster() {
    return std::getenv("ROLLCALL_TEST_POSTGRES");
}

void run_in_cluster(const std::string& statement, bool by_superuser = false) {
    const std::string url = std::string(cluster()) + "/postgres";
    PGconn* connection = PQconnectdb((by_superuser ? as_superuser(url) : url).c_str());
    PGresult* result = PQexec(connection, statement.c_str());
    const std::string message = PQresultStatus(result) == PGRES_COMMAND_OK ? "" : PQerrorMessage(connection);
    PQclear(result);
    PQfinish(connection);
    if (!message.empty()) throw std::runtime_error(message);
}

// A database with all tables, to copy: making them takes longer.
const std::string& prepared_database() {
    static const std::string name = [] {
        const std::string made = "prepared_" + std::to_string(getpid());
        run_in_cluster("CREATE DATABASE " + made);
        open_store(std::string(cluster()) + "/" + made);
        return made;
    }();
    return name;
}

}  // namespace

std::vector<std::string_view> engines() {
    std::vector<std::string_view> all{"memory", "sqlite"};
    if (cluster() != nullptr) all.push_back("postgres");
    return all;
}

std::vector<std::string_view> postgres_if_there() {
    auto all = engines();
    std::erase_if(all, [](const auto engine) { return engine != "postgres"; });
    return all;
}

std::string as_superuser(std::string url) {
    return url.replace(url.find("//rollcall@"), 11, "//postgres@");
}

Place::Place(std::string_view engine) {
    if (engine == "memory") {
        url_ = "memory:";
    } else if (engine == "sqlite") {
        url_ = "sqlite:" + directory_.file("store.db");
    } else {
        static std::atomic<int> made = 0;
        database_ = "test_" + std::to_string(getpid()) + "_" + std::to_string(++made);
        run_in_cluster("CREATE DATABASE " + database_ + " TEMPLATE " + prepared_database());
        url_ = std::string(cluster()) + "/" + database_;
    }
}

Place::~Place() {
    // Sessions of superusers may not have gone yet.
    if (!database_.empty()) run_in_cluster("DROP DATABASE " + database_ + " WITH (FORCE)", true);
}

const Catalogue& catalogue() {
    static const auto standard = Catalogue::standard();
    return *standard;
}
const ResourceType& user_type() {
    return *catalogue().find_type("User");
}
const ResourceType& group_type() {
    return *catalogue().find_type("Group");
}

namespace {

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string manager_of(const ResourceType& type, const json::object& attributes) {
    for (const auto& extension : type.extensions) {
        const auto* container = attributes.if_contains(extension.schema->id);
        const auto* manager = container ? container->get_object().if_contains("manager") : nullptr;
        if (manager) return text_of(manager->get_object(), "value");
    }
    return {};
}

}  // namespace

ResourceRow make_row(const ResourceType& type, ResourceId id, const json::object& attributes) {
    ResourceRow row;
    row.type = type.name;
    row.id = id;
    row.document = make_document(type, id, attributes);
    if (const auto name = text_of(attributes, "userName"); !name.empty()) {
        row.user_name_key = comparison_key(*type.schema->find("userName"), name);
    }
    row.external_id = text_of(attributes, "externalId");
    row.display = display_of(type, attributes);
    const auto* active = attributes.if_contains("active");
    if (active != nullptr) row.active = active->get_bool();
    row.created = kNow;
    row.last_modified = kNow;
    row.manager = manager_of(type, attributes);
    row.indexed = simple_values(type, attributes, is_indexed);
    for (auto value : simple_values(type, attributes, is_unique)) {
        value.unique = true;
        row.indexed.push_back(std::move(value));
    }
    return row;
}

ResourceRow make_row(const ResourceType& type, ResourceId id, std::string_view attributes) {
    return make_row(type, id, json::parse(attributes).as_object());
}

void lengthen(ResourceRow& row, size_t characters) {
    row.document.pop_back();
    row.document += ",\"title\":\"" + std::string(characters, 'x') + "\"}";
}

ResourceRow user_row(std::string_view user_name) {
    json::object attributes;
    attributes["userName"] = user_name;
    attributes["active"] = true;
    return make_row(user_type(), ResourceId::create(), attributes);
}

ResourceRow group_row(std::string_view display_name) {
    json::object attributes;
    attributes["displayName"] = display_name;
    return make_row(group_type(), ResourceId::create(), attributes);
}

MemberRow member_of(const ResourceRow& row) {
    return {row.id, row.type, row.display};
}

ResourceId numbered_id(uint64_t number) {
    ResourceId id;
    id.bytes = {0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80};
    for (int i = 0; i < 7; ++i)
        id.bytes[static_cast<size_t>(15 - i)] = static_cast<uint8_t>(number >> (8 * i));
    return id;
}

CheckedFilter filter_for(const ResourceType& type, std::string_view text) {
    const auto parsed = parse_filter(text);
    if (!parsed) throw std::invalid_argument("filter: " + parsed.error().detail);
    auto checked = check_filter(type, *parsed, UnknownAttributes::Refuse, false);
    if (!checked) throw std::invalid_argument("filter: " + checked.error().detail);
    return std::move(*checked);
}

std::unique_ptr<Store> open_store(std::string_view url, const OpenOptions& options) {
    auto store = open(url, options);
    if (!store) throw std::runtime_error(store.error().detail + " " + store.error().note);
    return std::move(*store);
}

Caller make_tenant(Store& store, std::string_view slug, std::string_view policy) {
    Caller caller;
    write_and_wait(store, [&](Transaction& transaction) {
        Tenant tenant;
        tenant.slug = slug;
        tenant.profile = "standard";
        tenant.policy = policy;
        tenant.created = kNow;
        const auto made = transaction.insert_tenant(tenant);
        if (!made) throw std::runtime_error(made.error().detail);
        caller = Caller::operator_of(made->id, made->slug);
    });
    return caller;
}

std::string print(const std::vector<Violation>& violations) {
    std::string text;
    for (const auto& violation : violations) text += violation.invariant + " at " + violation.where + "\n";
    return text;
}

std::vector<std::string> ids_of(const Page& page) {
    std::vector<std::string> ids;
    for (const auto& row : page.rows) ids.push_back(row.id.text());
    return ids;
}

EngineTest::EngineTest()
    : place_(GetParam()),
      store_(open_store(place_.url())),
      caller_(make_tenant(*store_, "acme")) {}

// Whatever a test did, it must have left a store whose rows agree.
EngineTest::~EngineTest() {
    EXPECT_EQ(print(store_->verify(catalogue())), "");
    store_->end_read();
}

void EngineTest::add(const ResourceRow& row) {
    write([&](TenantTransaction& tenant) {
        const auto added = tenant.insert(row);
        if (!added) throw std::runtime_error(added.error().detail);
    });
}

Page EngineTest::query(const Query& query) {
    auto page = read().query(query);
    if (!page) throw std::runtime_error(page.error().detail);
    return std::move(*page);
}

Page EngineTest::query(const ResourceType& type, std::string_view filter) {
    const auto checked = filter_for(type, filter);
    Query wanted;
    wanted.types = {{&type, &checked}};
    wanted.base_url = kBaseUrl;
    return query(wanted);
}

}  // namespace rollcall::store
