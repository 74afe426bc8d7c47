// What commands have in common: they open the store, do one job in it, leave a row in the trail and print.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/secret.h"
#include "directory/directory.h"
#include "model/schema.h"
#include "settings.h"
#include "store/store.h"

namespace rollcall {

void print(const json::value& value);
void print_line(const std::string& line);

// What is in the file of the setting audit_key_file; nothing when there is no such setting. Error:
// InvalidValue.
Result<std::optional<Sha256>> audit_key_of(const Settings& settings);

// The same for the setting sealing_key_file.
Result<std::optional<Sha256>> sealing_key_of(const Settings& settings);

Result<std::unique_ptr<store::Store>> open_store(const Settings& settings, bool create);
// One that is being restored and is complete but for the quarantine.
Result<std::unique_ptr<store::Store>> open_unfinished_store(const Settings& settings);

// The schemas of the installation: the standard ones and those of the folder `schemas`.
Result<std::shared_ptr<const Catalogue>> installation_catalogue(const Settings& settings);

// Opens the store and runs `work` as one job, which an error undoes. The exit code; says what went wrong.
int run_job(const Settings& settings, bool create,
            const std::function<Result<void>(store::Transaction&)>& work);

// The same on the directory of a tenant, by its operator.
using DirectoryJob = std::function<Result<void>(directory::Context& context, store::Transaction& transaction,
                                                const Tenant& tenant)>;
int run_in_directory(const Settings& settings, const std::string& tenant_slug, const DirectoryJob& job);

// Errors: NotFound.
Result<Tenant> tenant_named(store::Transaction& transaction, const std::string& slug);

// Administration leaves rows in the request log, like requests do: channel "cli". The id of the row's
// request.
RequestId append_audit(store::Transaction& transaction, const Tenant& tenant, std::string_view method,
                       std::string_view path, std::string_view target, std::string_view note = {});

// The same, and the event of the change: its action is `method`, its payload as audit/record.h has it. For
// what directory/ does not record itself.
void append_change(store::Transaction& transaction, const Tenant& tenant, std::string_view method,
                   std::string_view path, std::string_view target, std::string_view note = {},
                   std::string payload = "{}");

// append_change() if the command has `changed` something, else append_audit(): no event without an effect.
void append_outcome(store::Transaction& transaction, const Tenant& tenant, std::string_view method,
                    std::string_view path, std::string_view target, bool changed, std::string payload = "{}");

}  // namespace rollcall
