#include "access/key_refresh.h"

#include <algorithm>

#include "base/log.h"

namespace rollcall::access {
namespace {

constexpr std::chrono::seconds kRound(60);
constexpr size_t kAskedMax = 10'000;

std::optional<store::IssuerRow> issuer_of(store::TenantTransaction& door, const std::string& url) {
    for (auto& row : door.issuers()) {
        if (row.url == url && !row.keys_url.empty()) return std::move(row);
    }
    return std::nullopt;
}

}  // namespace

KeyRefresh::KeyRefresh(store::Store& store, const outside::Fetcher& fetcher, Clock clock)
    : store_(store), fetcher_(fetcher), clock_(std::move(clock)), thread_([this] { run(); }) {}

KeyRefresh::~KeyRefresh() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool KeyRefresh::ask(const Tenant& tenant, const std::string& url) {
    const Instant now = clock_();
    {
        std::lock_guard lock(mutex_);
        if (asked_.size() > kAskedMax) asked_.clear();
        const Wanted wanted{tenant.id, tenant.slug, url};
        auto& asked = asked_[wanted];
        if (asked.is_open) return true;
        if (asked.tried.ms + kKeysRefetchMs > now.ms) return false;
        asked.is_open = true;
        asked.tried = now;
        waiting_.push_back(wanted);
    }
    changed_.notify_all();
    return true;
}

// Rows whose keys will soon be too old, wherever they were fetched.
std::vector<KeyRefresh::Wanted> KeyRefresh::due() {
    const Instant now = clock_();
    std::vector<Wanted> found;
    auto& transaction = store_.read();
    for (const auto& tenant : transaction.tenants()) {
        auto& door = transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
        for (const auto& row : door.issuers()) {
            if (row.keys_url.empty()) continue;
            Wanted wanted{tenant.id, tenant.slug, row.url};
            std::lock_guard lock(mutex_);
            auto& asked = asked_[wanted];
            const bool is_fresh = row.keys_fetched && row.keys_fetched->ms + asked.fresh_ms > now.ms;
            if (is_fresh || asked.is_open || asked.tried.ms + kKeysRefetchMs > now.ms) continue;
            asked.is_open = true;
            asked.tried = now;
            found.push_back(std::move(wanted));
        }
    }
    store_.end_read();
    return found;
}

void KeyRefresh::refresh(const Wanted& wanted) {
    const auto caller = Caller::operator_of(wanted.tenant, wanted.slug);
    const auto row = issuer_of(store_.read().tenant(caller), wanted.url);
    store_.end_read();
    if (!row) return;
    auto fetched = fetch_keys(fetcher_, row->keys_url);
    if (!fetched) {
        log(LogLevel::Warning, "keys not fetched",
            {{"issuer", wanted.url}, {"reason", fetched.error().note}});
        return;
    }
    store::write_and_wait(store_, [&](store::Transaction& transaction) {
        auto& door = transaction.tenant(caller);
        auto now = issuer_of(door, wanted.url);
        if (!now || now->keys_url != row->keys_url) return;
        now->keys = fetched->keys;
        now->keys_fetched = clock_();
        door.put_issuer(*now);
    });
    std::lock_guard lock(mutex_);
    asked_[wanted].fresh_ms = fetched->fresh_ms;
}

void KeyRefresh::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        auto work = std::exchange(waiting_, {});
        lock.unlock();
        try {
            if (work.empty()) work = due();
            for (const auto& wanted : work) refresh(wanted);
        } catch (const std::exception& error) {
            log(LogLevel::Warning, "keys not refreshed", {{"what", error.what()}});
        }
        lock.lock();
        for (const auto& wanted : work) asked_[wanted].is_open = false;
        changed_.wait_for(lock, kRound, [this] { return stopping_ || !waiting_.empty(); });
    }
}

}  // namespace rollcall::access
