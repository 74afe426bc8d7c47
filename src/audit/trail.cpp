#include "audit/trail.h"

#include <algorithm>
#include <latch>
#include <memory>
#include <span>

#include "base/log.h"

namespace rollcall::audit {

namespace {
constexpr auto kInterval = std::chrono::milliseconds(100);

// Nothing better can be done than to say so: the answers have been sent.
void say_lost(size_t rows, const std::exception_ptr& why) {
    try {
        std::rethrow_exception(why);
    } catch (const std::exception& failure) {
        log(LogLevel::Error, "audit rows lost", {{"rows", rows}, {"reason", failure.what()}});
    }
}

}  // namespace

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
    std::ranges::stable_sort(batch, {}, &Entry::tenant);
    // A job for each tenant: with the tenant's own changes where there are several writers, and none waits
    // for another's.
    std::vector<std::span<Entry>> parts;
    for (auto begin = batch.begin(); begin != batch.end();) {
        const auto end =
            std::find_if(begin, batch.end(), [&](const Entry& one) { return one.tenant != begin->tenant; });
        parts.emplace_back(begin, end);
        begin = end;
    }
    const auto written = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(parts.size()));
    for (const auto part : parts) {
        store_.submit_for(
            part.front().tenant,
            [part](store::Transaction& transaction) {
                std::vector<store::AuditRow> rows;
                for (auto& entry : part) rows.push_back(entry.bound());
                transaction.append_audit_rows(part.front().tenant, rows);
            },
            [part, written](std::exception_ptr failure) {
                if (failure) say_lost(part.size(), failure);
                written->count_down();
            });
    }
    written->wait();
}

}  // namespace rollcall::audit
