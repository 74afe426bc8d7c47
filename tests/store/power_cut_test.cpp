// P2: what was acknowledged survives a power cut. A disk that keeps only what was synced is cut at a random
// write or sync, in three ways; the file that is left must open, be sound, and have every acknowledged row.
// The canaries show that the test can see a loss.
//
//   ROLLCALL_SEED, ROLLCALL_CUTS (200)
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <semaphore>
#include <thread>

#include "fixture.h"
#include "shim_vfs.h"

namespace rollcall::store {
namespace {

uint64_t number_from(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

enum class Loss { AllUnsynced, SomeUnsynced, TornLast };

class CutDisk final : public Disk {
public:
    // The cut comes instead of the `cut_at`th write or sync. `powersafe`: a sector that is not written to is
    // safe even while its neighbours are, so that SQLite need not fill sectors up, and the store gathers writes.
    void begin(uint64_t cut_at, Loss loss, uint64_t seed, bool powersafe) {
        const std::lock_guard lock(mutex_);
        powersafe_ = powersafe;
        files_.clear();
        operations_ = 0;
        cut_at_ = cut_at;
        loss_ = loss;
        random_.seed(seed);
        dead_ = false;
    }
    bool dead() const { return dead_; }

    // Writes what the disk still had into `directory`.
    void restore(const TemporaryDirectory& directory) {
        const std::lock_guard lock(mutex_);
        cut();
        for (const auto& [path, file] : files_) {
            const auto name = std::filesystem::path(path).filename().string();
            std::ofstream(directory.file(name), std::ios::binary) << file.durable;
        }
    }

    int characteristics() const override { return powersafe_ ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0; }
    void opened(const std::string& path) override {
        const std::lock_guard lock(mutex_);
        if (dead_ || files_.contains(path)) return;
        std::ifstream in(path, std::ios::binary);
        files_[path].durable.assign(std::istreambuf_iterator<char>(in), {});
    }
    int write(const std::string& path, const void* data, int size, int64_t offset) override {
        const std::lock_guard lock(mutex_);
        if (over()) return SQLITE_IOERR_WRITE;
        // A disk may keep any part of a large write.
        constexpr size_t kPiece = 4'096;
        const std::string_view bytes(static_cast<const char*>(data), static_cast<size_t>(size));
        for (size_t at = 0; at < bytes.size(); at += kPiece) {
            files_[path].pending.push_back(
                {offset + static_cast<int64_t>(at), std::string(bytes.substr(at, kPiece))});
        }
        return SQLITE_OK;
    }
    int truncate(const std::string& path, int64_t size) override {
        const std::lock_guard lock(mutex_);
        if (over()) return SQLITE_IOERR_TRUNCATE;
        files_[path].pending.push_back({size, {}, true});
        return SQLITE_OK;
    }
    int sync(const std::string& path) override {
        const std::lock_guard lock(mutex_);
        if (over()) return SQLITE_IOERR_FSYNC;
        auto& file = files_[path];
        for (const auto& change : file.pending) apply(change, file.durable);
        file.pending.clear();
        return SQLITE_OK;
    }
    int remove(const std::string& path) override {
        const std::lock_guard lock(mutex_);
        if (over()) return SQLITE_IOERR_DELETE;
        files_.erase(path);
        return SQLITE_OK;
    }

private:
    struct Change {
        int64_t offset;
        std::string data;
        bool is_truncation = false;
    };
    struct File {
        std::string durable;
        std::vector<Change> pending;
    };

    static void apply(const Change& change, std::string& content) {
        const auto offset = static_cast<size_t>(change.offset);
        if (change.is_truncation) {
            content.resize(offset);
            return;
        }
        if (content.size() < offset + change.data.size()) content.resize(offset + change.data.size());
        content.replace(offset, change.data.size(), change.data);
    }

    bool over() {
        if (!dead_ && ++operations_ >= cut_at_) cut();
        return dead_;
    }

    // What had not been synced is lost, in part or torn.
    void cut() {
        if (dead_) return;
        dead_ = true;
        for (auto& [path, file] : files_) {
            auto& pending = file.pending;
            if (loss_ == Loss::SomeUnsynced) {
                for (const auto& change : pending) {
                    if (random_() % 2 == 0) apply(change, file.durable);
                }
            }
            if (loss_ == Loss::TornLast && !pending.empty()) {
                const size_t last = random_() % pending.size();
                for (size_t i = 0; i < last; ++i) apply(pending[i], file.durable);
                auto torn = pending[last];
                const size_t sectors = (torn.data.size() + 511) / 512;
                if (sectors > 0) torn.data.resize(std::min(torn.data.size(), (random_() % sectors) * 512));
                apply(torn, file.durable);
            }
            pending.clear();
        }
    }

    std::mutex mutex_;
    std::map<std::string, File> files_;
    uint64_t operations_ = 0;
    uint64_t cut_at_ = 0;
    Loss loss_ = Loss::AllUnsynced;
    std::mt19937_64 random_;
    std::atomic<bool> dead_{false};
    std::atomic<bool> powersafe_{true};
};

class PowerCuts : public testing::Test {
protected:
    PowerCuts() : vfs_("power-cut", disk_) {
        const auto store = open_store("sqlite:" + base_.file("store.db"));
        caller_ = make_tenant(*store, "acme");
        group_ = group_row("everybody");
        change(*store, caller_, [&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.insert(group_)); });
    }

    // How many acknowledged rows are missing after one cut.
    size_t cut_once(uint64_t seed, const OpenOptions& how) {
        std::mt19937_64 random(seed);
        const TemporaryDirectory live;
        const TemporaryDirectory after;
        std::filesystem::copy_file(base_.file("store.db"), live.file("store.db"));
        const bool powersafe = random() % 2 == 0;
        const uint64_t operations = powersafe ? 160 : 500;
        disk_.begin(random() % operations + 1, static_cast<Loss>(random() % 3), random(), powersafe);
        const auto acknowledged = write_until_dead(live.file("store.db"), how, random);
        disk_.restore(after);
        const auto store = open_store("sqlite:" + after.file("store.db"));
        EXPECT_EQ(print(store->verify(catalogue())), "");
        size_t missing = 0;
        for (const auto& id : acknowledged) {
            const bool is_there = reading(*store, caller_).find("User", id) &&
                                  reading(*store, caller_).has_member(group_.id, id);
            missing += is_there ? 0 : 1;
        }
        acknowledged_ += acknowledged.size();
        store->end_read();
        return missing;
    }

    size_t acknowledged_ = 0;

private:
    std::vector<ResourceId> write_until_dead(const std::string& path, OpenOptions options,
                                             std::mt19937_64& random) {
        options.vfs = "power-cut";
        std::vector<ResourceId> acknowledged;
        std::mutex mutex;
        auto store = open("sqlite:" + path, options);
        if (!store) return acknowledged;  // cut while it was being opened
        const bool with_checkpoints = random() % 2 == 0;
        for (int batch = 0; batch < 60 && !disk_.dead(); ++batch) {
            const auto jobs = static_cast<ptrdiff_t>(random() % 6 + 1);
            std::counting_semaphore<> finished(0);
            for (ptrdiff_t i = 0; i < jobs; ++i) {
                auto row = user_row("u" + std::to_string(random()));
                lengthen(row, random() % 5'000 + 1);
                const auto id = row.id;
                (*store)->submit(
                    [this, row](Transaction& transaction) {
                        auto& tenant = transaction.tenant(caller_);
                        EXPECT_TRUE(tenant.insert(row));
                        tenant.add_member(group_.id, member_of(row));
                        tenant.append_outbox({kNow, "create", "User", row.id, 1});
                        transaction.append_audit(caller_.tenant, {});
                    },
                    [&, id](std::exception_ptr failure) {
                        if (!failure) {
                            const std::lock_guard lock(mutex);
                            acknowledged.push_back(id);
                        }
                        finished.release();
                    });
            }
            for (ptrdiff_t i = 0; i < jobs; ++i) finished.acquire();
            if (with_checkpoints && random() % 4 == 0) checkpoint(path);
        }
        return acknowledged;
    }

    // Beside the writer, as its own does when the log is long.
    static void checkpoint(const std::string& path) {
        sqlite3* database = nullptr;
        if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, "power-cut") == SQLITE_OK) {
            sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        }
        sqlite3_close(database);
    }

    const TemporaryDirectory base_;
    CutDisk disk_;
    ShimVfs vfs_;
    Caller caller_;
    ResourceRow group_;
};

TEST_F(PowerCuts, P2_NothingAcknowledgedIsLost) {
    const uint64_t seed = number_from("ROLLCALL_SEED", std::random_device()());
    const uint64_t cuts = number_from("ROLLCALL_CUTS", 200);
    std::cout << "ROLLCALL_SEED=" << seed << " ROLLCALL_CUTS=" << cuts << std::endl;
    for (uint64_t i = 0; i < cuts; ++i) {
        ASSERT_EQ(cut_once(seed + i, {}), 0U) << "cut " << i;
    }
    std::cout << acknowledged_ << " acknowledged rows, none lost" << std::endl;
    EXPECT_GT(acknowledged_, cuts);
}

#ifdef ROLLCALL_CANARIES
TEST_F(PowerCuts, P2_CanarySynchronousNormalLoses) {
    size_t lost = 0;
    for (uint64_t i = 0; i < 20; ++i) lost += cut_once(1'000 + i, {.unsafe_synchronous_normal = true});
    EXPECT_GT(lost, 0U);
}

TEST_F(PowerCuts, P1_CanaryAnswerBeforeCommitLoses) {
    size_t lost = 0;
    for (uint64_t i = 0; i < 40; ++i) lost += cut_once(2'000 + i, {.unsafe_answer_before_commit = true});
    EXPECT_GT(lost, 0U);
}
#endif

}  // namespace
}  // namespace rollcall::store
