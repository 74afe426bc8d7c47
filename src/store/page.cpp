#include <algorithm>
#include <cstring>

#include "store/store.h"

namespace rollcall::store {
namespace {

constexpr size_t kBlockBytes = 64 * 1024;

}  // namespace

RowView view_of(const ResourceRow& row) {
    return {row.type,
            row.id,
            row.created,
            row.last_modified,
            row.version,
            row.plain,
            row.manager.empty() ? std::nullopt : ResourceId::parse(row.manager),
            row.document};
}

void Page::reserve(size_t count) {
    constexpr size_t kRowsMax = 1'000;
    rows.reserve(std::min(count, kRowsMax));
}

void Page::add(const RowView& row) {
    const size_t size = row.document.size();
    if (size > left_) {
        left_ = std::max(size, kBlockBytes);
        blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
        free_ = blocks_.back().get();
    }
    std::memcpy(free_, row.document.data(), size);
    rows.push_back(row);
    rows.back().document = {free_, size};
    free_ += size;
    left_ -= size;
}

}  // namespace rollcall::store
