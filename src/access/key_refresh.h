// Keys of issuers that are fetched (IssuerRow::keys_url): brought up to date by a thread of its own, before
// they are old and when a token names a key that is not there. They are kept in the store, so that a start
// needs no issuer and several servers one request.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "access/key_sets.h"
#include "store/store.h"

namespace rollcall::access {

class KeyRefresh {
public:
    KeyRefresh(store::Store& store, const outside::Fetcher& fetcher, Clock clock);
    ~KeyRefresh();
    KeyRefresh(const KeyRefresh&) = delete;
    KeyRefresh& operator=(const KeyRefresh&) = delete;

    // Somebody wants keys of the issuer that are not there. True: they are being fetched, and it is worth to
    // come back in a second; false: they were, moments ago. Safe on any thread; waits for nothing.
    bool ask(const Tenant& tenant, const std::string& url);

private:
    struct Wanted {
        TenantId tenant;
        std::string slug;
        std::string url;  // of the issuer
        friend auto operator<=>(const Wanted&, const Wanted&) = default;
    };
    struct Asked {
        Instant tried;
        int64_t fresh_ms = kKeysFreshMs;
        bool is_open = false;  // waits, or is being fetched
    };
    void run();
    std::vector<Wanted> due();
    void refresh(const Wanted& wanted);

    store::Store& store_;
    const outside::Fetcher& fetcher_;
    const Clock clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<Wanted, Asked> asked_;
    std::vector<Wanted> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace rollcall::access
