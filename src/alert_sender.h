// Tells the operator's webhook of mass changes, on a thread of its own. The alert is a part of the mass change's
// row, so that it is there with the change that caused it, and stays until the webhook has taken it: it may
// arrive twice, with the same id, and is not lost.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "outside/webhook.h"
#include "store/store.h"

namespace rollcall {

class AlertSender {
public:
    // `fetcher` is told to stop before this is destroyed; all outlive it.
    AlertSender(store::Store& store, const outside::Fetcher& fetcher, outside::Webhook webhook, Clock clock);
    ~AlertSender();
    AlertSender(const AlertSender&) = delete;
    AlertSender& operator=(const AlertSender&) = delete;

private:
    void run();
    void send_some();
    void send(const Tenant& tenant, MassChangeId id);

    store::Store& store_;
    const outside::Fetcher& fetcher_;
    const outside::Webhook webhook_;
    const Clock clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::thread thread_;
};

// From `attempts` tries to the next: 5 s, then twice as long each time, at most 12 hours; up to a tenth of it
// longer, by the id, so that alerts that failed together do not come back together.
int64_t alert_delay_ms(int64_t attempts, MassChangeId id);

}  // namespace rollcall
