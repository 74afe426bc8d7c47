#include "audit/export.h"

#include <array>

#include "base/json.h"

namespace rollcall::audit {
namespace {

std::string uuid_text(const UuidBytes& bytes) {
    if (bytes == UuidBytes{}) return {};
    std::string text;
    append_uuid(bytes, text);
    return text;
}

constexpr std::array<std::string_view, 13> kColumns = {
    "seq",         "ts",     "action",  "channel",    "actor_kind", "actor", "actor_name",
    "target_type", "target", "address", "request_id", "payload",    "code",
};

void append_cell(std::string_view text, std::string& out) {
    out += '"';
    if (!text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos)
        out += '\'';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace

std::string event_as_json(const store::Event& event) {
    std::string out = "{\"seq\":" + std::to_string(event.seq);
    const auto add = [&](std::string_view name, std::string_view value) {
        out += ",\"" + std::string(name) + "\":";
        write_json_string(value, out);
    };
    add("ts", format_instant(event.time));
    add("action", event.action);
    add("channel", event.channel);
    add("actor_kind", event.actor_kind);
    add("actor", uuid_text(event.actor));
    add("actor_name", event.actor_name);
    add("target_type", event.target_type);
    add("target", event.target);
    add("address", event.address);
    add("request_id", uuid_text(event.request.bytes));
    out += ",\"payload\":" + event.payload;
    add("code", hex(as_bytes(event.code)));
    return out + "}";
}

std::string csv_header() {
    std::string out;
    for (const auto name : kColumns) {
        if (!out.empty()) out += ',';
        out += name;
    }
    return out + "\r\n";
}

std::string event_as_csv(const store::Event& event) {
    std::string out = std::to_string(event.seq);
    for (const std::string& cell :
         {format_instant(event.time), event.action, event.channel, event.actor_kind, uuid_text(event.actor),
          event.actor_name, event.target_type, event.target, event.address, uuid_text(event.request.bytes),
          event.payload, hex(as_bytes(event.code))}) {
        out += ',';
        append_cell(cell, out);
    }
    return out + "\r\n";
}

}  // namespace rollcall::audit
