// The limits of the transport by name, for --limit NAME=VALUE.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/limits.h"

namespace rollcall::edge {

// False when the text is not NAME=NUMBER of a limit of the transport.
inline bool set_limit(Limits& limits, std::string_view text) {
    size_t equals = text.find('=');
    if (equals == std::string_view::npos) return false;
    std::string_view name = text.substr(0, equals);
    long long value = std::atoll(std::string(text.substr(equals + 1)).c_str());
    const std::pair<std::string_view, size_t*> sizes[] = {
        {"request_line_bytes_max", &limits.request_line_bytes_max},
        {"head_bytes_max", &limits.head_bytes_max},
        {"header_lines_max", &limits.header_lines_max},
        {"body_bytes_max", &limits.body_bytes_max},
        {"bodies_in_flight_bytes_max", &limits.bodies_in_flight_bytes_max},
        {"ignored_body_bytes_max", &limits.ignored_body_bytes_max},
        {"chunk_extension_bytes_max", &limits.chunk_extension_bytes_max},
        {"connections_max", &limits.connections_max},
        {"connections_per_address_max", &limits.connections_per_address_max},
        {"connections_per_proxy_max", &limits.connections_per_proxy_max},
        {"unfinished_heads_max", &limits.unfinished_heads_max},
        {"requests_in_flight_max", &limits.requests_in_flight_max},
        {"requests_per_connection_max", &limits.requests_per_connection_max},
        {"gzip_bytes_min", &limits.gzip_bytes_min},
    };
    const std::pair<std::string_view, int64_t*> times[] = {
        {"head_timeout_ms", &limits.head_timeout_ms},
        {"body_timeout_ms", &limits.body_timeout_ms},
        {"body_bytes_per_second_min", &limits.body_bytes_per_second_min},
        {"write_stall_ms", &limits.write_stall_ms},
        {"idle_timeout_ms", &limits.idle_timeout_ms},
        {"request_deadline_ms", &limits.request_deadline_ms},
        {"shutdown_ms", &limits.shutdown_ms},
        {"drain_bytes_max", &limits.drain_bytes_max},
        {"drain_ms", &limits.drain_ms},
    };
    for (const auto& [known, target] : sizes) {
        if (known == name) return *target = static_cast<size_t>(value), true;
    }
    for (const auto& [known, target] : times) {
        if (known == name) return *target = value, true;
    }
    return false;
}

}  // namespace rollcall::edge
