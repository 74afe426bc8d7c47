// Settings of the program: flags over ROLLCALL_* environment over a TOML file over defaults. One table names
// each with type, default and meaning; flags, environment names, file keys, `config check` and the
// documentation follow from the row. An unknown key in the file is an error that says where.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/log.h"
#include "base/result.h"

namespace rollcall {

struct Settings {
    std::string store = "sqlite:rollcall.db";
    std::string store_replica;
    int64_t store_replica_behind_ms = 2'000;
    std::string listen = "127.0.0.1:8080";
    int64_t threads = 0;
    std::string tls_certificate;
    std::string tls_key;
    bool insecure_http = false;
    std::vector<std::string> trusted_proxies;
    int64_t authentication_failures = 300;  // decision 047
    std::string tenant_domain;
    std::string public_url;
    std::string schemas;
    std::string documentation_uri;
    std::vector<std::string> sensitive_attributes;
    std::string audit_key_file;
    std::string sealing_key_file;
    std::string revocation_journal;
    bool plur_hard_delete = false;  // PLU-08
    std::vector<std::string> outgoing_networks;
    bool outgoing_loopback = false;
    std::string outgoing_ca_file;
    std::string webhook_url;
    std::string webhook_key_file;
    // ---- mail
    std::string smtp_url;
    std::string smtp_user;
    std::string smtp_password_file;
    std::string mail_from;
    std::string mail_link;
    std::string log_level = "info";
    Limits limits;
    std::string unsafe;  // canaries only; refused by builds without them
};

struct SettingRow {
    std::string_view name;  // "tls_certificate"; flag --tls-certificate, environment ROLLCALL_TLS_CERTIFICATE
    std::string_view type;  // "text", "number", "switch", "list"
    std::string_view meaning;
    // Sets the value from text; an error says what would be right.
    Result<void> (*set)(Settings& settings, std::string_view text);
    std::string (*show)(const Settings& settings);
};
const std::vector<SettingRow>& setting_rows();

// Names of Limits members, for `--limit NAME=VALUE` and the table [limits] of the file.
std::vector<std::string_view> limit_names();
Result<void> set_limit(Limits& limits, std::string_view name, std::string_view value);

// What was given, by source; texts by setting name. "limit" in `flags` may hold several NAME=VALUE.
struct GivenSettings {
    std::map<std::string, std::string> flags;
    std::vector<std::string> limit_flags;
    std::string file;  // path of the TOML file; empty: ROLLCALL_CONFIG, else none
};

// Errors (InvalidValue): every problem found, one sentence a line, with file and line where there are.
Result<Settings> read_settings(const GivenSettings& given);

}  // namespace rollcall
