#include "base/log.h"

#include <unistd.h>

#include <atomic>

#include "base/json.h"
#include "base/time.h"

namespace rollcall {
namespace {

std::atomic<LogLevel> minimum_level{LogLevel::Info};

const char* level_name(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return "debug";
        case LogLevel::Info:
            return "info";
        case LogLevel::Warning:
            return "warning";
        case LogLevel::Error:
            return "error";
    }
    return "error";
}

void append_name(std::string_view name, std::string& out) {
    out += ',';
    write_json_string(name, out);
    out += ':';
}

}  // namespace

LogField::LogField(std::string_view name, std::string_view value) {
    append_name(name, text_);
    write_json_string(value, text_);
}

LogField::LogField(std::string_view name, int64_t value) {
    append_name(name, text_);
    text_ += std::to_string(value);
}

LogField::LogField(std::string_view name, bool value) {
    append_name(name, text_);
    text_ += value ? "true" : "false";
}

void set_log_level(LogLevel level) {
    minimum_level = level;
}
bool log_enabled(LogLevel level) {
    return level >= minimum_level.load(std::memory_order_relaxed);
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (!log_enabled(level)) return;
    std::string line = "{\"time\":\"";
    line += format_instant(system_now());
    line += "\",\"level\":\"";
    line += level_name(level);
    line += "\",\"event\":";
    write_json_string(event, line);
    for (const auto& field : fields) line += field.text();
    line += "}\n";
    // One write call per line keeps lines of several threads apart.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace rollcall
