// Who may be in a group: most users of most directories are in none, and the way through the index to find
// nothing is a tenth of a look-up. A bit for each hash of a member, set before the commit that makes it a
// member and never cleared, so that a bit that is not set says no for every snapshot there is.
//
// That holds for what the writer of this process has committed since a survey (survey.h) went over all
// memberships. What another process commits is in no bit until the next survey. The change counter of the log
// tells (commit_news.h): a reader that can see a commit of which the writer does not know asks the index.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "base/ids.h"
#include "store/sqlite/commit_news.h"

namespace rollcall::store::sqlite {

// Safe to use from any number of threads. 2 MiB.
class GroupedMembers {
public:
    explicit GroupedMembers(const CommitNews& news) : news_(news) {}

    // By the writer before its commit, and by a survey.
    void note(TenantId tenant, ResourceId member) {
        const uint64_t hash = hash_of(tenant, member);
        word(hash).fetch_or(bit(hash), std::memory_order_relaxed);
    }
    // `now`: the change counter, read after the caller's snapshot had begun.
    bool may_include(TenantId tenant, ResourceId member, uint32_t now) const {
        if (!knows(now)) return true;
        const uint64_t hash = hash_of(tenant, member);
        return (word(hash).load(std::memory_order_relaxed) & bit(hash)) != 0;
    }
    // A survey is worth its while.
    bool is_out_of_date() const { return surveyed_.load(std::memory_order_relaxed) != news_.others() + 1; }
    // By a survey: it has noted every membership, of a time when `others` was what the news said or later.
    void surveyed(uint64_t others) { surveyed_.store(others + 1, std::memory_order_release); }

private:
    static constexpr size_t kWords = size_t{1} << 18;

    // The order matters: whoever knows of the writer's last commit knows what it had noticed of others
    // before.
    bool knows(uint32_t now) const {
        return news_.covers(now) && surveyed_.load(std::memory_order_acquire) == news_.others() + 1;
    }
    // The second half of an id is random (UUID version 7), so there is little left to mix.
    static uint64_t hash_of(TenantId tenant, ResourceId member) {
        uint64_t random = 0;
        std::memcpy(&random, member.bytes.data() + 8, sizeof(random));
        return (random ^ static_cast<uint64_t>(tenant.value) * 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd;
    }
    static uint64_t bit(uint64_t hash) { return uint64_t{1} << (hash >> 58); }
    std::atomic<uint64_t>& word(uint64_t hash) const { return words_[hash >> 40 & (kWords - 1)]; }

    const CommitNews& news_;
    std::atomic<uint64_t> surveyed_{0};  // one more than news_.others() at the last survey; 0: none yet
    const std::unique_ptr<std::atomic<uint64_t>[]> words_ = std::make_unique<std::atomic<uint64_t>[]>(kWords);
};

}  // namespace rollcall::store::sqlite
