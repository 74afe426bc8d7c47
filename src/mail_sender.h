// Sends the mails that wait in the store, on a thread of its own. A mail stays there until the relay has
// taken it: it may arrive twice, and is not lost. Each try has a token of its own, so that none is stored;
// the one before is dead then.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "outside/mail.h"
#include "store/store.h"

namespace rollcall {

struct MailOptions {
    outside::MailRelay relay;
    std::string link;  // page of the application; empty: the mail shows the token alone
};

// Tries go on for about two days: after 5 s, then twice as long each time, at most 6 hours apart.
constexpr int64_t kMailTriesMax = 20;

class MailSender {
public:
    MailSender(store::Store& store, MailOptions options, Clock clock);
    ~MailSender();  // gives up a try that is under way within a second
    MailSender(const MailSender&) = delete;
    MailSender& operator=(const MailSender&) = delete;

private:
    void run();
    // True when there may be more.
    bool send_some();
    void send(const Tenant& tenant, const Mail& mail);

    store::Store& store_;
    const MailOptions options_;
    const Clock clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace rollcall
