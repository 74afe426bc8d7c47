#include <chrono>
#include <cstdio>

#include "commands.h"
#include "operator_job.h"
#include "store/transfer/copy.h"

namespace rollcall {
namespace {

using store::transfer::Copied;
using store::transfer::CopyOptions;
using store::transfer::Database;
using store::transfer::Opening;
using store::transfer::Stage;

// A line on standard error, once a second.
class Reporter {
public:
    explicit Reporter(Output output) : output_(output) {}

    void operator()(const Stage& stage) {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_) return;
        next_ = now + std::chrono::seconds(1);
        if (output_ == Output::Json) {
            const json::object line{{"stage", stage.is_check ? "checking" : "copying"},
                                    {"tenant", stage.tenant},
                                    {"tenants", stage.tenants},
                                    {"table", stage.table},
                                    {"rows", stage.rows},
                                    {"found", stage.found}};
            std::fprintf(stderr, "%s\n", to_json(json::value(line)).c_str());
            return;
        }
        std::string said = stage.is_check ? "checking: " : "copying: ";
        said += std::to_string(stage.rows) + " rows";
        if (stage.found > 0) said += ", " + std::to_string(stage.found) + " more were there already";
        said += "; tenant " + std::to_string(stage.tenant) + " of " + std::to_string(stage.tenants) +
                ", table " + std::string(stage.table);
        std::fprintf(stderr, "%s\n", said.c_str());
    }

private:
    const Output output_;
    std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
};

CopyOptions copy_options(const Settings& settings, const std::string& purpose, Output output) {
    CopyOptions options;
    options.purpose = purpose;
    options.report = Reporter(output);
    options.unsafe_drop_a_row = settings.unsafe == "drop-a-row";
    return options;
}

// 3 when the copy is another one than what was copied.
int tell_differences(const std::vector<std::string>& different) {
    constexpr size_t kNamed = 10;
    for (size_t i = 0; i < different.size() && i < kNamed; ++i)
        std::fprintf(stderr, "rollcall: not the same: %s\n", different[i].c_str());
    fail("What was read back is not what was written, in " + std::to_string(different.size()) +
         " places. The target is not usable; empty it and begin anew.");
    return 3;
}

json::object shown_copy(const Copied& copied) {
    json::object tables;
    for (const auto& [part, digest] : copied.digests) {
        auto& number = tables[store::transfer::tables()[part.table].name.text()];
        number = (number.is_int64() ? number.get_int64() : 0) + digest.rows();
    }
    return json::object{{"tenants", copied.tenants},
                        {"rows", copied.rows},
                        {"found", copied.found},
                        {"tables", std::move(tables)}};
}

}  // namespace

int copy_store(const Settings& settings, const std::string& from_url, const std::string& to_url,
               Output output) {
    auto from = store::transfer::open_database(from_url, Opening::Existing);
    if (!from) return fail("The source: " + from.error().detail);
    auto to = store::transfer::open_database(to_url, Opening::Create);
    if (!to) return fail("The target: " + to.error().detail);
    try {
        auto copied = store::transfer::copy(**from, **to, copy_options(settings, "copy", output));
        if (!copied) return fail(copied.error().detail);
        if (!copied->different.empty()) return tell_differences(copied->different);
        (*to)->release();
        if (output == Output::Json) {
            print(json::value(shown_copy(*copied)));
        } else {
            print_line("Copied and compared: " + std::to_string(copied->rows) + " rows of " +
                       std::to_string(copied->tenants) + " tenants" +
                       (copied->found > 0
                            ? ", of which " + std::to_string(copied->found) + " were there already."
                            : "."));
        }
        return 0;
    } catch (const store::StoreFailure& failure) {
        return fail(std::string("The copy is not finished; run the command again to go on: ") +
                    failure.what());
    }
}

}  // namespace rollcall
