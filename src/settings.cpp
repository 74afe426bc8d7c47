#include "settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include <toml++/toml.h>

#include "base/text.h"

namespace rollcall {
namespace {

Result<void> wrong(std::string sentence) {
    return failure(ErrorKind::InvalidValue, std::move(sentence));
}

template <std::string Settings::* Member>
Result<void> set_text(Settings& settings, std::string_view text) {
    settings.*Member = text;
    return {};
}
template <std::string Settings::* Member>
std::string show_text(const Settings& settings) {
    return settings.*Member;
}

Result<void> set_listen(Settings& settings, std::string_view text) {
    const auto colon = text.rfind(':');
    int port = -1;
    if (colon != std::string_view::npos) {
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
    }
    if (colon == 0 || colon == std::string_view::npos || port < 0 || port > 65535) {
        return wrong(
            "listen is written HOST:PORT, for instance 127.0.0.1:8080 or [::1]:8080; port 0 takes any free "
            "one.");
    }
    settings.listen = text;
    return {};
}

Result<void> set_threads(Settings& settings, std::string_view text) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), settings.threads);
    if (error != std::errc() || end != text.data() + text.size() || settings.threads < 0 ||
        settings.threads > 256) {
        return wrong("threads is a number from 0 (one for each core) to 256.");
    }
    return {};
}

Result<void> set_failures(Settings& settings, std::string_view text) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), settings.authentication_failures);
    if (error != std::errc() || end != text.data() + text.size() || settings.authentication_failures < 0) {
        return wrong("authentication_failures is a number; 0 means no limit.");
    }
    return {};
}

Result<void> set_behind(Settings& settings, std::string_view text) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), settings.store_replica_behind_ms);
    if (error != std::errc() || end != text.data() + text.size() || settings.store_replica_behind_ms < 0)
        return wrong("store_replica_behind_ms is a number of milliseconds.");
    return {};
}

template <bool Settings::* Member>
Result<void> set_switch(Settings& settings, std::string_view text) {
    if (text != "true" && text != "false" && text != "1" && text != "0")
        return wrong("a switch is true or false.");
    settings.*Member = text == "true" || text == "1";
    return {};
}
template <bool Settings::* Member>
std::string show_switch(const Settings& settings) {
    return settings.*Member ? "true" : "false";
}

Result<void> set_smtp_url(Settings& settings, std::string_view text) {
    if (!text.empty() && !text.starts_with("smtp://") && !text.starts_with("smtps://")) {
        return wrong("smtp_url is smtp://HOST:PORT or smtps://HOST:PORT.");
    }
    if (text.contains('@'))
        return wrong("smtp_url holds no user and no password; there are settings for them.");
    settings.smtp_url = text;
    return {};
}

Result<void> set_mail_link(Settings& settings, std::string_view text) {
    if (!text.empty() && (!text.starts_with("https://") && !text.starts_with("http://"))) {
        return wrong("mail_link begins with https:// or http://.");
    }
    settings.mail_link = text;
    return {};
}

template <auto member>
Result<void> set_list(Settings& settings, std::string_view text) {
    std::vector<std::string>& list = settings.*member;
    list.clear();
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        if (const auto part = trim(text.substr(0, comma)); !part.empty()) list.emplace_back(part);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return {};
}

Result<void> set_log_level_text(Settings& settings, std::string_view text) {
    if (text != "debug" && text != "info" && text != "warning" && text != "error") {
        return wrong("log_level is debug, info, warning or error.");
    }
    settings.log_level = text;
    return {};
}

Result<void> set_public_url(Settings& settings, std::string_view text) {
    if (!text.empty() && !text.starts_with("http://") && !text.starts_with("https://")) {
        return wrong("public_url begins with https:// or http://.");
    }
    while (text.ends_with('/')) text.remove_suffix(1);
    settings.public_url = text;
    return {};
}

Result<void> set_unsafe(Settings& settings, std::string_view text) {
#ifdef ROLLCALL_CANARIES
    static constexpr std::array<std::string_view, 10> kUnsafe{
        "",
        "answer-before-commit",
        "synchronous-normal",
        "drop-a-row",
        "owners-before-lock",
        "hidden-take-longer",
        "credentials-for-5s",
        "conflict-first",
        "next-migration",
        "next-migration-takes"};
    if (std::ranges::find(kUnsafe, text) != kUnsafe.end()) {
        settings.unsafe = text;
        return {};
    }
    return wrong("There is no unsafe setting of this name.");
#else
    (void)settings;
    return text.empty() ? Result<void>{} : wrong("This build has no unsafe settings.");
#endif
}

template <auto member>
std::string show_list(const Settings& settings) {
    std::string out;
    for (const auto& part : settings.*member) out += (out.empty() ? "" : ",") + part;
    return out;
}

struct LimitRow {
    std::string_view name;
    void (*set)(Limits& limits, int64_t value);
};

#define LIMIT_ROW(member)                                                \
    LimitRow {                                                           \
        #member, [](Limits& limits, int64_t value) {                     \
            limits.member = static_cast<decltype(limits.member)>(value); \
        }                                                                \
    }

const std::vector<LimitRow>& limit_rows() {
    static const std::vector<LimitRow> rows = {
        LIMIT_ROW(request_line_bytes_max),
        LIMIT_ROW(head_bytes_max),
        LIMIT_ROW(header_lines_max),
        LIMIT_ROW(body_bytes_max),
        LIMIT_ROW(bulk_body_bytes_max),
        LIMIT_ROW(bulk_operations_max),
        LIMIT_ROW(bodies_in_flight_bytes_max),
        LIMIT_ROW(ignored_body_bytes_max),
        LIMIT_ROW(chunk_extension_bytes_max),
        LIMIT_ROW(head_timeout_ms),
        LIMIT_ROW(body_timeout_ms),
        LIMIT_ROW(body_bytes_per_second_min),
        LIMIT_ROW(write_stall_ms),
        LIMIT_ROW(idle_timeout_ms),
        LIMIT_ROW(request_deadline_ms),
        LIMIT_ROW(shutdown_ms),
        LIMIT_ROW(drain_bytes_max),
        LIMIT_ROW(drain_ms),
        LIMIT_ROW(connections_max),
        LIMIT_ROW(connections_per_address_max),
        LIMIT_ROW(connections_per_proxy_max),
        LIMIT_ROW(unfinished_heads_max),
        LIMIT_ROW(requests_in_flight_max),
        LIMIT_ROW(requests_per_connection_max),
        LIMIT_ROW(filter_bytes_max),
        LIMIT_ROW(filter_depth_max),
        LIMIT_ROW(filter_terms_max),
        LIMIT_ROW(filter_value_characters_max),
        LIMIT_ROW(query_deadline_ms),
        LIMIT_ROW(page_size_max),
        LIMIT_ROW(page_size_default),
        LIMIT_ROW(cursor_timeout_s),
        LIMIT_ROW(list_bytes_max),
        LIMIT_ROW(patch_operations_max),
        LIMIT_ROW(patch_elements_max),
        LIMIT_ROW(values_per_attribute_max),
        LIMIT_ROW(members_per_request_max),
        LIMIT_ROW(group_members_max),
        LIMIT_ROW(group_nesting_max),
        LIMIT_ROW(string_characters_max),
        LIMIT_ROW(long_string_bytes_max),
        LIMIT_ROW(tenant_catalogues_max),
        LIMIT_ROW(tenant_documents_max),
        LIMIT_ROW(tenant_schema_bytes_max),
        LIMIT_ROW(sign_in_failures_max),
        LIMIT_ROW(sign_ins_per_address_max),
        LIMIT_ROW(gzip_bytes_min),
    };
    return rows;
}

std::string environment_name(std::string_view name) {
    std::string out = "ROLLCALL_";
    for (char c : name) out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    return out;
}

const SettingRow* find_row(std::string_view name) {
    for (const auto& row : setting_rows()) {
        if (row.name == name) return &row;
    }
    return nullptr;
}

class Reader {
public:
    explicit Reader(const GivenSettings& given) : given_(given) {}

    Result<Settings> read() {
        read_file();
        // The name that the operators of PLUR know (PLU-08).
        constexpr const char* kHardDelete = "PLUR_SCIM_HARD_DELETE";
        if (const char* text = std::getenv(kHardDelete))
            apply(*find_row("plur_hard_delete"), text, std::string("environment variable ") + kHardDelete);
        for (const auto& row : setting_rows()) {
            const auto name = environment_name(row.name);
            if (const char* text = std::getenv(name.c_str()))
                apply(row, text, "environment variable " + name);
        }
        for (const auto& [name, text] : given_.flags) {
            if (const auto* row = find_row(name)) apply(*row, text, "flag --" + name);
        }
        for (const auto& text : given_.limit_flags) {
            const auto equals = std::min(text.find('='), text.size());
            const std::string_view view(text);
            apply_limit(view.substr(0, equals), equals < text.size() ? view.substr(equals + 1) : "",
                        "flag --limit");
        }
        if (settings_.tls_certificate.empty() != settings_.tls_key.empty()) {
            problem("TLS needs both tls_certificate and tls_key.");
        }
        if (!problems_.empty()) return failure(ErrorKind::InvalidValue, problems_);
        return settings_;
    }

private:
    void problem(const std::string& sentence) { problems_ += (problems_.empty() ? "" : "\n") + sentence; }

    void apply(const SettingRow& row, std::string_view text, const std::string& where) {
        if (auto result = row.set(settings_, text); !result) problem(where + ": " + result.error().detail);
    }
    void apply_limit(std::string_view name, std::string_view value, const std::string& where) {
        if (auto result = set_limit(settings_.limits, name, value); !result)
            problem(where + ": " + result.error().detail);
    }

    void read_file() {
        std::string path = given_.file;
        if (path.empty()) {
            if (const char* text = std::getenv("ROLLCALL_CONFIG")) path = text;
        }
        if (path.empty()) return;
        toml::table table;
        try {
            table = toml::parse_file(path);
        } catch (const toml::parse_error& error) {
            problem(path + " line " + std::to_string(error.source().begin.line) + ": " +
                    std::string(error.description()));
            return;
        }
        for (auto&& [key, node] : table) {
            const std::string where = path + " line " + std::to_string(node.source().begin.line);
            if (key.str() == "limits" && node.is_table()) {
                for (auto&& [limit, value] : *node.as_table())
                    apply_limit(limit.str(), text_of(value), where);
            } else if (const auto* row = find_row(key.str())) {
                apply(*row, text_of(node), where);
            } else {
                problem(where + ": there is no setting named " + std::string(key.str()) +
                        ". `rollcall config check` lists them all.");
            }
        }
    }

    static std::string text_of(const toml::node& node) {
        if (const auto* text = node.as_string()) return text->get();
        if (const auto* number = node.as_integer()) return std::to_string(number->get());
        if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
        std::string joined;
        if (const auto* list = node.as_array()) {
            for (const auto& element : *list) joined += (joined.empty() ? "" : ",") + text_of(element);
        }
        return joined;
    }

    const GivenSettings& given_;
    Settings settings_;
    std::string problems_;
};

}  // namespace

const std::vector<SettingRow>& setting_rows() {
    static const std::vector<SettingRow> rows = {
        {"store", "text", "where the data is: sqlite:PATH or postgres://USER@HOST/DATABASE",
         set_text<&Settings::store>, show_text<&Settings::store>},
        {"store_replica", "text", "standby of the PostgreSQL database that lists are read from",
         set_text<&Settings::store_replica>, show_text<&Settings::store_replica>},
        {"store_replica_behind_ms", "number", "how far the standby may be behind to be asked", set_behind,
         [](const Settings& settings) { return std::to_string(settings.store_replica_behind_ms); }},
        {"listen", "text", "address and port to serve on, HOST:PORT", set_listen,
         show_text<&Settings::listen>},
        {"threads", "number", "threads that serve connections; 0 means one for each core", set_threads,
         [](const Settings& settings) { return std::to_string(settings.threads); }},
        {"tls_certificate", "text", "file with the certificate chain (PEM); read again on SIGHUP",
         set_text<&Settings::tls_certificate>, show_text<&Settings::tls_certificate>},
        {"tls_key", "text", "file with the private key (PEM)", set_text<&Settings::tls_key>,
         show_text<&Settings::tls_key>},
        {"insecure_http", "switch", "allow plain HTTP on an address that is not loopback",
         set_switch<&Settings::insecure_http>, show_switch<&Settings::insecure_http>},
        {"trusted_proxies", "list", "addresses or networks whose X-Forwarded-* headers are believed",
         set_list<&Settings::trusted_proxies>, show_list<&Settings::trusted_proxies>},
        {"authentication_failures", "number",
         "wrong credentials of one address in a minute, above which it gets 429; 0: no limit", set_failures,
         [](const Settings& settings) { return std::to_string(settings.authentication_failures); }},
        {"tenant_domain", "text", "domain below which each tenant has its own host: SLUG.DOMAIN",
         set_text<&Settings::tenant_domain>, show_text<&Settings::tenant_domain>},
        {"public_url", "text", "scheme and host that links show, instead of the Host header", set_public_url,
         show_text<&Settings::public_url>},
        {"schemas", "text", "folder with further schema and resource type files (*.json)",
         set_text<&Settings::schemas>, show_text<&Settings::schemas>},
        {"documentation_uri", "text", "documentationUri of ServiceProviderConfig",
         set_text<&Settings::documentation_uri>, show_text<&Settings::documentation_uri>},
        {"sensitive_attributes", "list", "attributes that filters may name in the body of a .search only",
         set_list<&Settings::sensitive_attributes>, show_list<&Settings::sensitive_attributes>},
        {"audit_key_file", "text",
         "file with the key of the audit trail's chain; set before the first tenant is made",
         set_text<&Settings::audit_key_file>, show_text<&Settings::audit_key_file>},
        {"sealing_key_file", "text", "file with the key that secrets in the store are sealed with",
         set_text<&Settings::sealing_key_file>, show_text<&Settings::sealing_key_file>},
        {"revocation_journal", "text",
         "folder outside the database, for what a restored backup has to be told: what was revoked since, who left",
         set_text<&Settings::revocation_journal>, show_text<&Settings::revocation_journal>},
        {"plur_hard_delete", "switch",
         "deleting is hard in tenants of the profile plur; also the environment variable "
         "PLUR_SCIM_HARD_DELETE",
         set_switch<&Settings::plur_hard_delete>, show_switch<&Settings::plur_hard_delete>},
        {"outgoing_networks", "list",
         "addresses or networks that are not public and may be called nevertheless",
         set_list<&Settings::outgoing_networks>, show_list<&Settings::outgoing_networks>},
        {"outgoing_loopback", "switch", "call this machine too, with or without TLS; for tests",
         set_switch<&Settings::outgoing_loopback>, show_switch<&Settings::outgoing_loopback>},
        {"outgoing_ca_file", "text",
         "file with the CA certificates that other servers need; none: the system's",
         set_text<&Settings::outgoing_ca_file>, show_text<&Settings::outgoing_ca_file>},
        {"webhook_url", "text", "https URL that alerts of mass changes are posted to; none: no alert is sent",
         set_text<&Settings::webhook_url>, show_text<&Settings::webhook_url>},
        {"webhook_key_file", "text",
         "file with the keys that those alerts are signed with, each whsec_BASE64",
         set_text<&Settings::webhook_key_file>, show_text<&Settings::webhook_key_file>},
        {"smtp_url", "text",
         "mail relay, smtp://HOST:PORT (with STARTTLS) or smtps://HOST:PORT; none: no mail is sent",
         set_smtp_url, show_text<&Settings::smtp_url>},
        {"smtp_user", "text", "name at the mail relay", set_text<&Settings::smtp_user>,
         show_text<&Settings::smtp_user>},
        {"smtp_password_file", "text", "file whose first line is the password at the mail relay",
         set_text<&Settings::smtp_password_file>, show_text<&Settings::smtp_password_file>},
        {"mail_from", "text", "address that mails come from", set_text<&Settings::mail_from>,
         show_text<&Settings::mail_from>},
        {"mail_link", "text",
         "page of the application that links in mails lead to; purpose and token are added to it",
         set_mail_link, show_text<&Settings::mail_link>},
        {"log_level", "text", "debug, info, warning or error", set_log_level_text,
         show_text<&Settings::log_level>},
        {"unsafe", "text", "for tests of this program only", set_unsafe, show_text<&Settings::unsafe>},
    };
    return rows;
}

std::vector<std::string_view> limit_names() {
    std::vector<std::string_view> names;
    for (const auto& row : limit_rows()) names.push_back(row.name);
    return names;
}

Result<void> set_limit(Limits& limits, std::string_view name, std::string_view value) {
    int64_t number = -1;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < 0) {
        return wrong("a limit is written NAME=NUMBER.");
    }
    for (const auto& row : limit_rows()) {
        if (row.name != name) continue;
        row.set(limits, number);
        return {};
    }
    return wrong("there is no limit named " + std::string(name) + ".");
}

Result<Settings> read_settings(const GivenSettings& given) {
    return Reader(given).read();
}

}  // namespace rollcall
