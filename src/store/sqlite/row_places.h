// Where in the table the rows of ids were last seen: half of the work of a look-up by id in a large directory
// is the way through the index to a random leaf of it. What is noted here is a guess. The row that is there
// says whether it is the one that was asked for, so nothing has to be kept in step with the file.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>

#include "base/ids.h"

namespace rollcall::store::sqlite {

// Safe to use from any number of threads. 16 MiB of address space, of which as much becomes memory as is
// used.
class RowPlaces {
public:
    RowPlaces() {
        if (slots_ == nullptr) throw std::bad_alloc();
    }

    // For whom a place is noted: another tenant's rows, or rows that are not shown to all, are not found
    // through it, nor in less or more time than ids that nobody has.
    struct Key {
        TenantId tenant;
        int64_t most_hidden;
        ResourceId id;
    };

    // More rows than this push each other out.
    static constexpr int64_t kWorthNoting = int64_t{1} << 20;

    // The `seq` at which the row was, or nothing.
    std::optional<int64_t> find(const Key& key) const {
        const uint64_t hash = hash_of(key);
        const uint64_t entry = slot(hash).load(std::memory_order_relaxed);
        if (entry == 0 || entry >> kSeqBits != hash >> kSeqBits) return std::nullopt;
        return static_cast<int64_t>(entry & kSeqMax);
    }
    void note(const Key& key, int64_t seq) {
        if (seq <= 0 || static_cast<uint64_t>(seq) > kSeqMax) return;
        const uint64_t hash = hash_of(key);
        slot(hash).store((hash >> kSeqBits) << kSeqBits | static_cast<uint64_t>(seq),
                         std::memory_order_relaxed);
    }
    // Nothing was found there: from now on it is looked for like an id that nobody has, which takes as long.
    void forget(const Key& key) { slot(hash_of(key)).store(0, std::memory_order_relaxed); }

private:
    using Slot = std::atomic<uint64_t>;  // the upper bits of the hash, then seq; 0: empty
    static_assert(Slot::is_always_lock_free && std::is_trivially_destructible_v<Slot>);
    static constexpr int kSeqBits = 40;
    static constexpr uint64_t kSeqMax = (uint64_t{1} << kSeqBits) - 1;
    static constexpr size_t kSlots = size_t{1} << 21;

    struct Free {
        void operator()(Slot* slots) const { std::free(slots); }
    };

    // The second half of an id is random (UUID version 7), so there is little left to mix.
    static uint64_t hash_of(const Key& key) {
        uint64_t random = 0;
        std::memcpy(&random, key.id.bytes.data() + 8, sizeof(random));
        const auto asker =
            static_cast<uint64_t>(key.tenant.value) * 2 + static_cast<uint64_t>(key.most_hidden);
        return (random ^ asker * 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd;
    }
    Slot& slot(uint64_t hash) const { return slots_.get()[hash >> 7 & (kSlots - 1)]; }

    // calloc: pages that nobody has written to cost nothing.
    std::unique_ptr<Slot, Free> slots_{static_cast<Slot*>(std::calloc(kSlots, sizeof(Slot)))};
};

}  // namespace rollcall::store::sqlite
