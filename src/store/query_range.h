// Comparisons of columns as SQL that every engine understands.
#pragma once

#include "store/query_lead.h"
#include "store/sql.h"

namespace rollcall::store {

// " > ?" and the like, to stand behind a column of milliseconds. Eq and Ne only of literals that have no
// more.
void write_instant_comparison(SqlText& out, const CheckedFilter::Node& node);
// The same to stand behind r.user_name_key and a blank, for what Index::UserName answers.
void write_name_range(SqlText& out, const CheckedFilter::Node& node);

}  // namespace rollcall::store
