// Lines of the revocation journal (T36): what takes access away from somebody or gives it back, kept in a
// folder outside the database, so that a restored backup can be told. Written by RevocationJournal, read when
// a backup is restored.
//
// One JSON object a line, in files named after the month they were written in, revocations-2026-11.jsonl,
// only ever appended to. No secrets, and no attribute values but the names of roles. A line may be there
// twice.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/events.h"

namespace rollcall {

// What stands for the tenant where there is none: operators.
inline constexpr std::string_view kInstallation = "(installation)";
// Not an event: everything up to this seq was looked at.
inline constexpr std::string_view kPosition = "position";
inline constexpr int64_t kJournalDays = 90;

struct JournalLine {
    Instant time;        // of the event
    std::string tenant;  // slug, or kInstallation
    int64_t seq = 0;     // of the event in the trail of the tenant ...
    Sha256 code{};  // ... and its code in the chain, which tells the trail from that of a restored database
    std::string action;  // as in the trail
    std::string target_type, target;
    std::optional<bool> active;     // of a user: whether it is, after the event; empty: as before
    std::string role_before, role;  // of a user whose role is another one now
    friend bool operator==(const JournalLine&, const JournalLine&) = default;
};

// Nothing for events that are not about access.
std::optional<JournalLine> journal_line(std::string_view tenant, const store::Event& event);
JournalLine position_line(std::string_view tenant, const store::EventHead& head, Instant now);

// With its line end.
std::string text_of(const JournalLine& line);
// Nothing for what is no line, such as one that was not written to its end.
std::optional<JournalLine> parse_journal_line(std::string_view text);

// "revocations-2026-11.jsonl"
std::string journal_file_name(Instant now);
// Everything in a file of this name was written more than kJournalDays ago. False for other names.
bool is_out_of_date(std::string_view file_name, Instant now);

// Paths of the files in the folder, the oldest first.
std::vector<std::string> journal_files(const std::string& folder);
// All lines in the order in which they were written. How many could not be read. Error: Unavailable.
Result<int64_t> read_journal(const std::string& folder, const std::function<void(JournalLine&&)>& visit);

// That there is a folder in which files can be made. Error: InvalidValue.
Result<void> check_journal_folder(const std::string& folder);

}  // namespace rollcall
