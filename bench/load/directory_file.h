// The files that the generator leaves for the load generator: one line for each user or group, looked up by number.
// Mapped, not read: a million users are 80 MB, of which a run touches what it asks for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::bench {

class LineFile {
public:
    LineFile() = default;
    // Throws std::runtime_error when it cannot be read. The mapping stays until the process ends.
    explicit LineFile(const std::string& path);

    size_t size() const { return starts_.size(); }
    std::string_view line(size_t number) const {
        const size_t start = starts_[number];
        return text_.substr(start, text_.find('\n', start) - start);
    }

private:
    std::string_view text_;
    std::vector<uint32_t> starts_;
};

// Lines of "<id>\t<userName>".
class UserFile : public LineFile {
public:
    using LineFile::LineFile;
    static constexpr size_t kIdCharacters = 36;
    std::string_view id(size_t number) const { return line(number).substr(0, kIdCharacters); }
    std::string_view user_name(size_t number) const { return line(number).substr(kIdCharacters + 1); }
};

}  // namespace rollcall::bench
