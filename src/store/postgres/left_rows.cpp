#include "store/postgres/left_rows.h"

#include <algorithm>

namespace rollcall::store::postgres {
namespace {

template <class Row, class One, class Of>
std::vector<std::pair<TenantId, std::vector<Row>>> by_tenant(const std::vector<One>& all, Of of) {
    std::vector<std::pair<TenantId, std::vector<Row>>> sorted;
    for (const auto& one : all) {
        auto found = std::ranges::find(sorted, one.tenant, [](const auto& part) { return part.first; });
        if (found == sorted.end()) found = sorted.insert(found, {one.tenant, {}});
        found->second.push_back(of(one));
    }
    return sorted;
}

}  // namespace

void LeftRows::add(TenantId tenant, const AuditRow& row) {
    requests_.push_back({tenant, row, std::string(row.method), std::string(row.path),
                         std::string(row.address), std::string(row.channel), std::string(row.target),
                         std::string(row.note)});
}

void LeftRows::add(TenantId tenant, const OutboxRow& row) {
    changes_.push_back(
        {tenant, row.time, std::string(row.event), std::string(row.type), row.id, row.version});
}

void LeftRows::cut(Place at) {
    const auto cut_one = [](auto& rows, size_t length) {
        rows.erase(rows.begin() + static_cast<ptrdiff_t>(std::min(length, rows.size())), rows.end());
    };
    cut_one(requests_, at.requests);
    cut_one(changes_, at.changes);
    cut_one(counted_, at.counted);
}

std::map<std::pair<TenantId, std::string>, int64_t> LeftRows::counted() const {
    std::map<std::pair<TenantId, std::string>, int64_t> sums;
    for (const auto& one : counted_) ++sums[{one.tenant, one.type}];
    return sums;
}

int64_t LeftRows::counted(TenantId tenant, std::string_view type) const {
    return std::ranges::count_if(
        counted_, [&](const Counted& one) { return one.tenant == tenant && one.type == type; });
}

std::vector<std::pair<TenantId, std::vector<AuditRow>>> LeftRows::requests() const {
    return by_tenant<AuditRow>(requests_, [](const Request& one) {
        AuditRow row = one.row;
        row.method = one.method;
        row.path = one.path;
        row.address = one.address;
        row.channel = one.channel;
        row.target = one.target;
        row.note = one.note;
        return row;
    });
}

std::vector<std::pair<TenantId, std::vector<LeftRows::Change>>> LeftRows::changes() const {
    return by_tenant<Change>(changes_, [](const Change& one) { return one; });
}

}  // namespace rollcall::store::postgres
