// Only check_filter() makes a CheckedFilter, and only a CheckedFilter reaches a store.
// error: is private within this context
#include "model/filter.h"

rollcall::Result<rollcall::CheckedFilter> right(const rollcall::ResourceType& type,
                                                const rollcall::ParsedFilter& parsed) {
#ifdef MUST_NOT_COMPILE
    rollcall::CheckedFilter made_by_hand;
    return made_by_hand;
#else
    return rollcall::check_filter(type, parsed, rollcall::UnknownAttributes::Refuse, false);
#endif
}
