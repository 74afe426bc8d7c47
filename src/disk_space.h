// How full the file system is that holds the database (T70): rows of the audit trail are kept, and a full disk stops
// every change.
#pragma once

#include <optional>
#include <string>

namespace rollcall {

constexpr double kDiskAlarm = 0.8;

// The part of it that is in use, 0 to 1, as seen by who may not use what is reserved; none for a store that is not a
// file here.
std::optional<double> disk_in_use(const std::string& store_url);

// A warning in the log when more is in use than kDiskAlarm.
void warn_of_full_disk(const std::string& store_url);

}  // namespace rollcall
