#include "revocation_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "base/log.h"

namespace rollcall {
namespace {

constexpr std::chrono::milliseconds kPause(1'000);
constexpr int kPauseFactor = 10;           // looking takes a tenth of the time at most
constexpr int64_t kEventsAtOnce = 10'000;  // in one view of the store, and one write
constexpr int64_t kUnwrittenMax = 1'000;   // events that a new start would look at again, of each tenant
constexpr int64_t kNothingWritten = -kUnwrittenMax;
constexpr int64_t kToldEveryMs = 60'000;
constexpr int64_t kDayMs = 86'400'000;
constexpr auto kLastLook = std::chrono::seconds(5);

[[noreturn]] void fail_with(const std::string& what) {
    throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

bool is_same(int file, const struct stat& there) {
    struct stat open{};
    return ::fstat(file, &open) == 0 && open.st_dev == there.st_dev && open.st_ino == there.st_ino;
}

std::string name_of(const Tenant& tenant) {
    return tenant.id.value == 0 ? std::string(kInstallation) : tenant.slug;
}

store::EventHead head_at(store::TenantTransaction& door, int64_t seq) {
    store::EventHead found;
    door.visit_events(seq - 1, [&](const store::Event& event) {
        if (event.seq == seq) found = {event.seq, event.code};
        return false;
    });
    return found;
}

bool is_same(const store::EventHead& one, const store::EventHead& other) {
    return one.seq == other.seq && one.code == other.code;
}

}  // namespace

JournalFolder::JournalFolder(std::string path) : path_(std::move(path)) {
    folder_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_ < 0) fail_with("the folder cannot be opened");
    if (::flock(folder_, LOCK_EX | LOCK_NB) == 0) return;
    const int why = errno;
    ::close(folder_);
    errno = why;
    if (why == EWOULDBLOCK) throw std::runtime_error("another process writes into the folder");
    fail_with("the folder cannot be locked");
}

JournalFolder::~JournalFolder() {
    close_file();
    ::close(folder_);
}

void JournalFolder::close_file() {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
}

bool JournalFolder::is_there() const {
    struct stat folder{}, file{};
    if (::stat(path_.c_str(), &folder) != 0 || !is_same(folder_, folder)) return false;
    return file_ < 0 || (::fstatat(folder_, name_.c_str(), &file, 0) == 0 && is_same(file_, file));
}

bool JournalFolder::begins_file(Instant now) const {
    const auto name = journal_file_name(now);
    struct stat file{};
    return ::fstatat(folder_, name.c_str(), &file, 0) != 0 || file.st_size == 0;
}

void JournalFolder::open_file(const std::string& name) {
    close_file();
    file_ = ::openat(folder_, name.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file_ < 0) fail_with("the file cannot be opened");
    name_ = name;
    struct stat file{};
    if (::fstat(file_, &file) != 0 || ::fsync(folder_) != 0) fail_with("the file cannot be made");
    char last = '\n';
    if (file.st_size > 0 && ::pread(file_, &last, 1, file.st_size - 1) != 1)
        fail_with("the file cannot be read");
    is_torn_ = last != '\n';
}

void JournalFolder::begin(Instant now) {
    if (const auto name = journal_file_name(now); file_ < 0 || name != name_) open_file(name);
}

void JournalFolder::append(const std::string& text, Instant now) {
    begin(now);
    // A line that was not written to its end stays what it is.
    const std::string all = (std::exchange(is_torn_, true) ? "\n" : "") + text;
    for (size_t done = 0; done < all.size();) {
        const auto written = ::write(file_, all.data() + done, all.size() - done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) fail_with("the file cannot be written to");
        done += static_cast<size_t>(written);
    }
    if (::fsync(file_) != 0) fail_with("the file cannot be written to");
    is_torn_ = false;
}

void JournalFolder::remove_old(Instant now) const {
    for (const auto& path : journal_files(path_)) {
        const auto name = std::filesystem::path(path).filename().string();
        if (is_out_of_date(name, now)) ::unlinkat(folder_, name.c_str(), 0);
    }
}

RevocationJournal::RevocationJournal(store::Store& store, std::string folder, Clock clock)
    : store_(store), path_(std::move(folder)), clock_(std::move(clock)), thread_([this] { run(); }) {}

RevocationJournal::~RevocationJournal() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

std::vector<std::pair<std::string, double>> RevocationJournal::gauges() const {
    return {{"revocation_journal_failing", is_failing_ ? 1 : 0},
            {"revocation_journal_last_success_seconds", static_cast<double>(succeeded_ms_ / 1'000)}};
}

bool RevocationJournal::is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void RevocationJournal::open_folder() {
    folder_.reset();
    auto opened = std::make_unique<JournalFolder>(path_);
    opened->begin(clock_());
    in_folder_.clear();
    const auto read =
        read_journal(path_, [&](JournalLine&& line) { in_folder_[line.tenant] = {line.seq, line.code}; });
    if (!read) throw std::runtime_error(read.error().detail);
    places_.clear();
    is_fresh_ = true;
    folder_ = std::move(opened);
}

// The last event that both the journal and the database have: up to there they are the same, since events are
// chained, and what came behind it in the journal is of a database that is no more.
store::EventHead RevocationJournal::last_in_common(const std::string& tenant, store::TenantTransaction& door,
                                                   const store::EventHead& head) const {
    std::multimap<int64_t, Sha256> lines;
    const auto read = read_journal(path_, [&](JournalLine&& line) {
        if (line.tenant == tenant && line.seq > 0 && line.seq <= head.seq) lines.emplace(line.seq, line.code);
    });
    if (!read) throw std::runtime_error(read.error().detail);
    store::EventHead found;
    if (lines.empty()) return found;
    door.visit_events(lines.begin()->first - 1, [&](const store::Event& event) {
        const auto [begin, end] = lines.equal_range(event.seq);
        const bool is_in_both =
            std::any_of(begin, end, [&](const auto& line) { return line.second == event.code; });
        if (is_in_both) found = {event.seq, event.code};
        return true;
    });
    return found;
}

void RevocationJournal::find_place(const std::string& tenant, store::TenantTransaction& door,
                                   const store::EventHead& head, Places& places) const {
    const auto known = places.find(tenant);
    const auto written = in_folder_.find(tenant);
    store::EventHead last;
    if (known != places.end()) {
        last = known->second.looked;
    } else if (written != in_folder_.end()) {
        last = written->second;
    }
    const bool is_first = known == places.end() && last.seq > 0 && last.seq < head.seq;
    const bool is_other = last.seq > head.seq || (last.seq == head.seq && last.code != head.code) ||
                          (is_first && !is_same(head_at(door, last.seq), last));
    if (!is_other) {
        places.try_emplace(tenant, Place{last, last.seq});
        return;
    }
    const auto from = last_in_common(tenant, door, head);
    log(LogLevel::Warning, "revocation journal: the trail is another one, the database was restored",
        {{"tenant", tenant}, {"was_at", last.seq}, {"goes_on_after", from.seq}});
    // Written again even where nothing is about access: the last line in the folder has to be of this trail.
    places[tenant] = {from, kNothingWritten};
}

// False: there are more events than are `left` to look at.
bool RevocationJournal::follow(const Tenant& tenant, store::TenantTransaction& door, Places& places,
                               int64_t& left, std::string& text) const {
    const std::string name = name_of(tenant);
    const auto head = door.event_head();
    find_place(name, door, head, places);
    auto& place = places[name];
    const Instant oldest{clock_().ms - kJournalDays * kDayMs};
    if (place.looked.seq < head.seq && left > 0) {
        door.visit_events(place.looked.seq, [&](const store::Event& event) {
            place.looked = {event.seq, event.code};
            if (const auto line = event.time < oldest ? std::nullopt : journal_line(name, event)) {
                text += text_of(*line);
                place.written = event.seq;
            }
            return --left > 0 && event.seq < head.seq;
        });
    }
    if (place.looked.seq - place.written >= kUnwrittenMax) {
        text += text_of(position_line(name, place.looked, clock_()));
        place.written = place.looked.seq;
    }
    return place.looked.seq >= head.seq;
}

// Only what is on the disk counts as looked at.
void RevocationJournal::write(std::string text, Places places, bool is_last) {
    const Instant now = clock_();
    const bool begins_file = folder_->begins_file(now);
    // Every file says how far each tenant was, so that older ones are not needed to go on.
    for (auto& [name, place] : places) {
        const bool is_wanted = begins_file || (is_last && place.written < place.looked.seq);
        if (!is_wanted || place.looked.seq == 0) continue;
        text += text_of(position_line(name, place.looked, now));
        place.written = place.looked.seq;
    }
    if (!text.empty()) folder_->append(text, now);
    places_ = std::move(places);
    if (begins_file || is_fresh_) folder_->remove_old(now);
    is_fresh_ = false;
}

void RevocationJournal::look(bool is_last) {
    if (!folder_ || !folder_->is_there()) open_folder();
    const auto deadline = std::chrono::steady_clock::now() + kLastLook;
    for (bool is_at_end = false; !is_at_end;) {
        is_at_end = true;
        int64_t left = kEventsAtOnce;
        std::string text;
        Places places = places_;
        auto& view = store_.read();
        auto tenants = view.tenants();
        tenants.emplace_back();
        for (const auto& tenant : tenants) {
            auto& door = view.tenant(Caller::operator_of(tenant.id, tenant.slug));
            is_at_end &= follow(tenant, door, places, left, text);
        }
        store_.end_read();
        const bool is_late = is_last ? std::chrono::steady_clock::now() > deadline : is_stopping();
        write(std::move(text), std::move(places), is_last && (is_at_end || is_late));
        if (is_late) return;
    }
}

// An old view would keep the log of the store from starting over, for as long as the folder fails.
void RevocationJournal::give_view_up() noexcept {
    try {
        store_.end_read();
    } catch (const std::exception& error) {
        log(LogLevel::Warning, "revocation journal", {{"reason", error.what()}});
    }
}

void RevocationJournal::look_and_tell(bool is_last) {
    const Instant now = clock_();
    std::string why;
    try {
        look(is_last);
        if (is_failing_.exchange(false)) log(LogLevel::Info, "revocation journal is written again");
        succeeded_ms_ = now.ms;
        told_ = {};
        return;
    } catch (const std::exception& error) {
        why = error.what();
    }
    give_view_up();
    is_failing_ = true;
    if (now.ms - told_.ms < kToldEveryMs) return;
    told_ = now;
    log(LogLevel::Error, "revocation journal cannot be written", {{"reason", why}});
}

void RevocationJournal::run() {
    std::unique_lock lock(mutex_);
    for (bool is_last = false; !is_last;) {
        is_last = stopping_;
        lock.unlock();
        const auto begun = std::chrono::steady_clock::now();
        look_and_tell(is_last);
        const auto took =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
        lock.lock();
        if (!is_last)
            wake_.wait_for(lock, std::max(kPause, took * kPauseFactor), [this] { return stopping_; });
    }
}

}  // namespace rollcall
