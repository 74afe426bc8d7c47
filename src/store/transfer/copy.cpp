#include "store/transfer/copy.h"

#include <algorithm>
#include <set>

namespace rollcall::store::transfer {
namespace {

constexpr size_t kBatchRows = 5'000;
constexpr size_t kBatchBytes = 4 << 20;

std::unexpected<Error> refusal(std::string detail) {
    return failure(ErrorKind::Conflict, std::move(detail));
}

// Of the table "counter", without what an engine keeps for itself.
void read_part(Database& database, const Part& part, const std::function<bool(std::string_view row)>& visit) {
    if (tables()[part.table].name.text() != "counter") return database.read(part, visit);
    database.read(part, [&](std::string_view row) {
        return is_counter_of_engine(RowReader(row).next().bytes) || visit(row);
    });
}

std::string shown(const Part& part) {
    const Table& table = tables()[part.table];
    std::string text(table.name.text());
    if (table.of == Table::Of::Tenant) text += " of tenant " + std::to_string(part.tenant);
    return text;
}

// In the order in which they are filled: what is of the installation, then one tenant after the other.
void for_each_part(const std::vector<int64_t>& tenants,
                   const std::function<void(const Part&, size_t tenant)>& visit) {
    for (size_t table = 0; table < tables().size(); ++table) {
        if (tables()[table].of == Table::Of::Installation) visit({table, 0}, 0);
    }
    for (size_t tenant = 0; tenant < tenants.size(); ++tenant) {
        for (size_t table = 0; table < tables().size(); ++table) {
            if (tables()[table].of == Table::Of::Tenant) visit({table, tenants[tenant]}, tenant);
        }
    }
}

class Copy {
public:
    Copy(Database& from, Database& to, const CopyOptions& options)
        : from_(from), to_(to), options_(options) {}

    Result<Copied> run() {
        const auto mark = from_.mark();
        if (mark && !(mark->purpose == "backup" && options_.purpose == "restore"))
            return refusal("The source is no store: " + refusal_of(mark->purpose));
        from_.begin_reading();
        TRY_VOID(begin());
        const auto tenants = from_.tenants();
        stage_.tenants = tenants.size() - 1;
        copied_.tenants = static_cast<int64_t>(stage_.tenants);
        Result<void> result;
        for_each_part(tenants, [&](const Part& part, size_t tenant) {
            stage_.tenant = tenant;
            stage_.table = tables()[part.table].name.text();
            if (result) result = copy_part(part);
        });
        from_.end_reading();
        TRY_VOID(std::move(result));
        to_.settle(tenants);
        copied_.rows = stage_.rows + stage_.found;
        copied_.found = stage_.found;
        copied_.different = differences(copied_.digests, digests_of(to_, options_.report));
        return std::move(copied_);
    }

private:
    Result<void> begin() {
        const Mark wanted{options_.purpose, from_.identity(), "{}"};
        const auto mark = to_.mark();
        if (mark && *mark != wanted) {
            return refusal(
                "The target was begun as the target of another copy; empty it, or name a new one.");
        }
        if (!mark && !to_.is_empty())
            return refusal("The target holds data already; nothing is overwritten. Name a new one.");
        if (!mark) to_.begin(wanted);
        progress_ = to_.progress();
        return {};
    }

    Result<void> copy_part(const Part& part) {
        for (;;) {
            const Digest known = progress_.contains(part) ? progress_.at(part) : Digest();
            const auto digest = TRY(go_on(part, known));
            if (digest) {
                if (digest->rows() > 0) copied_.digests.emplace(part, *digest);
                return {};
            }
            if (tables()[part.table].growth == Table::Growth::AtTheEnd) {
                return refusal("The target holds other rows than the source (" + shown(part) +
                               "), which are only ever added to; empty it, or name a new one.");
            }
            clear(part);
        }
    }

    // Copies what is behind the rows that are `known` to be there. Nothing: those are not the first ones of
    // the source.
    Result<std::optional<Digest>> go_on(const Part& part, const Digest& known) {
        Digest seen, written = known;
        Batch batch;
        bool same = true, alone = true;
        const auto flush = [&] {
            if (batch.size() == 0) return;
            alone = alone && to_.write(part, batch, written, seen);
            stage_.rows += static_cast<int64_t>(batch.size());
            written = seen;
            batch.clear();
            report();
        };
        read_part(from_, part, [&](std::string_view row) {
            const bool is_new = seen.rows() >= known.rows();
            seen.add(row);
            if (!is_new) {
                if (seen.rows() == known.rows()) same = seen == known;
                report();
                return same;
            }
            if (!drops(part)) batch.add(row);
            if (batch.size() >= kBatchRows || batch.bytes() >= kBatchBytes) flush();
            return alone;
        });
        if (!same || seen.rows() < known.rows()) return std::optional<Digest>();
        flush();
        if (!alone) return refusal("Somebody else writes into the target, too; end one of the two.");
        stage_.found += known.rows();
        return std::optional(seen);
    }

    // With everything that refers to it.
    void clear(const Part& part) {
        std::vector<Part> parts;
        for (size_t table = 0; table < tables().size(); ++table) {
            if (tables()[table].needs == tables()[part.table].name.text())
                parts.push_back({table, part.tenant});
        }
        parts.push_back(part);
        to_.clear(parts);
        for (const auto& one : parts) progress_.erase(one);
    }

    bool drops(const Part& part) {
        const bool drops =
            options_.unsafe_drop_a_row && !dropped_ && tables()[part.table].name.text() == "resource";
        dropped_ = dropped_ || drops;
        return drops;
    }

    void report() {
        if (options_.report) options_.report(stage_);
    }

    Database& from_;
    Database& to_;
    const CopyOptions& options_;
    Progress progress_;
    Stage stage_;
    Copied copied_;
    bool dropped_ = false;
};

}  // namespace

Result<Copied> copy(Database& from, Database& to, const CopyOptions& options) {
    return Copy(from, to, options).run();
}

Progress digests_of(Database& database, const std::function<void(const Stage&)>& report) {
    Progress digests;
    Stage stage{.is_check = true};
    database.begin_reading();
    const auto tenants = database.tenants();
    stage.tenants = tenants.size() - 1;
    for_each_part(tenants, [&](const Part& part, size_t tenant) {
        stage.tenant = tenant;
        stage.table = tables()[part.table].name.text();
        Digest digest;
        read_part(database, part, [&](std::string_view row) {
            digest.add(row);
            ++stage.rows;
            if (report) report(stage);
            return true;
        });
        if (digest.rows() > 0) digests.emplace(part, digest);
    });
    database.end_reading();
    return digests;
}

std::vector<std::string> differences(const Progress& wanted, const Progress& there) {
    std::set<Part> parts;
    for (const auto& [part, digest] : wanted) {
        const auto found = there.find(part);
        if (found == there.end() || found->second != digest) parts.insert(part);
    }
    for (const auto& [part, digest] : there) {
        if (!wanted.contains(part)) parts.insert(part);
    }
    std::vector<std::string> texts;
    std::ranges::transform(parts, std::back_inserter(texts), shown);
    return texts;
}

std::string refusal_of(std::string_view purpose) {
    if (purpose == "backup")
        return "The file is a backup; bring it into a database with `rollcall store restore`.";
    if (purpose == "restore")
        return "A restore into this database was not finished; run `rollcall store restore` again.";
    return "A copy into this database was not finished; run `rollcall store copy` again.";
}

}  // namespace rollcall::store::transfer
