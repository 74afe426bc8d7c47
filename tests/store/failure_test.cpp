// P5, P7: failures of the disk. Every nth write, truncation or sync fails in turn, once or for good, with
// each error that a disk has. Nothing acknowledged may be missing, the database must be sound, and after an
// I/O error the writer must not go on as if nothing had been.
#include <thread>

#include "fixture.h"
#include "shim_vfs.h"

namespace rollcall::store {
namespace {

class FaultyDisk final : public Disk {
public:
    enum class Repeat { Once, ForGood };
    void arm(int64_t nth, int code, Repeat repeat) {
        code_ = code;
        repeat_ = repeat;
        left_ = nth;
        hit_ = false;
    }
    void mend() { left_ = -1; }
    bool hit() const { return hit_; }

    // With 0 the store writes page by page, as on a device that may damage the sectors beside one.
    int characteristics() const override { return characteristics_; }
    void set_characteristics(int characteristics) { characteristics_ = characteristics; }

    int write(const std::string&, const void*, int, int64_t) override { return next(SQLITE_IOERR_WRITE); }
    int truncate(const std::string&, int64_t) override { return next(SQLITE_IOERR_TRUNCATE); }
    int sync(const std::string&) override { return next(SQLITE_IOERR_FSYNC); }
    int remove(const std::string&) override { return SQLITE_OK; }

private:
    int next(int io_error) {
        if (left_ < 0) return SQLITE_OK;
        if (left_ > 0 && --left_ > 0) return SQLITE_OK;
        hit_ = true;
        if (repeat_ == Repeat::Once) left_ = -1;
        return code_ == SQLITE_FULL ? SQLITE_FULL : io_error;
    }

    std::atomic<int64_t> left_{-1};
    std::atomic<bool> hit_{false};
    std::atomic<int> characteristics_{SQLITE_IOCAP_POWERSAFE_OVERWRITE};
    int code_ = SQLITE_IOERR;
    Repeat repeat_ = Repeat::Once;
};

class Failures : public testing::Test {
protected:
    Failures() : vfs_("faulty", disk_) {}

    struct Outcome {
        std::vector<ResourceId> acknowledged;
        size_t refused = 0;
    };
    // Some changes of every kind, one job each.
    Outcome change_things(Store& store, const Caller& caller, const ResourceRow& group) {
        Outcome outcome;
        for (int i = 0; i < 8; ++i) {
            auto row = user_row("u" + std::to_string(i));
            lengthen(row, 3'000);
            try {
                change(store, caller, [&](TenantTransaction& tenant) {
                    EXPECT_TRUE(tenant.insert(row));
                    tenant.add_member(group.id, member_of(row));
                    if (i % 3 == 2) {
                        EXPECT_TRUE(tenant.erase("User", last_, kNow));
                    }
                    tenant.append_outbox({kNow, "create", "User", row.id, 1});
                });
                if (i % 3 == 2) std::erase(outcome.acknowledged, last_);
                outcome.acknowledged.push_back(row.id);
                last_ = row.id;
            } catch (const StoreFailure&) {
                ++outcome.refused;
                // What the erased one has become is not known.
                if (i % 3 == 2) std::erase(outcome.acknowledged, last_);
            }
        }
        return outcome;
    }

    // False when the nth operation never came.
    bool fail_at(int64_t nth, int code, FaultyDisk::Repeat repeat) {
        const TemporaryDirectory directory;
        const auto path = directory.file("store.db");
        const auto group = group_row("everybody");
        Outcome outcome;
        Caller caller;
        {
            OpenOptions options;
            options.vfs = "faulty";
            const auto store = open_store("sqlite:" + path, options);
            caller = make_tenant(*store, "acme");
            change(*store, caller, [&](TenantTransaction& tenant) {
                EXPECT_TRUE(tenant.insert(group));
                const auto row = user_row("first");
                EXPECT_TRUE(tenant.insert(row));
                last_ = row.id;
            });
            disk_.arm(nth, code, repeat);
            outcome = change_things(*store, caller, group);
            if (disk_.hit()) {
                EXPECT_GT(outcome.refused, 0U) << nth;
                if (code != SQLITE_FULL) {
                    EXPECT_FALSE(store->healthy()) << nth;
                } else if (repeat == FaultyDisk::Repeat::Once) {
                    EXPECT_EQ(outcome.refused, 1U) << nth;
                }
                EXPECT_TRUE(reading(*store, caller).find("Group", group.id));  // reads go on
            }
            store->end_read();
            if (repeat == FaultyDisk::Repeat::Once) disk_.mend();
        }
        const bool hit = disk_.hit();
        disk_.mend();
        const auto store = open_store("sqlite:" + path);
        EXPECT_EQ(print(store->verify(catalogue())), "") << nth;
        for (const auto& id : outcome.acknowledged) {
            EXPECT_TRUE(reading(*store, caller).find("User", id)) << nth << " code " << code;
        }
        store->end_read();
        return hit && outcome.refused > 0;
    }

    FaultyDisk disk_;
    ShimVfs vfs_;
    ResourceId last_;
};

TEST_F(Failures, P5_EveryWriteMayFail) {
    for (const int characteristics : {SQLITE_IOCAP_POWERSAFE_OVERWRITE, 0}) {
        disk_.set_characteristics(characteristics);
        for (const int code : {SQLITE_IOERR, SQLITE_FULL}) {
            for (const auto repeat : {FaultyDisk::Repeat::Once, FaultyDisk::Repeat::ForGood}) {
                int64_t nth = 1;
                while (nth < 2'000 && fail_at(nth, code, repeat)) ++nth;
                EXPECT_GT(nth, characteristics != 0 ? 15 : 30) << "the changes must write something";
            }
        }
    }
}

TEST_F(Failures, P5_AfterAnIoErrorNothingIsTriedAgain) {
    const TemporaryDirectory directory;
    OpenOptions options;
    options.vfs = "faulty";
    const auto store = open_store("sqlite:" + directory.file("store.db"), options);
    const auto caller = make_tenant(*store, "acme");
    disk_.arm(1, SQLITE_IOERR, FaultyDisk::Repeat::Once);
    const auto attempt = [&] {
        try {
            change(*store, caller, [&](TenantTransaction& tenant) { (void)tenant.insert(user_row("x")); });
        } catch (const StoreFailure& failure) {
            return failure.cause == StoreFailure::Cause::Lost;
        }
        return false;
    };
    EXPECT_TRUE(attempt());
    EXPECT_TRUE(disk_.hit());
    EXPECT_FALSE(store->healthy());
    EXPECT_TRUE(attempt());  // the disk works again, but what it holds is not known
    store->end_read();
}

TEST_F(Failures, P7_AFullDiskIsWaitedFor) {
    const TemporaryDirectory directory;
    OpenOptions options;
    options.vfs = "faulty";
    const auto store = open_store("sqlite:" + directory.file("store.db"), options);
    const auto caller = make_tenant(*store, "acme");
    const auto row = user_row("ann");
    change(*store, caller, [&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.insert(row)); });
    disk_.arm(0, SQLITE_FULL, FaultyDisk::Repeat::ForGood);
    for (int i = 0; i < 5; ++i) {
        try {
            change(*store, caller, [&](TenantTransaction& tenant) { (void)tenant.insert(user_row("x")); });
            FAIL() << "a full disk took a row";
        } catch (const StoreFailure& failure) {
            EXPECT_EQ(failure.cause, StoreFailure::Cause::Full);
        }
        EXPECT_FALSE(store->healthy());
        EXPECT_TRUE(reading(*store, caller).find("User", row.id));
    }
    disk_.mend();
    // Health returns although nobody writes.
    for (int i = 0; i < 50 && !store->healthy(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(store->healthy());
    change(*store, caller, [&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.insert(user_row("x"))); });
    EXPECT_EQ(print(store->verify(catalogue())), "");
}

}  // namespace
}  // namespace rollcall::store
