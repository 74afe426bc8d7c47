#include "records.h"

#include <stdexcept>

#include "directory/directory.h"
#include "scim/read_resource.h"

namespace rollcall::bench {
namespace {

// A typical time of a create; the width of the number is what matters.
constexpr int64_t kDurationUs = 850;

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error("the server would refuse this: " + result.error().detail);
    return std::move(*result);
}

}  // namespace

RecordMaker::RecordMaker(const Policy& policy)
    : catalogue_(Catalogue::standard()), policy_(policy), user_(catalogue_->find_type("User")),
      group_(catalogue_->find_type("Group")) {}

store::ResourceRow RecordMaker::user(std::string_view body, ResourceId id, Instant created) const {
    return make(*user_, body, id, created);
}

store::ResourceRow RecordMaker::group(std::string_view body, ResourceId id, Instant created) const {
    return make(*group_, body, id, created);
}

store::ResourceRow RecordMaker::make(const ResourceType& type, std::string_view body, ResourceId id,
                                     Instant created) const {
    json::monotonic_resource storage;
    const auto parsed = must(parse_json(body, {}, &storage));
    auto read = must(scim::read_resource(type, parsed, scim::ReadOptions{}));
    Resource resource;
    resource.type = &type;
    resource.id = id;
    resource.attributes = scim::create_from(type, std::move(read)).attributes;
    resource.created = resource.last_modified = created;
    return directory::row_of(resource, policy_);
}

store::AuditRow audit_of_create(std::string_view path, CredentialId credential, std::string_view target,
                                std::string_view body, RequestId request, Instant time) {
    store::AuditRow row;
    row.time = time;
    row.request = request;
    row.credential = credential;
    row.method = "POST";
    row.path = path;
    row.body_hash = sha256(body);
    row.status = 201;
    row.duration_us = kDurationUs;
    row.address = "127.0.0.1";
    row.channel = "scim";
    row.target = target;
    row.note = "";
    return row;
}

Policy policy_of(const Tenant& tenant) {
    return must(policy_from_json(must(parse_json(tenant.policy)).as_object()));
}

}  // namespace rollcall::bench
