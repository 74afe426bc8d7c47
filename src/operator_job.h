// What commands have in common: they open the store, do one job in it, leave a row in the trail and print.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "model/schema.h"
#include "settings.h"
#include "store/store.h"

namespace rollcall {

void print(const json::value& value);
void print_line(const std::string& line);

Result<std::unique_ptr<store::Store>> open_store(const Settings& settings, bool create);

// The schemas of the installation: the standard ones and those of the folder `schemas`.
Result<std::shared_ptr<const Catalogue>> installation_catalogue(const Settings& settings);

// Opens the store and runs `work` as one job, which an error undoes. The exit code; says what went wrong.
int run_job(const Settings& settings, bool create,
            const std::function<Result<void>(store::Transaction&)>& work);

// Errors: NotFound.
Result<Tenant> tenant_named(store::Transaction& transaction, const std::string& slug);

// Administration leaves rows in the trail, like requests do: channel "cli".
void append_audit(store::Transaction& transaction, const Tenant& tenant, std::string_view method,
                  std::string_view path, std::string_view target, std::string_view note = {});

}  // namespace rollcall
