#include "operator_job.h"

#include <cstdio>
#include <fstream>
#include <iterator>

#include "audit/record.h"
#include "base/text.h"
#include "commands.h"
#include "directory/catalogues.h"
#include "store/open.h"

namespace rollcall {

namespace {

Result<std::optional<Sha256>> key_in_file(const std::string& path, const std::string& setting) {
    constexpr size_t kBytesMin = 32;
    if (path.empty()) return std::optional<Sha256>();
    std::ifstream file(path, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto key = trim(content);
    if (!file.is_open() || key.size() < kBytesMin) {
        return failure(ErrorKind::InvalidValue, setting + " names a file that can be read and has at least " +
                                                    std::to_string(kBytesMin) + " bytes.");
    }
    return std::optional(sha256(key));
}

}  // namespace

void print(const json::value& value) {
    const std::string text = to_json(value) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_line(const std::string& line) {
    std::printf("%s\n", line.c_str());
}

Result<std::optional<Sha256>> audit_key_of(const Settings& settings) {
    return key_in_file(settings.audit_key_file, "audit_key_file");
}

Result<std::optional<Sha256>> sealing_key_of(const Settings& settings) {
    return key_in_file(settings.sealing_key_file, "sealing_key_file");
}

Result<std::unique_ptr<store::Store>> open_store(const Settings& settings, bool create) {
    store::OpenOptions options;
    options.create = create;
    options.limits = settings.limits;
    options.audit_key = TRY(audit_key_of(settings));
    options.unsafe = settings.unsafe;
    return store::open(settings.store, options);
}

Result<std::unique_ptr<store::Store>> open_unfinished_store(const Settings& settings) {
    store::OpenOptions options;
    options.create = false;
    options.even_unfinished = true;
    options.limits = settings.limits;
    options.audit_key = TRY(audit_key_of(settings));
    return store::open(settings.store, options);
}

Result<std::shared_ptr<const Catalogue>> installation_catalogue(const Settings& settings) {
    if (settings.schemas.empty()) return Catalogue::standard();
    return Catalogue::with_directory(settings.schemas);
}

int run_job(const Settings& settings, bool create,
            const std::function<Result<void>(store::Transaction&)>& work) {
    auto store = open_store(settings, create);
    if (!store) return fail(store.error().detail);
    try {
        Result<void> result;
        store::write_and_wait(**store, [&](store::Transaction& transaction) {
            transaction.mark();
            result = work(transaction);
            if (!result) transaction.undo_to_mark();
        });
        return result ? 0 : fail(result.error().detail);
    } catch (const store::StoreFailure& failure) {
        return fail(std::string("The store does not take the change: ") + failure.what());
    }
}

int run_in_directory(const Settings& settings, const std::string& tenant_slug, const DirectoryJob& job) {
    const auto installation = installation_catalogue(settings);
    if (!installation) return fail(installation.error().detail);
    directory::Catalogues catalogues(*installation, 1);
    return run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, tenant_slug));
        const auto values = TRY(parse_json(tenant.policy));
        const auto policy = TRY(policy_from_json(values.as_object()));
        const auto caller = Caller::operator_of(tenant.id, tenant.slug);
        auto& door = transaction.tenant(caller);
        const auto current = TRY(catalogues.of(door, tenant.id, tenant.schema_version));
        directory::Context context{door, caller, policy, *current.catalogue, settings.limits, system_now()};
        return job(context, transaction, tenant);
    });
}

Result<Tenant> tenant_named(store::Transaction& transaction, const std::string& slug) {
    if (auto tenant = transaction.find_tenant(slug)) return *tenant;
    return failure(ErrorKind::NotFound,
                   "There is no tenant named " + slug + ". Make it with `rollcall tenant create`.");
}

RequestId append_audit(store::Transaction& transaction, const Tenant& tenant, std::string_view method,
                       std::string_view path, std::string_view target, std::string_view note) {
    store::AuditRow row;
    row.time = system_now();
    row.request = RequestId::create();
    row.method = method;
    row.path = path;
    row.status = 200;
    row.channel = "cli";
    row.target = target;
    row.note = note;
    transaction.append_audit(tenant.id, row);
    return row.request;
}

void append_change(store::Transaction& transaction, const Tenant& tenant, std::string_view method,
                   std::string_view path, std::string_view target, std::string_view note,
                   std::string payload) {
    const auto request = append_audit(transaction, tenant, method, path, target, note);
    const auto caller = Caller::operator_of(tenant.id, tenant.slug);
    audit::record(transaction.tenant(caller), {caller, request, system_now()}, method,
                  {method.substr(0, method.find('.')), target.empty() ? path : target}, std::move(payload));
}

void append_outcome(store::Transaction& transaction, const Tenant& tenant, std::string_view method,
                    std::string_view path, std::string_view target, bool changed, std::string payload) {
    if (changed) {
        append_change(transaction, tenant, method, path, target, {}, std::move(payload));
    } else {
        append_audit(transaction, tenant, method, path, target);
    }
}

}  // namespace rollcall
