#include "in_process.h"

#include "access/credential.h"

namespace rollcall::test {
namespace {

// What the views of a Head point at.
struct Request {
    std::string authorization;
    std::string path;
    std::string body;
    http::Head head;
};

}  // namespace

InProcess::InProcess(std::string_view engine, const Limits& limits) {
    const std::string url = engine == "memory" ? "memory:" : "sqlite:" + directory_.file("bulk.db");
    store::OpenOptions options;
    options.limits = limits;
    store_ = store::open_store(url, options);
    core_ = std::make_unique<ApplicationCore>(
        scim::Service{*store_, std::make_shared<directory::Catalogues>(Catalogue::standard(), 16), limits,
                      system_now, ""},
        ApplicationOptions{});
    application_ = core_->functions();
}

InProcess::~InProcess() {
    wait();
}

std::string InProcess::tenant(std::string_view slug, const Policy& policy) {
    std::string token;
    store::write_and_wait(*store_, [&](store::Transaction& transaction) {
        Tenant tenant;
        tenant.slug = slug;
        tenant.profile = "standard";
        tenant.policy = to_json(policy_to_json(policy));
        tenant.created = system_now();
        tenant = *transaction.insert_tenant(tenant);
        auto& door = transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
        auto issued = access::issue(door, {"test", "", std::nullopt}, policy, system_now(), tenant.id);
        token = issued->token.reveal();
    });
    return token;
}

void InProcess::post(const std::string& token, http::Method method, std::string_view path, std::string body,
                     Reply& reply) {
    auto request = std::make_shared<Request>();
    request->authorization = "Bearer " + token;
    request->path = "/scim/v2" + std::string(path);
    request->body = std::move(body);
    auto& head = request->head;
    head.method = method;
    head.method_text = http::method_name(method);
    head.target = request->path;
    head.path = std::string_view(request->path).substr(0, request->path.find('?'));
    if (head.path.size() < request->path.size()) {
        head.query = std::string_view(request->path).substr(head.path.size() + 1);
    }
    head.headers = {{"Authorization", request->authorization}, {"Host", "localhost"}};
    head.host = "localhost";
    head.id = RequestId::create();
    head.received = system_now();
    head.has_body = !request->body.empty();
    const auto take = [&reply](http::Response response) {
        reply = {response.status, std::move(response.body)};
    };
    auto admission = application_.admit(head);
    if (admission.refusal) return take(std::move(*admission.refusal));
    auto outcome = admission.handle(request->body);
    if (auto* scan = std::get_if<http::Scan>(&outcome)) {
        auto found = scan->run();
        std::visit([&](auto& made) { outcome = std::move(made); }, found);
    }
    if (auto* response = std::get_if<http::Response>(&outcome)) return take(std::move(*response));
    ++waiting_;
    store_->submit([request, take, write = std::get<http::Write>(std::move(outcome))](
                       store::Transaction& transaction) mutable { take(write.run(transaction)); },
                   [this, request, take](std::exception_ptr failure) {
                       if (failure) take({.status = 503});
                       --waiting_;
                       waiting_.notify_all();
                   });
}

void InProcess::wait() {
    store_
        ->end_read();  // as a connection's thread does: a snapshot left open keeps the log from starting over
    for (size_t left = waiting_; left > 0; left = waiting_) waiting_.wait(left);
}

Reply InProcess::send(const std::string& token, http::Method method, std::string_view path,
                      std::string body) {
    Reply reply;
    post(token, method, path, std::move(body), reply);
    wait();
    return reply;
}

}  // namespace rollcall::test
