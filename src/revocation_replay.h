// What was taken back after a backup is taken back in the database restored from it, as the revocation
// journal says (T36), and what came of it is told.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "settings.h"
#include "store/store.h"

namespace rollcall {

struct RevocationReport {
    struct Row {
        std::string tenant;  // slug, or "(installation)"
        std::string
            type;  // "credential", "service-key", "key", "issuer", "openid", "Group", "User", "operator" ...
        std::string id;
        std::string name;  // for people: its name, or the userName of a member
        std::string what;  // "revoked", "deactivated"; of what was not applied: why, a sentence
        Instant time;      // of the last event about it
    };
    int64_t lines = 0;       // about what happened after the backup
    int64_t unreadable = 0;  // lines that are no lines; one that was not written to its end is no loss
    Instant until;           // time of the latest line there is
    std::vector<Row> revoked;
    std::vector<Row> members;  // who left, or has a lower role now
    std::vector<Row> not_applied;
};

// Reads the journal in `folder` and does what happened after the last event that the database knows. Every
// change is the operator's, with its event; changes that were done already stay as they are, so that the call
// may be repeated, with the same report. Members are deactivated through directory/, whose rules hold; the
// guard against mass changes does not count them. Errors: Unavailable (a folder without a journal, schemas
// that do not fit). Throws StoreFailure.
Result<RevocationReport> replay_revocations(store::Store& store, const Settings& settings,
                                            const std::string& folder);

// That the folder holds a journal. Error: Unavailable.
Result<void> check_journal(const std::string& folder);

json::object shown_report(const RevocationReport& report);
void print_report(const RevocationReport& report);

}  // namespace rollcall
