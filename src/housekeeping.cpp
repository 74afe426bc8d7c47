#include "housekeeping.h"

#include <map>

#include "access/authenticate.h"
#include "base/log.h"
#include "directory/mass_change.h"
#include "disk_space.h"

namespace rollcall {
namespace {

constexpr auto kPause = std::chrono::minutes(1);
constexpr int64_t kMinuteMs = 60'000;

void release(store::Transaction& transaction, const Tenant& tenant, MassChangeId id,
             directory::Catalogues& catalogues, const Limits& limits, Instant now) {
    const auto known = access::policy_of(tenant);
    if (!known) return;  // it is in the log
    const auto& policy = *known;
    const auto caller = Caller::operator_of(tenant.id, tenant.slug);
    auto& door = transaction.tenant(caller);
    const auto current = catalogues.of(door, tenant.id, tenant.schema_version);
    if (!current) return log(LogLevel::Error, "mass change not released", {{"tenant", tenant.slug}});
    directory::Context context{door, caller, *policy, *current->catalogue, limits, now};
    transaction.mark();
    const auto done = directory::release_mass_change(context, id, "expired");
    if (!done) {
        transaction.undo_to_mark();
        return log(LogLevel::Error, "mass change not released",
                   {{"tenant", tenant.slug}, {"reason", done.error().detail}});
    }
    log(LogLevel::Warning, "mass change released, since nobody decided",
        {{"tenant", tenant.slug}, {"mass_change", id.text()}, {"done", done->done}});
}

}  // namespace

void keep_house(store::Store& store, directory::Catalogues& catalogues, const Limits& limits, Instant now) {
    auto& view = store.read();
    std::map<int64_t, Tenant> tenants;
    const auto open = view.open_mass_changes();
    const auto old = view.tenants_with_losses_until(Instant{now.ms - kMinuteMs});
    if (!open.empty() || !old.empty()) {
        for (auto& tenant : view.tenants()) tenants.emplace(tenant.id.value, std::move(tenant));
    }
    store.end_read();
    for (const auto& [id, change] : open) {
        if (change.due > now) continue;
        store::write_and_wait(store, [&, tenant = id](store::Transaction& transaction) {
            const auto current = transaction.find_tenant(tenants.at(tenant.value).slug);
            if (current) release(transaction, *current, change.id, catalogues, limits, now);
        });
    }
    for (const auto& id : old) {
        const auto& tenant = tenants.at(id.value);
        const auto policy = access::policy_of(tenant);
        if (!policy) continue;
        const Instant begin{now.ms - (*policy)->mass_change_minutes * kMinuteMs};
        store::write_and_wait(store, [&](store::Transaction& transaction) {
            auto& door = transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
            if (!door.open_mass_change()) door.forget_losses(begin);
        });
    }
}

Housekeeping::Housekeeping(store::Store& store, std::shared_ptr<directory::Catalogues> catalogues,
                           const Limits& limits, std::string store_url)
    : store_(store),
      catalogues_(std::move(catalogues)),
      limits_(limits),
      store_url_(std::move(store_url)),
      thread_([this] { run(); }) {}

Housekeeping::~Housekeeping() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Housekeeping::run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kPause, [this] { return stopping_; })) {
        lock.unlock();
        try {
            keep_house(store_, *catalogues_, limits_, system_now());
            warn_of_full_disk(store_url_);
        } catch (const store::StoreFailure& failure) {
            log(LogLevel::Error, "housekeeping", {{"reason", failure.what()}});
        }
        lock.lock();
    }
}

}  // namespace rollcall
