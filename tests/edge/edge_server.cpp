// A server with the transport of the product and an application that only echoes: the edge tests and the comparison
// with other servers run against it without a directory behind.
//
//   edge_server [--port N] [--threads N] [--token T] [--limit NAME=VALUE]... [--trusted-proxy A]...
//               [--certificate FILE --key FILE] [--address A] [--insecure]
//
// Prints "listening on PORT" and serves until SIGTERM or SIGINT; SIGHUP reloads the certificate. A bearer token is
// asked for when --token is given. Paths: see answer_of().
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "base/json.h"
#include "edge_limits.h"
#include "edge_store.h"
#include "http/server.h"

namespace {

using namespace rollcall;
using namespace rollcall::http;

constexpr std::string_view kScimJson = "application/scim+json";

Response document(int status, std::string body) {
    Response response;
    response.status = status;
    response.content_type = kScimJson;
    response.body = std::move(body);
    return response;
}

Response refuse(int status, std::string_view detail) {
    json::object error;
    error["schemas"] = json::array{"urn:ietf:params:scim:api:messages:2.0:Error"};
    error["status"] = std::to_string(status);
    error["detail"] = detail;
    return document(status, to_json(error));
}

// 1.2 KB: the size of an ordinary User.
std::string user_document() {
    std::string body = R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"0","title":")";
    body.append(1'200 - body.size() - 2, 'x');
    return body + "\"}";
}

std::string list_document() {
    std::string body = "[";
    for (int i = 0; i < 100; ++i) body += (i ? "," : "") + user_document();
    return body + "]";
}

// What the head says, for tests of proxies and of the parser.
std::string described(const Head& head, std::string_view body) {
    json::object out;
    out["method"] = head.method_text;
    out["path"] = head.path;
    out["query"] = head.query;
    out["host"] = head.host;
    out["peer"] = head.peer_address;
    out["secure"] = head.secure;
    out["body_bytes"] = body.size();
    out["body"] = body.substr(0, 64);
    return to_json(out);
}

Outcome slow(int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    return document(200, "{}");
}

// The handler of a path; runs with the body.
Outcome answer_of(const Head& head, std::string_view body) {
    static const std::string user = user_document();
    static const std::string list = list_document();
    if (head.path == "/edge/describe") return document(200, described(head, body));
    if (head.path == "/edge/list" || head.path.ends_with("/Schemas")) return document(200, list);
    if (head.path == "/edge/huge") return document(200, std::string(64 * 1024 * 1024, 'x'));
    if (head.path == "/edge/none") return Response{.status = 204};
    if (head.path == "/edge/throw") throw std::runtime_error("asked to");
    if (head.path == "/edge/lost") throw store::StoreFailure(store::StoreFailure::Cause::Lost, "asked to");
    if (head.path.starts_with("/edge/slow")) return slow(std::atoi(std::string(head.query).c_str()));
    if (head.path == "/edge/write-throw") {
        return Write([](store::Transaction&) -> Response { throw std::runtime_error("asked to"); });
    }
    if (head.path == "/edge/write-lost") {
        return Write([](store::Transaction&) -> Response {
            throw store::StoreFailure(store::StoreFailure::Cause::Full, "asked to");
        });
    }
    if (head.method == Method::Post) {
        return Write([text = described(head, body)](store::Transaction&) { return document(201, text); });
    }
    return document(200, user);
}

Admission admit(const Head& head, const std::string& token) {
    Admission admission;
    std::string_view shown = head.header("authorization");
    if (!token.empty() && !(shown.starts_with("Bearer ") && shown.substr(7) == token)) {
        admission.refusal = refuse(401, "A bearer token is required.").with("WWW-Authenticate", "Bearer");
        return admission;
    }
    if (head.path == "/edge/admit-throw") throw std::runtime_error("asked to");
    bool scans = head.path.starts_with("/edge/slow") || head.path.ends_with("/Schemas") || head.path == "/edge/huge";
    admission.body_bytes_max = Limits{}.body_bytes_max;
    admission.handle = [&head, scans](std::string_view body) -> Outcome {
        if (!scans) return answer_of(head, body);
        return Scan{[&head, text = std::string(body)] { return std::get<Response>(answer_of(head, text)); }};
    };
    return admission;
}

struct Arguments {
    ServerOptions options;
    std::string token;
};

[[noreturn]] void leave(const std::string& why) {
    std::cerr << "edge_server: " << why << '\n';
    std::exit(2);
}

Arguments read_arguments(int count, char** values) {
    Arguments arguments;
    TlsFiles tls;
    for (int i = 1; i < count; ++i) {
        std::string name = values[i];
        if (name == "--insecure") {
            arguments.options.insecure = true;
            continue;
        }
        if (++i == count) leave("no value after " + name);
        std::string value = values[i];
        if (name == "--port") arguments.options.port = static_cast<uint16_t>(std::atoi(value.c_str()));
        else if (name == "--address") arguments.options.address = value;
        else if (name == "--threads") arguments.options.threads = static_cast<unsigned>(std::atoi(value.c_str()));
        else if (name == "--token") arguments.token = value;
        else if (name == "--certificate") tls.certificate = value;
        else if (name == "--key") tls.key = value;
        else if (name == "--trusted-proxy") arguments.options.trusted_proxies.push_back(value);
        else if (name == "--limit" && edge::set_limit(arguments.options.limits, value)) continue;
        else leave("do not understand " + name + " " + value);
    }
    if (!tls.certificate.empty()) arguments.options.tls = tls;
    return arguments;
}

// Waits for the signals that main() has blocked.
void serve_signals(const sigset_t& signals, Server& server) {
    for (;;) {
        int signal = 0;
        sigwait(&signals, &signal);
        if (signal != SIGHUP) break;
        if (auto reloaded = server.reload_certificate(); !reloaded) std::cerr << reloaded.error().detail << '\n';
    }
    server.stop();
}

}  // namespace

int main(int count, char** values) {
    sigset_t signals;
    sigemptyset(&signals);
    for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    Arguments arguments = read_arguments(count, values);
    edge::EdgeStore store;
    Application application{[&](const Head& head) { return admit(head, arguments.token); }, refuse};
    auto server = Server::create(arguments.options, std::move(application), store);
    if (!server) leave(server.error().detail);
    std::cout << "listening on " << (*server)->port() << std::endl;
    std::thread waiter([&] { serve_signals(signals, **server); });
    (*server)->run();
    waiter.join();
    for (const auto& [name, value] : (*server)->statistics()) std::cout << name << ' ' << value << '\n';
    return 0;
}
