#include "alert_sender.h"

#include <algorithm>

#include "base/json.h"
#include "base/log.h"
#include "directory/mass_change.h"

namespace rollcall {
namespace {

constexpr std::chrono::milliseconds kRound(1'000);
constexpr int64_t kAtOnce = 20;
constexpr int64_t kFirstDelayMs = 5'000;
constexpr int64_t kLongestDelayMs = 12 * 3'600'000;
constexpr int64_t kGivenUpMs = 72 * 3'600'000;

std::string body_of(const Tenant& tenant, const MassChange& change, store::TenantTransaction& door) {
    json::object data{{"tenant", tenant.slug},
                      {"mass_change", change.id.text()},
                      {"state", change.decision.empty() ? "open" : change.decision},
                      {"losses", change.losses},
                      {"members", change.members},
                      {"first", format_instant(change.first)},
                      {"due", format_instant(change.due)}};
    if (!change.credential.is_nil()) data["credential"] = change.credential.text();
    if (!change.address.empty()) data["address"] = change.address;
    json::array sample;
    if (change.decision.empty()) {
        data["losses"] = door.losses_after(Instant{change.first.ms - 1});
        for (const auto& id : directory::sample_of_losses(door)) sample.emplace_back(id.text());
    }
    data["sample"] = std::move(sample);
    return to_json(json::object{
        {"type", "mass_change.notice"}, {"timestamp", format_instant(change.noticed)}, {"data", std::move(data)}});
}

}  // namespace

int64_t alert_delay_ms(int64_t attempts, MassChangeId id) {
    const int64_t delay = std::min(kFirstDelayMs << std::clamp<int64_t>(attempts, 0, 14), kLongestDelayMs);
    return delay + delay * id.bytes.back() / 2'550;
}

AlertSender::AlertSender(store::Store& store, const outside::Fetcher& fetcher, outside::Webhook webhook, Clock clock)
    : store_(store),
      fetcher_(fetcher),
      webhook_(std::move(webhook)),
      clock_(std::move(clock)),
      thread_([this] { run(); }) {}

AlertSender::~AlertSender() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void AlertSender::send(const Tenant& tenant, MassChangeId id) {
    const auto caller = Caller::operator_of(tenant.id, tenant.slug);
    std::string body;
    bool is_given_up = false;
    // The next try is written down before this one, should this one never end.
    store::write_and_wait(store_, [&](store::Transaction& transaction) {
        body.clear();
        is_given_up = false;
        auto& door = transaction.tenant(caller);
        auto change = door.find_mass_change(id);
        const Instant now = clock_();
        if (!change || !change->alert_due || *change->alert_due > now) return;
        is_given_up = now.ms - change->noticed.ms > kGivenUpMs;
        change->alert_due = Instant{now.ms + alert_delay_ms(change->alert_attempts, id)};
        ++change->alert_attempts;
        if (is_given_up) change->alert_due.reset();
        door.put_mass_change(*change);
        if (!is_given_up) body = body_of(tenant, *change, door);
    });
    const auto say = [&](std::string_view what, std::string_view reason) {
        log(LogLevel::Warning, what,
            {{"tenant", tenant.slug}, {"mass_change", id.text()}, {"reason", std::string(reason)}});
    };
    if (is_given_up) return say("alert given up", "three_days");
    if (body.empty()) return;
    const auto sent = outside::call_webhook(fetcher_, webhook_, id.text(), clock_(), body);
    if (!sent) return say("alert not delivered", sent.error().note);
    store::write_and_wait(store_, [&](store::Transaction& transaction) {
        auto& door = transaction.tenant(caller);
        auto change = door.find_mass_change(id);
        if (!change) return;
        change->alert_due.reset();
        door.put_mass_change(*change);
    });
}

void AlertSender::send_some() {
    auto& transaction = store_.read();
    const auto due = transaction.due_alerts(clock_(), kAtOnce);
    const auto tenants = due.empty() ? std::vector<Tenant>() : transaction.tenants();
    store_.end_read();
    for (const auto& [id, change] : due) {
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return;
        }
        const auto tenant = std::ranges::find(tenants, id, &Tenant::id);
        if (tenant != tenants.end()) send(*tenant, change.id);
    }
}

void AlertSender::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        try {
            send_some();
        } catch (const std::exception& error) {
            log(LogLevel::Warning, "alerts not delivered", {{"what", error.what()}});
        }
        lock.lock();
        changed_.wait_for(lock, kRound, [this] { return stopping_; });
    }
}

}  // namespace rollcall
