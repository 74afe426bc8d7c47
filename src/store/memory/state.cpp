#include "store/memory/state.h"

namespace rollcall::store::memory {

const ResourceRow* TenantData::find(std::string_view type, ResourceId id) const {
    const auto rows = resources.find(type);
    if (rows == resources.end()) return nullptr;
    const auto row = rows->second.find(id);
    return row == rows->second.end() ? nullptr : &row->second;
}

ResourceRow* TenantData::find(std::string_view type, ResourceId id) {
    return const_cast<ResourceRow*>(std::as_const(*this).find(type, id));
}

const ResourceRow* TenantData::find_any(ResourceId id) const {
    for (const auto& [type, rows] : resources) {
        if (const auto row = rows.find(id); row != rows.end()) return &row->second;
    }
    return nullptr;
}

ResourceRow* TenantData::find_any(ResourceId id) {
    return const_cast<ResourceRow*>(std::as_const(*this).find_any(id));
}

const TenantData& State::of(TenantId tenant) const {
    static const TenantData empty;
    const auto found = data.find(tenant.value);
    return found == data.end() ? empty : *found->second;
}

const Account* State::verified_account(std::string_view email) const {
    const std::string key = email_key(email);
    for (const auto& [id, account] : accounts) {
        if (account.verified_at && !key.empty() && email_key(account.email) == key) return &account;
    }
    return nullptr;
}

TenantData& State::changeable(TenantId tenant) {
    auto& shared = data[tenant.value];
    if (!shared)
        shared = std::make_shared<TenantData>();
    else if (shared.use_count() > 1)
        shared = std::make_shared<TenantData>(*shared);
    return *shared;
}

}  // namespace rollcall::store::memory
