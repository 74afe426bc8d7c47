#include "disk_space.h"

#include <sys/statvfs.h>

#include "base/log.h"

namespace rollcall {

std::optional<double> disk_in_use(const std::string& store_url) {
    constexpr std::string_view kKind = "sqlite:";
    struct statvfs found {};
    if (!store_url.starts_with(kKind) || ::statvfs(store_url.c_str() + kKind.size(), &found) != 0) return std::nullopt;
    const auto used = static_cast<double>(found.f_blocks - found.f_bfree);
    const auto all = used + static_cast<double>(found.f_bavail);
    if (all <= 0) return std::nullopt;
    return used / all;
}

void warn_of_full_disk(const std::string& store_url) {
    const auto part = disk_in_use(store_url);
    if (!part || *part <= kDiskAlarm) return;
    log(LogLevel::Warning, "the disk of the store is filling up",
        {{"percent_in_use", static_cast<int64_t>(*part * 100)}});
}

}  // namespace rollcall
