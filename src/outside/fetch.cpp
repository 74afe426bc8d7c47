#include "outside/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/socket.h>

#include <charconv>
#include <chrono>
#include <cstring>
#include <memory>

#include "base/text.h"
#include "outside/trust.h"

namespace rollcall::outside {
namespace {

constexpr long kConnectMs = 3'000;
constexpr long kTotalMs = 10'000;
constexpr size_t kBytesMax = 64 * 1024;

struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Exchange {
    const Destinations& destinations;
    const std::atomic<bool>& stopping;
    bool with_tls;
    bool was_refused = false;  // the address
    Fetched answer;
};

size_t take_body(char* data, size_t size, size_t count, void* context) {
    auto& exchange = *static_cast<Exchange*>(context);
    if (exchange.answer.body.size() + size * count > kBytesMax) return 0;
    exchange.answer.body.append(data, size * count);
    return size * count;
}

// Called at least once a second.
int go_on(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Exchange*>(context)->stopping ? 1 : 0;
}

size_t take_header(char* data, size_t size, size_t count, void* context) {
    auto& exchange = *static_cast<Exchange*>(context);
    const std::string_view line(data, size * count);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !equals_ignoring_case(line.substr(0, colon), "cache-control")) {
        return size * count;
    }
    const std::string value = ascii_lower(line.substr(colon + 1));
    if (value.contains("no-store") || value.contains("no-cache")) exchange.answer.max_age_s = 0;
    const auto at = value.find("max-age=");
    int64_t seconds = 0;
    if (at != std::string::npos &&
        std::from_chars(value.data() + at + 8, value.data() + value.size(), seconds).ec == std::errc()) {
        exchange.answer.max_age_s = std::max<int64_t>(seconds, 0);
    }
    return size * count;
}

std::optional<std::pair<IpAddress, int>> address_of(const sockaddr& raw) {
    char text[INET6_ADDRSTRLEN];
    if (raw.sa_family == AF_INET) {
        sockaddr_in address;
        std::memcpy(&address, &raw, sizeof address);
        inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
        const auto parsed = IpAddress::parse(text);
        if (!parsed) return std::nullopt;
        return std::pair(*parsed, static_cast<int>(ntohs(address.sin_port)));
    }
    if (raw.sa_family != AF_INET6) return std::nullopt;
    IpAddress found;
    const auto& address = reinterpret_cast<const sockaddr_in6&>(raw);
    std::memcpy(found.bytes.data(), &address.sin6_addr, found.bytes.size());
    return std::pair(found, static_cast<int>(ntohs(address.sin6_port)));
}

// The one place where the address is known that will be connected to: no name, no redirect and no second
// answer of a resolver comes after it.
curl_socket_t open_socket(void* context, curlsocktype, curl_sockaddr* address) {
    auto& exchange = *static_cast<Exchange*>(context);
    const auto target = address_of(address->addr);
    if (!target || !exchange.destinations.allows(target->first, exchange.with_tls) ||
        !exchange.destinations.allows_port(target->first, target->second)) {
        exchange.was_refused = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void set_up(CURL* handle, Exchange& exchange, const std::string& url) {
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, exchange.destinations.loopback ? "https,http" : "https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, kTotalMs);
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, go_on);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &exchange);
    if (!trusted_ca_file().empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, trusted_ca_file().c_str());
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "rollcall");
}

std::unexpected<Error> unavailable(std::string reason) {
    return failure(ErrorKind::Unavailable,
                   "The other server does not answer as it should; try again later.", std::move(reason));
}

}  // namespace

Fetcher::Fetcher(Destinations destinations) : destinations_(std::move(destinations)) {
    static const bool once = [] { return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; }();
    (void)once;
}

Result<Fetched> Fetcher::run(const std::string& url, const Posted* posted) const {
    TRY_VOID(check_url(url, destinations_));
    if (!places_.try_acquire_for(std::chrono::milliseconds(kConnectMs))) return unavailable("fetch_busy");
    struct Leave {
        std::counting_semaphore<16>& places;
        ~Leave() { places.release(); }
    } leave{places_};
    const std::unique_ptr<CURL, FreeHandle> handle(curl_easy_init());
    if (!handle) return unavailable("fetch_failed");
    Exchange exchange{destinations_, stopping_, url.starts_with("https:"), false, {}};
    set_up(handle.get(), exchange, url);
    std::unique_ptr<curl_slist, FreeList> headers(curl_slist_append(nullptr, "Accept: application/json"));
    if (posted != nullptr) {
        curl_slist_append(headers.get(), ("Content-Type: " + posted->content_type).c_str());
        for (const auto& line : posted->headers) curl_slist_append(headers.get(), line.c_str());
        curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(posted->body.size()));
        curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, posted->body.c_str());
    }
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    const CURLcode code = curl_easy_perform(handle.get());
    if (exchange.was_refused && code != CURLE_OK) return unavailable("fetch_address_refused");
    if (code == CURLE_ABORTED_BY_CALLBACK) return unavailable("fetch_stopped");
    if (code == CURLE_OPERATION_TIMEDOUT) return unavailable("fetch_timeout");
    if (code == CURLE_WRITE_ERROR) return unavailable("fetch_too_large");
    if (code != CURLE_OK) return unavailable("fetch_curl_" + std::to_string(static_cast<int>(code)));
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    exchange.answer.status = static_cast<int>(status);
    return std::move(exchange.answer);
}

Result<Fetched> Fetcher::get(const std::string& url) const {
    return run(url, nullptr);
}

Result<Fetched> Fetcher::post(const std::string& url, const std::string& form,
                              const std::string& authorization) const {
    Posted posted{"application/x-www-form-urlencoded", form, {}};
    if (!authorization.empty()) posted.headers.push_back("Authorization: " + authorization);
    return post(url, posted);
}

Result<Fetched> Fetcher::post(const std::string& url, const Posted& posted) const {
    return run(url, &posted);
}

std::string form_encoded(std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              std::string_view("-._~").contains(c);
        if (is_plain) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

}  // namespace rollcall::outside
