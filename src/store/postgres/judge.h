// What a filter or an order says of rows, decided by the program's own matches() and sort_value() on what the
// rows would be shown as: PostgreSQL folds letters and compares dates by other rules than SCIM.
#pragma once

#include <vector>

#include "store/postgres/candidates.h"
#include "store/postgres/connection.h"
#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {

class Judge {
public:
    // `candidates` says which parts of the filter are known. All must outlive it. `sort_path` null: not
    // sorted.
    Judge(PostgresTenant& tenant, const Query& query, const TypeFilter& type, const AttributePath* sort_path,
          const Catalogue& catalogue, const Candidates& candidates);

    struct Verdict {
        bool matches = false;
        SortValue value;
    };
    // Of rows with the columns of view_resource(). What is computed for them is read for all at once.
    std::vector<Verdict> judge(Rows& rows);

private:
    void note_needs();
    void note_need(const AttributePath& path);
    // The member that a node asks groups for, when it asks for no more.
    std::optional<ResourceId> member_in(int32_t node) const;
    Verdict judge(const RowView& row, const std::vector<ShownGroup>* groups,
                  const std::string* manager_display);
    std::optional<bool> known(int32_t node, ResourceId id);

    PostgresTenant& tenant_;
    const Query& query_;
    const TypeFilter& type_;
    const AttributePath* sort_path_;
    const Catalogue& catalogue_;
    const Candidates& candidates_;
    bool needs_groups_ = false;
    bool needs_members_ = false;
    bool needs_manager_ = false;
};

}  // namespace rollcall::store::postgres
