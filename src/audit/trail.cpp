#include "audit/trail.h"

#include <algorithm>

#include "base/log.h"

namespace rollcall::audit {

namespace {
constexpr auto kInterval = std::chrono::milliseconds(100);
}

const store::AuditRow& Entry::bound() {
    row.method = method;
    row.path = path;
    row.address = address;
    row.target = target;
    row.note = note;
    return row;
}

const Sha256& hash_of_nothing() {
    static const Sha256 hash = sha256("");
    return hash;
}

Trail::Trail(store::Store& store, Source source)
    : store_(store), source_(std::move(source)), thread_([this] { run(); }) {}

Trail::~Trail() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Trail::append(Entry entry) {
    std::unique_lock lock(mutex_);
    caught_up_.wait(lock, [&] { return waiting_.size() < kWaitingMax || stopping_; });
    waiting_.push_back(std::move(entry));
    if (waiting_.size() == kBatchRows) wake_.notify_one();
}

void Trail::run() {
    // Swapped back and forth with `waiting_`, so that its memory is kept: rows are appended under a lock that
    // every connection's thread takes, and must not wait for a vector to grow.
    std::vector<Entry> batch;
    batch.reserve(kBatchRows);
    std::unique_lock lock(mutex_);
    waiting_.reserve(kBatchRows);
    while (true) {
        wake_.wait_for(lock, kInterval, [&] { return stopping_ || waiting_.size() >= kBatchRows; });
        batch.swap(waiting_);
        const bool last = stopping_;
        lock.unlock();
        caught_up_.notify_all();
        if (source_) {
            for (auto& entry : source_(last)) batch.push_back(std::move(entry));
        }
        write(batch);
        batch.clear();
        if (last) return;
        lock.lock();
    }
}

void Trail::write(std::vector<Entry>& batch) {
    if (batch.empty()) return;
    // By tenant, so that whoever locks tenants does it in one order.
    std::ranges::stable_sort(batch, {}, &Entry::tenant);
    try {
        store::write_and_wait(store_, [&](store::Transaction& transaction) {
            std::vector<store::AuditRow> rows;
            for (size_t at = 0; at < batch.size(); rows.clear()) {
                const TenantId tenant = batch[at].tenant;
                while (at < batch.size() && batch[at].tenant == tenant) rows.push_back(batch[at++].bound());
                transaction.append_audit_rows(tenant, rows);
            }
        });
    } catch (const std::exception& failure) {
        // Nothing better can be done than to say so: the answers have been sent.
        log(LogLevel::Error, "audit rows lost", {{"rows", batch.size()}, {"reason", failure.what()}});
    }
}

}  // namespace rollcall::audit
