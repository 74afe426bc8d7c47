// Fills a new database with a directory of made-up people and groups, through the store's own writer, so that every
// row is what the server would have written; each creation leaves its audit and outbox rows too. The same seed gives
// the same people and ids (the token differs). Leaves beside the database:
//
//   users.tsv         <id> TAB <userName>, in order of creation
//   big_group.txt     id of the group with many members: the first users of users.tsv
//   empty_groups.txt  ids of groups without members
//   token             the bearer token of the tenant
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "access/credential.h"
#include "arguments.h"
#include "people.h"
#include "records.h"
#include "store/open.h"

namespace rollcall::bench {
namespace {

// Rows of one job. The writer puts many jobs into one commit; large jobs are slow, because each statement walks the
// journal of the job's savepoint, which grows with every page the job has touched.
constexpr size_t kChunkRows = 25;
constexpr size_t kChunksWaitingMax = 400;    // bounds memory while the writer is the slower one
constexpr int64_t kFirstInstantMs = 1'767'225'600'000;   // 2026-01-01
constexpr int64_t kStepMs = 20;              // between two creations
constexpr size_t kDepartmentsPer = 5'000;    // one department group for so many users
constexpr uint64_t kInDepartment = 5;        // one user in so many is in one
constexpr uint64_t kHasManager = 10;

struct Options {
    std::string folder;
    std::string tenant;
    size_t users;
    size_t big_group;
    size_t empty_groups;
    uint64_t seed;
};

// A row with what it leaves beside it.
struct Entry {
    store::ResourceRow row;
    std::string body;
    std::string target;
    RequestId request;
    std::string_view path;
};
using Chunk = std::vector<Entry>;

// Hands chunks to the writer and waits when it falls behind.
class Feeder {
public:
    explicit Feeder(store::Store& store) : store_(store) {}
    ~Feeder() { wait_for_room(1); }

    void feed(store::Work work) {
        wait_for_room(kChunksWaitingMax);
        {
            const std::lock_guard lock(mutex_);
            ++waiting_;
        }
        store_.submit(std::move(work), [this](std::exception_ptr failure) {
            const std::lock_guard lock(mutex_);
            --waiting_;
            if (failure) failure_ = failure;
            room_.notify_all();
        });
    }
    // Waits for all; throws what went wrong.
    void finish() {
        wait_for_room(1);
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    void wait_for_room(size_t waiting_max) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return waiting_ < waiting_max; });
    }

    store::Store& store_;
    std::mutex mutex_;
    std::condition_variable room_;
    size_t waiting_ = 0;
    std::exception_ptr failure_;
};

class Generator {
public:
    Generator(store::Store& store, const Options& options) : store_(store), options_(options), dice_(options.seed) {}

    void run() {
        make_tenant();
        records_.emplace(policy_of(tenant_));
        make_users();
        make_groups();
    }

private:
    void make_tenant();
    void make_users();
    void make_groups();
    Entry user_entry();
    Entry group_entry(const std::string& name);
    ResourceId new_id(Instant time);
    void write(Feeder& feeder, Chunk chunk);
    ResourceId make_group(Feeder& feeder, const std::string& name, const std::vector<size_t>& members);
    std::vector<size_t> department_members(size_t department, size_t departments);

    store::Store& store_;
    const Options& options_;
    Dice dice_;
    Tenant tenant_;
    std::string default_role_;
    Caller caller_;
    CredentialId credential_;
    std::optional<RecordMaker> records_;
    int64_t now_ms_ = kFirstInstantMs;
    std::vector<ResourceId> ids_;
    std::vector<std::string> displays_;
};

void Generator::make_tenant() {
    std::string token;
    store::write_and_wait(store_, [&](store::Transaction& transaction) {
        tenant_.slug = options_.tenant;
        tenant_.profile = "standard";
        const auto values = profile_values(tenant_.profile);
        const auto policy = policy_from_json(values.value());
        tenant_.policy = to_json(policy_to_json(policy.value()));
        default_role_ = policy->default_role;
        tenant_.created = system_now();
        tenant_ = transaction.insert_tenant(tenant_).value();
        caller_ = Caller::operator_of(tenant_.id, tenant_.slug);
        const access::NewCredential wanted{"Benchmark", "benchmark", std::nullopt};
        auto issued = access::issue(transaction.tenant(caller_), wanted, policy.value(), system_now(), tenant_.id);
        credential_ = issued.value().credential.id;
        token = issued.value().token.reveal();
    });
    std::ofstream(options_.folder + "/token") << token << "\n";
}

// A UUIDv7 whose random part comes from the seed.
ResourceId Generator::new_id(Instant time) {
    ResourceId id;
    const uint64_t high = dice_.next(), low = dice_.next();
    for (size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<uint8_t>(time.ms >> (40 - 8 * i));
    id.bytes[6] = static_cast<uint8_t>(0x70 | (high & 0x0f));
    id.bytes[7] = static_cast<uint8_t>(high >> 8);
    id.bytes[8] = static_cast<uint8_t>(0x80 | ((high >> 16) & 0x3f));
    for (size_t i = 9; i < 16; ++i) id.bytes[i] = static_cast<uint8_t>(low >> (8 * (i - 9)));
    return id;
}

Entry Generator::user_entry() {
    Entry entry;
    std::string manager;
    if (!ids_.empty() && dice_.one_in(kHasManager)) manager = ids_[dice_.below(ids_.size())].text();
    append_person(dice_, manager, entry.body);
    const Instant time{now_ms_ += kStepMs};
    entry.row = records_->user(entry.body, new_id(time), time);
    entry.target = entry.row.id.text();
    entry.request = RequestId{new_id(time).bytes};
    entry.path = "/scim/v2/Users";
    return entry;
}

Entry Generator::group_entry(const std::string& name) {
    Entry entry;
    append_group(name, entry.body);
    const Instant time{now_ms_ += kStepMs};
    entry.row = records_->group(entry.body, new_id(time), time);
    entry.target = entry.row.id.text();
    entry.request = RequestId{new_id(time).bytes};
    entry.path = "/scim/v2/Groups";
    return entry;
}

void Generator::write(Feeder& feeder, Chunk chunk) {
    feeder.feed([this, chunk = std::move(chunk)](store::Transaction& transaction) {
        auto& door = transaction.tenant(caller_);
        for (const auto& entry : chunk) {
            const auto& row = entry.row;
            if (!door.insert(row)) throw std::runtime_error("two people were made with one name; use another seed");
            if (row.type == "User") {
                Member member;
                member.id = row.id;
                member.role = default_role_;
                if (!door.put_member(member)) throw std::runtime_error("a new member was refused");
            }
            door.append_outbox({row.created, "create", row.type, row.id, row.version});
            transaction.append_audit(tenant_.id, audit_of_create(entry.path, credential_, entry.target, entry.body,
                                                                 entry.request, row.created));
        }
    });
}

void Generator::make_users() {
    Feeder feeder(store_);
    std::ofstream list(options_.folder + "/users.tsv");
    ids_.reserve(options_.users);
    displays_.reserve(options_.users);
    Chunk chunk;
    for (size_t i = 0; i < options_.users; ++i) {
        chunk.push_back(user_entry());
        const auto& entry = chunk.back();
        ids_.push_back(entry.row.id);
        displays_.push_back(entry.row.display);
        list << entry.target << '\t' << entry.row.user_name_key << '\n';
        if (chunk.size() < kChunkRows && i + 1 < options_.users) continue;
        write(feeder, std::move(chunk));
        chunk.clear();
    }
    feeder.finish();
}

ResourceId Generator::make_group(Feeder& feeder, const std::string& name, const std::vector<size_t>& members) {
    Chunk chunk;
    chunk.push_back(group_entry(name));
    const ResourceId id = chunk.back().row.id;
    write(feeder, std::move(chunk));
    for (size_t begin = 0; begin < members.size(); begin += kChunkRows) {
        const size_t end = std::min(begin + kChunkRows, members.size());
        std::vector<store::MemberRow> rows;
        for (size_t i = begin; i < end; ++i) rows.push_back({ids_[members[i]], "User", displays_[members[i]]});
        feeder.feed([this, id, rows = std::move(rows)](store::Transaction& transaction) {
            for (const auto& row : rows) transaction.tenant(caller_).add_member(id, row);
        });
    }
    return id;
}

std::vector<size_t> Generator::department_members(size_t department, size_t departments) {
    std::vector<size_t> members;
    for (size_t i = department; i < ids_.size(); i += departments) {
        if (dice_.one_in(kInDepartment)) members.push_back(i);
    }
    return members;
}

void Generator::make_groups() {
    Feeder feeder(store_);
    const size_t departments = std::max<size_t>(4, options_.users / kDepartmentsPer);
    for (size_t i = 0; i < departments; ++i) {
        make_group(feeder, "Department " + std::to_string(i + 1), department_members(i, departments));
    }
    std::vector<size_t> first_users(options_.big_group);
    for (size_t i = 0; i < first_users.size(); ++i) first_users[i] = i;
    std::ofstream(options_.folder + "/big_group.txt")
        << make_group(feeder, "Everybody of the first office", first_users).text() << "\n";
    std::ofstream empty(options_.folder + "/empty_groups.txt");
    Chunk chunk;
    for (size_t i = 0; i < options_.empty_groups; ++i) {
        chunk.push_back(group_entry("Project " + std::to_string(i + 1)));
        empty << chunk.back().target << '\n';
        if (chunk.size() < kChunkRows && i + 1 < options_.empty_groups) continue;
        write(feeder, std::move(chunk));
        chunk.clear();
    }
    feeder.finish();
}

int run(Arguments& arguments) {
    Options options;
    options.folder = arguments.needed("folder");
    options.tenant = arguments.text("tenant", "bench");
    options.users = static_cast<size_t>(arguments.number("users", 1'000'000));
    const auto tenth = static_cast<int64_t>(options.users / 10);
    options.big_group = static_cast<size_t>(arguments.number("big-group", std::min<int64_t>(100'000, tenth)));
    options.empty_groups = static_cast<size_t>(arguments.number("empty-groups", 20'000));
    options.seed = static_cast<uint64_t>(arguments.number("seed", 1));
    arguments.refuse_unknown();
    std::filesystem::create_directories(options.folder);
    const std::string path = options.folder + "/rollcall.db";
    if (std::filesystem::exists(path)) throw std::runtime_error("there is a database already: " + path);
    auto opened = store::open("sqlite:" + path);
    if (!opened) throw std::runtime_error(opened.error().detail);
    const auto start = std::chrono::steady_clock::now();
    Generator(**opened, options).run();
    opened->reset();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("{\"users\": %zu, \"big_group\": %zu, \"empty_groups\": %zu, \"seed\": %llu, \"seconds\": %.1f}\n",
                options.users, options.big_group, options.empty_groups,
                static_cast<unsigned long long>(options.seed), seconds);
    return 0;
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv) {
    try {
        rollcall::bench::Arguments arguments(argc, argv);
        return rollcall::bench::run(arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_generate: %s\n", error.what());
        return 1;
    }
}
