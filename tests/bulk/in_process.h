// The application without a transport: requests go in as the connection would hand them over, changes run on
// the store's writer.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "../store/fixture.h"
#include "application.h"

namespace rollcall::test {

struct Reply {
    int status = 0;
    std::string body;
    json::value document() const { return body.empty() ? json::value() : json::parse(body); }
};

class InProcess {
public:
    // `engine`: "memory" or "sqlite".
    explicit InProcess(std::string_view engine, const Limits& limits = {});
    ~InProcess();

    // Makes a tenant and gives its token.
    std::string tenant(std::string_view slug, const Policy& policy = {});

    // Sends a request and waits for the answer. The path is below /scim/v2. 503: the store failed.
    Reply send(const std::string& token, http::Method method, std::string_view path, std::string body = {});
    // Sends it without waiting; `reply` is filled when wait() returns. Requests take effect in their order.
    void post(const std::string& token, http::Method method, std::string_view path, std::string body,
              Reply& reply);
    void wait();

    store::Store& store() { return *store_; }
    std::string verify() { return store::print(store_->verify(store::catalogue())); }

private:
    store::TemporaryDirectory directory_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<ApplicationCore> core_;
    http::Application application_;
    std::atomic<size_t> waiting_ = 0;
};

}  // namespace rollcall::test
