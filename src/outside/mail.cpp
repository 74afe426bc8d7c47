#include "outside/mail.h"
#include "outside/trust.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <memory>

namespace rollcall::outside {
namespace {

constexpr long kConnectMs = 5'000;
constexpr long kTotalMs = 30'000;

struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

size_t give(char* out, size_t size, size_t count, void* context) {
    auto& rest = *static_cast<std::string_view*>(context);
    const size_t given = std::min(size * count, rest.size());
    std::memcpy(out, rest.data(), given);
    rest.remove_prefix(given);
    return given;
}

// What the relay says is nobody's business.
size_t drop(char*, size_t size, size_t count, void*) {
    return size * count;
}

// Called at least once a second.
int go_on(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return *static_cast<const std::atomic<bool>*>(stopping) ? 1 : 0;
}

bool is_here(const std::string& url) {
    for (const std::string_view host : {"smtp://127.0.0.1", "smtp://localhost", "smtp://[::1]"}) {
        if (url.starts_with(host) && (url.size() == host.size() || url[host.size()] == ':')) return true;
    }
    return false;
}

// RFC 5322 §3.3, whatever the locale.
std::string date_text(Instant now) {
    constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = now.ms / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d +0000", kDays[parts.tm_wday],
                  parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                  parts.tm_sec);
    return text;
}

std::string message_of(const MailRelay& relay, const Letter& letter, Instant now) {
    std::string bytes(16, '\0');
    random_bytes(bytes.data(), bytes.size());
    const std::string domain = relay.from.substr(relay.from.find('@') + 1);
    std::string message = "Date: " + date_text(now) + "\r\nFrom: <" + relay.from + ">\r\nTo: <" + letter.to +
                          ">\r\nSubject: " + letter.subject + "\r\nMessage-ID: <" + hex(bytes) + '@' +
                          domain +
                          ">\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                          "Content-Transfer-Encoding: 8bit\r\nAuto-Submitted: auto-generated\r\n\r\n";
    for (const char c : letter.text) {
        if (c == '\n') message += '\r';
        message += c;
    }
    return message;
}

}  // namespace

bool is_mail_address(std::string_view text) {
    const auto at = text.find('@');
    const bool has_both =
        at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.size() <= 254;
    return has_both && text.find('@', at + 1) == std::string_view::npos &&
           std::ranges::all_of(text, [](char c) {
               return c > ' ' && c < '\x7f' && !std::string_view("<>()[],;:\\\"").contains(c);
           });
}

Result<void> send_mail(const MailRelay& relay, const Letter& letter, Instant now,
                       const std::atomic<bool>& stopping) {
    if (!is_mail_address(letter.to))
        return failure(ErrorKind::InvalidValue, "The e-mail address cannot be used.");
    const std::unique_ptr<CURL, FreeHandle> handle(curl_easy_init());
    const std::unique_ptr<curl_slist, FreeList> to(
        curl_slist_append(nullptr, ('<' + letter.to + '>').c_str()));
    const std::string from = '<' + relay.from + '>';
    const std::string message = message_of(relay, letter, now);
    std::string_view rest(message);
    CURL* curl = handle.get();
    curl_easy_setopt(curl, CURLOPT_URL, relay.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     static_cast<long>(is_here(relay.url) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    if (!trusted_ca_file().empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, trusted_ca_file().c_str());
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kTotalMs);
    if (!relay.user.empty() && relay.password) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, relay.user.c_str());
        curl_easy_setopt(curl, CURLOPT_PASSWORD, relay.password->reveal().c_str());
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to.get());
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, &rest);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&stopping));
    const CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK) return {};
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return failure(ErrorKind::Unavailable, "The mail relay did not take the mail.",
                   "curl_" + std::to_string(static_cast<int>(code)) + "_smtp_" + std::to_string(status));
}

}  // namespace rollcall::outside
