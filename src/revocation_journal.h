// Follows the trail of changes of all tenants and writes what is about access into the revocation journal
// (revocation_lines.h, T36), on a thread of its own, about once a second. Requests never wait for it: what it
// cannot write now, it writes later, since the trail keeps everything.
//
// Where to go on is what the folder says, so that nothing is missed that was changed while no server ran. One
// process writes into a folder; another one waits until it may.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "revocation_lines.h"
#include "store/store.h"

namespace rollcall {

// The folder while it is written to; every member throws std::runtime_error when the folder or its disk
// fails.
class JournalFolder {
public:
    // Takes the folder for this process.
    explicit JournalFolder(std::string path);
    ~JournalFolder();
    JournalFolder(const JournalFolder&) = delete;
    JournalFolder& operator=(const JournalFolder&) = delete;

    // Makes the file of the month where there is none.
    void begin(Instant now);
    // False: the folder, or the file that is written to, is not there any more.
    bool is_there() const;
    // True when the next text begins a new file.
    bool begins_file(Instant now) const;
    // Appends whole lines, which are on the disk then.
    void append(const std::string& text, Instant now);
    // Removes files that are out of date.
    void remove_old(Instant now) const;

private:
    void open_file(const std::string& name);
    void close_file();

    const std::string path_;
    int folder_ = -1;
    int file_ = -1;
    std::string name_;
    bool is_torn_ = false;  // its last line may have no end
};

class RevocationJournal {
public:
    RevocationJournal(store::Store& store, std::string folder, Clock clock);
    ~RevocationJournal();  // after a last look
    RevocationJournal(const RevocationJournal&) = delete;
    RevocationJournal& operator=(const RevocationJournal&) = delete;

    // For /metrics: whether the last look failed, and when the last one succeeded.
    std::vector<std::pair<std::string, double>> gauges() const;

private:
    // How far the trail of a tenant was looked at, and how far the folder says so.
    struct Place {
        store::EventHead looked;
        int64_t written = 0;
    };
    using Places = std::map<std::string, Place>;

    void run();
    bool is_stopping();
    void give_view_up() noexcept;
    void look_and_tell(bool is_last);
    void look(bool is_last);
    void open_folder();
    bool follow(const Tenant& tenant, store::TenantTransaction& door, Places& places, int64_t& left,
                std::string& text) const;
    void find_place(const std::string& tenant, store::TenantTransaction& door, const store::EventHead& head,
                    Places& places) const;
    store::EventHead last_in_common(const std::string& tenant, store::TenantTransaction& door,
                                    const store::EventHead& head) const;
    void write(std::string text, Places places, bool is_last);

    store::Store& store_;
    const std::string path_;
    const Clock clock_;
    std::unique_ptr<JournalFolder> folder_;
    std::map<std::string, store::EventHead> in_folder_;  // the last line of each tenant, when it was opened
    Places places_;                                      // of tenants that were looked at since
    bool is_fresh_ = false;                              // nothing was written since it was opened
    Instant told_;                                       // when a failure was last written to the log
    std::atomic<bool> is_failing_ = false;
    std::atomic<int64_t> succeeded_ms_ = 0;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace rollcall
