#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "commands.h"
#include "operator_job.h"
#include "quarantine.h"
#include "revocation_replay.h"
#include "store/transfer/copy.h"

namespace rollcall {
namespace {

using store::transfer::Copied;
using store::transfer::CopyOptions;
using store::transfer::Database;
using store::transfer::Opening;
using store::transfer::Stage;

// A line on standard error, once a second.
class Reporter {
public:
    explicit Reporter(Output output) : output_(output) {}

    void operator()(const Stage& stage) {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_) return;
        next_ = now + std::chrono::seconds(1);
        if (output_ == Output::Json) {
            const json::object line{{"stage", stage.is_check ? "checking" : "copying"},
                                    {"tenant", stage.tenant},
                                    {"tenants", stage.tenants},
                                    {"table", stage.table},
                                    {"rows", stage.rows},
                                    {"found", stage.found}};
            std::fprintf(stderr, "%s\n", to_json(json::value(line)).c_str());
            return;
        }
        std::string said = stage.is_check ? "checking: " : "copying: ";
        said += std::to_string(stage.rows) + " rows";
        if (stage.found > 0) said += ", " + std::to_string(stage.found) + " more were there already";
        said += "; tenant " + std::to_string(stage.tenant) + " of " + std::to_string(stage.tenants) +
                ", table " + std::string(stage.table);
        std::fprintf(stderr, "%s\n", said.c_str());
    }

private:
    const Output output_;
    std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
};

CopyOptions copy_options(const Settings& settings, const std::string& purpose, Output output) {
    CopyOptions options;
    options.purpose = purpose;
    options.report = Reporter(output);
    options.unsafe_drop_a_row = settings.unsafe == "drop-a-row";
    return options;
}

// 3 when the copy is another one than what was copied.
int tell_differences(const std::vector<std::string>& different) {
    constexpr size_t kNamed = 10;
    for (size_t i = 0; i < different.size() && i < kNamed; ++i)
        std::fprintf(stderr, "rollcall: not the same: %s\n", different[i].c_str());
    fail("What was read back is not what was written, in " + std::to_string(different.size()) +
         " places. The target is not usable; empty it and begin anew.");
    return 3;
}

json::object shown_copy(const Copied& copied) {
    json::object tables;
    for (const auto& [part, digest] : copied.digests) {
        auto& number = tables[store::transfer::tables()[part.table].name.text()];
        number = (number.is_int64() ? number.get_int64() : 0) + digest.rows();
    }
    return json::object{{"tenants", copied.tenants},
                        {"rows", copied.rows},
                        {"found", copied.found},
                        {"tables", std::move(tables)}};
}

// ------------------------------------------------------------------------------------------------ backup,
// restore

// What a finished backup says of itself, in the note of its mark.
constexpr std::string_view kMade = "made";
// When it was begun: it holds what was acknowledged before.
constexpr std::string_view kBegun = "begun";
// In the note of a database that was restored and compared: what is missing is the quarantine.
constexpr std::string_view kCompared = R"({"compared":true})";

// For people, and for the name of the file in a folder.
std::string file_in(const std::string& path, Instant now) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) return path;
    std::string time = format_instant(now).substr(0, 19);
    std::erase(time, ':');
    return (std::filesystem::path(path) / ("rollcall-" + time + "Z.backup")).string();
}

bool sync_path(const std::string& path) {
    const int file = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool done = ::fsync(file) == 0;
    ::close(file);
    return done;
}

// From here on it is a backup: on the disk, and under its name, which nobody had before.
Result<void> finish_file(const std::string& partial, const std::string& path) {
    const bool done = sync_path(partial) && ::link(partial.c_str(), path.c_str()) == 0 &&
                      ::unlink(partial.c_str()) == 0 &&
                      sync_path(std::filesystem::path(path).parent_path().string());
    if (done) return {};
    return failure(ErrorKind::Unavailable,
                   errno == EEXIST ? "The file is there already; nothing is overwritten. Name a new one."
                                   : "The backup cannot be put in its place; check the folder and its disk.");
}

Result<Copied> write_backup(const Settings& settings, Database& from, const std::string& partial,
                            Output output) {
    for (const auto* suffix : {"", "-wal", "-shm", "-journal"}) ::unlink((partial + suffix).c_str());
    const Instant begun = system_now();
    auto to = TRY(store::transfer::open_database("sqlite:" + partial, Opening::Backup));
    auto copied = TRY(store::transfer::copy(from, *to, copy_options(settings, "backup", output)));
    if (!copied.different.empty()) return copied;
    auto mark = *to->mark();
    mark.note = to_json(json::value(json::object{{kBegun, format_instant(begun)},
                                                 {kMade, format_instant(system_now())},
                                                 {"program", ROLLCALL_VERSION},
                                                 {"tenants", copied.tenants},
                                                 {"rows", copied.rows}}));
    to->set_mark(mark);
    return copied;
}

// A backup that is finished and holds what it held when it was made.
Result<void> check_backup(const Settings& settings, Database& backup, Output output,
                          std::vector<std::string>& different) {
    const auto mark = backup.mark();
    if (!mark || mark->purpose != "backup" || mark->note.find(kMade) == std::string::npos)
        return failure(ErrorKind::Conflict, "The file is no backup, or one that was not finished.");
    if (backup.has_audit_key() && settings.audit_key_file.empty()) {
        return failure(ErrorKind::Conflict,
                       "The audit trail of this backup has a key; name its file with audit_key_file.");
    }
    different = store::transfer::differences(backup.progress(),
                                             store::transfer::digests_of(backup, Reporter(output)));
    return {};
}

// From when on things may have happened that the backup does not have.
std::string begin_of(Database& backup) {
    const auto note = parse_json(backup.mark()->note);
    for (const auto name : {kBegun, kMade}) {
        const auto* time = note && note->is_object() ? note->get_object().if_contains(name) : nullptr;
        if (time != nullptr && time->is_string()) return std::string(time->get_string());
    }
    return "the backup was made";
}

// Copies, unless an earlier run has done that, and compares.
Result<Copied> fill_from_backup(const Settings& settings, Database& backup, Database& to, Output output) {
    const auto mark = to.mark();
    const auto compared = store::transfer::Mark{"restore", backup.identity(), std::string(kCompared)};
    if (mark == compared) return Copied{};
    auto copied = TRY(store::transfer::copy(backup, to, copy_options(settings, "restore", output)));
    if (copied.different.empty()) to.set_mark(compared);
    return copied;
}

}  // namespace

int copy_store(const Settings& settings, const std::string& from_url, const std::string& to_url,
               Output output) {
    auto from = store::transfer::open_database(from_url, Opening::Existing);
    if (!from) return fail("The source: " + from.error().detail);
    auto to = store::transfer::open_database(to_url, Opening::Create);
    if (!to) return fail("The target: " + to.error().detail);
    try {
        auto copied = store::transfer::copy(**from, **to, copy_options(settings, "copy", output));
        if (!copied) return fail(copied.error().detail);
        if (!copied->different.empty()) return tell_differences(copied->different);
        (*to)->release();
        if (output == Output::Json) {
            print(json::value(shown_copy(*copied)));
        } else {
            print_line("Copied and compared: " + std::to_string(copied->rows) + " rows of " +
                       std::to_string(copied->tenants) + " tenants" +
                       (copied->found > 0
                            ? ", of which " + std::to_string(copied->found) + " were there already."
                            : "."));
        }
        return 0;
    } catch (const store::StoreFailure& failure) {
        return fail(std::string("The copy is not finished; run the command again to go on: ") +
                    failure.what());
    }
}

int back_up_store(const Settings& settings, const std::string& target, Output output) {
    const std::string path = file_in(target, system_now());
    const std::string partial = path + ".partial";
    std::error_code error;
    if (std::filesystem::exists(path, error))
        return fail("The file is there already; nothing is overwritten. Name a new one.");
    auto from = store::transfer::open_database(settings.store, Opening::Existing);
    if (!from) return fail(from.error().detail);
    try {
        auto copied = write_backup(settings, **from, partial, output);
        if (!copied) return fail(copied.error().detail);
        if (!copied->different.empty()) return tell_differences(copied->different);
        if (auto done = finish_file(partial, path); !done) return fail(done.error().detail);
        if (output == Output::Json) {
            auto shown = shown_copy(*copied);
            shown["file"] = path;
            print(json::value(std::move(shown)));
        } else {
            print_line("Backed up and compared: " + std::to_string(copied->rows) + " rows of " +
                       std::to_string(copied->tenants) + " tenants, in " + path);
        }
        return 0;
    } catch (const store::StoreFailure& failure) {
        return fail(std::string("There is no backup: ") + failure.what());
    }
}

namespace {

// What becomes of a database that holds the rows of the backup: nothing in it is good, and what was taken
// back since is taken back.
struct Secured {
    access::Quarantined quarantined;
    std::optional<RevocationReport> report;  // nothing without a journal
};
Result<Secured> secure(const Settings& settings) {
    auto store = TRY(open_unfinished_store(settings));
    Secured secured{change_quarantine_of(*store, {}, true), std::nullopt};
    if (!settings.revocation_journal.empty())
        secured.report = TRY(replay_revocations(*store, settings, settings.revocation_journal));
    return secured;
}

void tell_restored(const Copied& copied, const Secured& secured, const std::string& begun, Output output) {
    if (output == Output::Json) {
        auto shown = shown_copy(copied);
        shown["quarantine"] = shown_quarantine(secured.quarantined, true);
        shown["backup_of"] = begun;
        if (secured.report) {
            shown["revocations"] = shown_report(*secured.report);
        } else {
            shown["revocations_unknown_since"] = begun;
        }
        return print(json::value(std::move(shown)));
    }
    print_line("Restored and compared: " + std::to_string(copied.rows) + " rows of " +
               std::to_string(copied.tenants) + " tenants.");
    print_line(quarantine_sentence(secured.quarantined, true));
    if (secured.report) {
        print_report(*secured.report);
    } else {
        print_line("No revocation journal was given: what was revoked, and who left, since " + begun +
                   " is unknown.");
    }
    print_line("Confirm what is still good with `rollcall credential confirm`.");
}

}  // namespace

int restore_store(const Settings& settings, const std::string& path, Output output) {
    if (!settings.revocation_journal.empty()) {
        if (auto journal = check_journal(settings.revocation_journal); !journal)
            return fail(journal.error().detail);
    }
    auto backup = store::transfer::open_database("sqlite:" + path, Opening::ReadOnly);
    if (!backup) return fail("The backup: " + backup.error().detail);
    try {
        std::vector<std::string> different;
        if (auto sound = check_backup(settings, **backup, output, different); !sound)
            return fail(sound.error().detail);
        if (!different.empty()) {
            fail("The backup is damaged: " + different.front() +
                 " is not what was written. Nothing was restored.");
            return 3;
        }
        auto to = store::transfer::open_database(settings.store, Opening::Create);
        if (!to) return fail(to.error().detail);
        auto copied = fill_from_backup(settings, **backup, **to, output);
        if (!copied) return fail(copied.error().detail);
        if (!copied->different.empty()) return tell_differences(copied->different);
        const auto secured = secure(settings);
        if (!secured)
            return fail("The restore is not finished; run the command again to go on: " +
                        secured.error().detail);
        (*to)->release();
        tell_restored(*copied, *secured, begin_of(**backup), output);
        return 0;
    } catch (const store::StoreFailure& failure) {
        return fail(std::string("The restore is not finished; run the command again to go on: ") +
                    failure.what());
    }
}

}  // namespace rollcall
