#include "directory/catalogues.h"

#include "base/log.h"

namespace rollcall::directory {

Catalogues::Catalogues(std::shared_ptr<const Catalogue> installation, size_t kept_max)
    : installation_(std::move(installation)), kept_max_(kept_max) {}

Result<Catalogues::Current> Catalogues::of(store::TenantTransaction& transaction, TenantId tenant,
                                           int64_t version) {
    if (version == 0) return Current{installation_, 0};
    if (auto known = find(tenant.value, version)) return std::move(*known);
    // Version and documents of one snapshot: between two reads somebody may have changed both.
    Current current{nullptr, transaction.schema_version()};
    auto built = installation_->extended(own_documents(transaction));
    if (!built) {
        log(LogLevel::Error, "schemas",
            {{"tenant", std::to_string(tenant.value)}, {"reason", built.error().detail}});
        return failure(ErrorKind::Unavailable,
                       "The schemas of this tenant do not fit those of the installation; the log of the server "
                       "names the document.");
    }
    current.catalogue = std::move(*built);
    keep(tenant.value, current);
    return current;
}

std::optional<Catalogues::Current> Catalogues::find(int64_t tenant, int64_t version) {
    const std::lock_guard lock(mutex_);
    const auto known = by_tenant_.find(tenant);
    if (known == by_tenant_.end() || known->second->current.version != version) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, known->second);
    return known->second->current;
}

void Catalogues::keep(int64_t tenant, const Current& current) {
    const std::lock_guard lock(mutex_);
    if (const auto known = by_tenant_.find(tenant); known != by_tenant_.end()) {
        // A slower thread may come with what was true before.
        if (known->second->current.version < current.version) known->second->current = current;
        return;
    }
    entries_.push_front({tenant, current});
    by_tenant_.emplace(tenant, entries_.begin());
    if (entries_.size() <= kept_max_) return;
    by_tenant_.erase(entries_.back().tenant);
    entries_.pop_back();
}

size_t Catalogues::kept() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

std::vector<SchemaDocument> own_documents(store::TenantTransaction& transaction) {
    std::vector<SchemaDocument> documents;
    for (const auto& row : transaction.schemas()) {
        auto parsed = parse_json(row.document);
        if (!parsed || !parsed->is_object()) {
            throw store::StoreFailure(store::StoreFailure::Cause::Damaged, "A stored schema is no JSON object");
        }
        documents.push_back({"", std::move(parsed->as_object())});
    }
    return documents;
}

}  // namespace rollcall::directory
