// The store on a SQLite file: one writer (writer.h), a reader for each reading thread (readers.h).
#pragma once

#include <memory>
#include <string>

#include "store/open.h"
#include "store/sqlite/readers.h"
#include "store/sqlite/writer.h"
#include "store/transfer/database.h"

namespace rollcall::store::sqlite {

// Opens, creates or migrates the file. Errors: see store/open.h.
Result<std::unique_ptr<Store>> open_file(const std::string& path, const OpenOptions& options);

// The same for copies. Errors: see transfer/database.h.
Result<std::unique_ptr<transfer::Database>> open_transfer(const std::string& path, transfer::Opening opening);

class SqliteStore final : public Store {
public:
    // The file exists and has the schema of this program. Throws StoreFailure.
    SqliteStore(const Connection::Settings& writer, const Connection::Settings& readers,
                const OpenOptions& options, const Sha256& instance_key);
    ~SqliteStore() override;

    Transaction& read() override;
    void end_read() override;
    void yield_read() override;
    void submit(Work work, Done done) override;
    void submit_alone(Work work, Done done) override;
    bool run_now(Work& work, Done& done) override;
    std::vector<Violation> verify(const Catalogue& catalogue) override;
    const Sha256& instance_key() const override { return instance_key_; }
    bool healthy() const override { return writer_.healthy(); }
    std::vector<std::pair<std::string, double>> statistics() const override;

private:
    const Sha256 instance_key_;
    const std::shared_ptr<CommitNews> news_;
    Survey survey_;
    std::shared_ptr<ReaderPool> readers_;
    Writer writer_;
};

}  // namespace rollcall::store::sqlite
