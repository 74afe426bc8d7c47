// The store on a PostgreSQL database, which any number of processes may share: writers (writer.h), a reader
// for each reading thread (readers.h). No state of a tenant is kept from one transaction to the next, so that
// what another process has committed holds from the next transaction on (P30).
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "store/open.h"
#include "store/postgres/readers.h"
#include "store/postgres/replica.h"
#include "store/postgres/writer.h"
#include "store/transfer/database.h"

namespace rollcall::store::postgres {

// Opens and migrates the database. Errors: see store/open.h.
Result<std::unique_ptr<Store>> open_database(const std::string& url, const OpenOptions& options);

// The same for copies. Errors: see transfer/database.h.
Result<std::unique_ptr<transfer::Database>> open_transfer(const std::string& url, transfer::Opening opening);

class PostgresStore final : public Store {
public:
    // The database has the schema of this program.
    PostgresStore(const Connection::Settings& settings, const OpenOptions& options,
                  const Sha256& instance_key);
    ~PostgresStore() override;

    Transaction& read() override { return readers_->mine().begin(); }
    void end_read() override;
    bool asks_together() const override { return true; }
    void foresee(std::span<const Foreseen> all) override { readers_->mine().foresee(all); }
    void end_foreseen() override;
    void yield_read() override {}
    Transaction* read_older() override { return replica_ ? replica_->read() : nullptr; }
    bool has_older() const override { return replica_ != nullptr; }
    void submit(Work work, Done done) override { submit_for(TenantId{}, std::move(work), std::move(done)); }
    void submit_alone(Work work, Done done) override {
        submit_alone_for({}, std::move(work), std::move(done));
    }
    void submit_for(Subject subject, Work work, Done done) override;
    void submit_alone_for(TenantId tenant, Work work, Done done) override;
    // A commit waits for the network and for another machine's disk: not on a thread that has connections.
    bool run_now(Work&, Done&) override { return false; }
    std::vector<Violation> verify(const Catalogue& catalogue) override;
    const Sha256& instance_key() const override { return instance_key_; }
    bool healthy() const override;
    std::vector<std::pair<std::string, double>> statistics() const override;

private:
    void make_month(Instant time);
    Writer& writer_of(TenantId tenant);

    const Connection::Settings settings_;
    const Sha256 instance_key_;
    std::mutex months_mutex_;
    std::set<int64_t> months_;  // that have a partition
    std::shared_ptr<ReaderPool> readers_;
    std::unique_ptr<Replica> replica_;
    std::vector<std::unique_ptr<Writer>> writers_;
};

}  // namespace rollcall::store::postgres
