// Structured log lines: one JSON object per line on standard error. Fields are typed; there is no overload
// for a Secret, a request body or a header map, so that none of them can be logged by accident. Attribute
// values never go into a field. Safe on any thread; a line is written whole.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace rollcall {

class Secret;

enum class LogLevel { Debug, Info, Warning, Error };

class LogField {
public:
    LogField(std::string_view name, std::string_view value);
    LogField(std::string_view name, const char* value) : LogField(name, std::string_view(value)) {}
    LogField(std::string_view name, const std::string& value) : LogField(name, std::string_view(value)) {}
    LogField(std::string_view name, int64_t value);
    LogField(std::string_view name, int value) : LogField(name, static_cast<int64_t>(value)) {}
    LogField(std::string_view name, size_t value) : LogField(name, static_cast<int64_t>(value)) {}
    LogField(std::string_view name, bool value);
    LogField(std::string_view, const Secret&) = delete;
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace rollcall
