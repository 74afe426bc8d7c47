// Measures what the design counts on: find() in microseconds, durable creates a second at several depths of
// queue, look-ups by filter, deep pages.
//
//   store_speed [DIRECTORY [USERS]]     DIRECTORY: on the disk to be measured; USERS: 100,000
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <semaphore>
#include <thread>

#include "fixture.h"

namespace rollcall::store {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

double cpu_seconds(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

ResourceRow person(uint64_t number, uint64_t random) {
    const auto n = std::to_string(random % 1'000'000'000);
    return make_row(user_type(), numbered_id(number),
                    R"({"externalId":"00u)" + n + R"(","userName":"user)" + n + "." + std::to_string(number) +
                        R"(@example.com","name":{"familyName":"Family)" + n + R"(","givenName":"Given"},
        "displayName":"Given Family)" +
                        n + R"(","active":true,"title":"Engineer","emails":[{"value":"user)" + n + "." +
                        std::to_string(number) + R"(@example.com","type":"work","primary":true}],
        "phoneNumbers":[{"value":"+1 555 0100","type":"work"}],"locale":"en-US","timezone":"Europe/Berlin",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":")" +
                        n + R"(","department":"Engineering","costCenter":"4130","organization":"Example"}})");
}

void record(Transaction& transaction, const Caller& caller, const ResourceRow& row) {
    auto& tenant = transaction.tenant(caller);
    if (!tenant.insert(row)) std::abort();
    tenant.append_outbox({kNow, "create", "User", row.id, 1});
    AuditRow audit;
    audit.time = kNow;
    audit.request = RequestId::create();
    audit.credential = CredentialId{row.id.bytes};
    audit.method = "POST";
    audit.path = "/scim/v2/Users";
    audit.body_hash = Sha256{};
    audit.status = 201;
    audit.address = "192.0.2.1";
    audit.channel = "scim";
    transaction.append_audit(caller.tenant, audit);
}

// `waiting` jobs are in the queue at any time, each submitted when an earlier one is durable.
double durable_creates(Store& store, const Caller& caller, uint64_t first, int waiting, double seconds) {
    std::mt19937_64 random(first);
    std::atomic<uint64_t> done{0};
    std::counting_semaphore<> room(waiting);
    uint64_t number = first;
    const auto begin = Clock::now();
    const double cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
    const double own = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    while (seconds_since(begin) < seconds) {
        auto row = person(number++, random());
        room.acquire();
        store.submit([&caller, row = std::move(row)](Transaction& t) { record(t, caller, row); },
                     [&](std::exception_ptr failure) {
                         if (failure) std::abort();
                         ++done;
                         room.release();
                     });
    }
    for (int i = 0; i < waiting; ++i) room.acquire();
    const double writing =
        cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu - (cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - own);
    std::printf("writer and checkpoints: %.0f us of processor each; ",
                writing * 1e6 / static_cast<double>(done));
    return static_cast<double>(done) / seconds_since(begin);
}

// Time of the clock, and time of the processor: the latter does not see what else the machine does.
template <class Body>
void measure_reads(const char* what, Body body) {
    uint64_t count = 0;
    const auto begin = Clock::now();
    const double cpu = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    while (seconds_since(begin) < 1.5) {
        for (int i = 0; i < 100; ++i) body(count++);
    }
    const double spent = cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
    std::printf("%-44s %8.2f us, %8.2f us of processor\n", what,
                seconds_since(begin) * 1e6 / static_cast<double>(count),
                spent * 1e6 / static_cast<double>(count));
}

void run(const std::string& directory, uint64_t users) {
    const std::string path = directory + "/speed.db";
    for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    const auto store = open_store("sqlite:" + path);
    const auto caller = make_tenant(*store, "acme");
    std::mt19937_64 random(1);
    std::vector<std::string> names;
    auto begin = Clock::now();
    for (uint64_t start = 0; start < users; start += 5'000) {
        change(*store, caller, [&](TenantTransaction& tenant) {
            for (uint64_t i = start; i < start + 5'000; ++i) {
                const auto row = person(i, random());
                if (i % 16 == 0) names.push_back(row.user_name_key);
                if (!tenant.insert(row)) std::abort();
            }
        });
    }
    std::printf("load: %.0f rows/s\n", static_cast<double>(users) / seconds_since(begin));

    measure_reads("find, random, transactions kept", [&](uint64_t) {
        if (!reading(*store, caller).find("User", numbered_id(random() % users))) std::abort();
    });
    measure_reads("find, random, one transaction each", [&](uint64_t) {
        if (!reading(*store, caller).find("User", numbered_id(random() % users))) std::abort();
        store->end_read();
    });
    measure_reads("find, 1,000 hot, transactions kept", [&](uint64_t i) {
        if (!reading(*store, caller).find("User", numbered_id(i % 1'000))) std::abort();
    });
    measure_reads("read() alone, kept", [&](uint64_t) { store->read(); });
    const auto by_name = [&](uint64_t i) {
        const auto filter = filter_for(user_type(), "userName eq \"" + names[i % names.size()] + "\"");
        Query query;
        query.types = {{&user_type(), &filter}};
        if (reading(*store, caller).query(query)->total != 1) std::abort();
    };
    measure_reads("filter parse and check alone", [&](uint64_t i) {
        filter_for(user_type(), "userName eq \"" + names[i % names.size()] + "\"");
    });
    measure_reads("userName eq, with parse and check", by_name);
    for (const int64_t offset : {int64_t{0}, static_cast<int64_t>(users) - 100}) {
        Query query;
        query.types = {{&user_type(), nullptr}};
        query.offset = offset;
        measure_reads(offset ? "last page of 100" : "first page of 100",
                      [&](uint64_t) { (void)reading(*store, caller).query(query); });
    }
    for (const auto* text :
         {"meta.lastModified gt \"2030-01-01T00:00:00Z\"", "active eq false", "title co \"zzz\"",
          "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"none\""}) {
        const auto filter = filter_for(user_type(), text);
        Query query;
        query.types = {{&user_type(), &filter}};
        begin = Clock::now();
        const auto page = reading(*store, caller).query(query);
        std::printf("scan of %lu: %-40.40s %8.0f ms%s\n", users, text, seconds_since(begin) * 1e3,
                    page ? "" : " (too many)");
    }
    store->end_read();
    uint64_t first = users;
    for (const int waiting : {1, 8, 32, 128}) {
        std::printf("durable creates, %3d waiting: %8.0f /s\n", waiting,
                    durable_creates(*store, caller, first, waiting, 4));
        first += 10'000'000;
    }
    for (const auto& [name, value] : store->statistics()) std::printf("%s %.0f\n", name.c_str(), value);
}

}  // namespace
}  // namespace rollcall::store

int main(int count, char** arguments) {
    rollcall::store::TemporaryDirectory directory;
    const std::string place = count > 1 ? arguments[1] : directory.file(".");
    rollcall::store::run(place, count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 100'000);
    return 0;
}
