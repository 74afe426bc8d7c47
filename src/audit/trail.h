// The trail of requests (MOB-16): one row per request. Rows of changes are appended by the change's own
// transaction; rows of reads and refusals are collected here and written in batches, so that they never delay
// an answer.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/store.h"

namespace rollcall::audit {

// A row that owns its text.
struct Entry {
    TenantId tenant;
    store::AuditRow row;  // its views are set when it is written
    std::string method;
    std::string path;
    std::string address;
    std::string target;
    std::string note;

    // Points the views of `row` at the strings of this entry.
    const store::AuditRow& bound();
};

// SHA-256 of no bytes at all: requests without a body.
const Sha256& hash_of_nothing();

class Trail {
public:
    // Rows that others have gathered; `last` with the last call, when the trail ends.
    using Source = std::function<std::vector<Entry>(bool last)>;
    // `source`, where there is one, is asked before each batch, on the thread of the trail.
    explicit Trail(store::Store& store, Source source = {});
    ~Trail();  // writes what is left and waits for it

    // Queues a row; it is durable within about 100 ms. Safe on any thread. When more rows wait than
    // kWaitingMax, the caller waits until the writer has caught up: rows are never dropped.
    void append(Entry entry);

    static constexpr size_t kBatchRows = 4096;
    static constexpr size_t kWaitingMax = 65'536;

private:
    void run();
    void write(std::vector<Entry>& batch);

    store::Store& store_;
    const Source source_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable caught_up_;
    std::vector<Entry> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace rollcall::audit
