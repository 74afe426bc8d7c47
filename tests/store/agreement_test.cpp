// P18: random filters with random order and paging find the same rows in the same order on SQLite as in
// memory, where the reference evaluator of the model decides.
//
//   ROLLCALL_SEED    of the dice; printed, so that a failure can be repeated
//   ROLLCALL_CASES   how many queries (20,000)
#include <cstdlib>
#include <iostream>

#include "random_data.h"

namespace rollcall::store {
namespace {

uint64_t number_from(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct Case {
    std::vector<const ResourceType*> types;
    bool filtered = true;
    FilterTree filter;
    std::string sort_by;
    bool descending = false;
    int64_t offset = 0;
    int64_t limit = 100;
};

struct Both {
    std::shared_ptr<const Catalogue> catalogue;
    std::unique_ptr<Store> memory;
    std::unique_ptr<Store> sqlite;
    Caller caller;
    Population population;
};

std::string answer_of(TenantTransaction& tenant, const Query& query) {
    const auto page = tenant.query(query);
    if (!page) return "error: " + page.error().detail;
    std::string text = std::to_string(page->total);
    for (const auto& row : page->rows) text += "\n  " + std::string(row.type) + " " + row.id.text();
    return text;
}

// What came of asking both: not asked (the filter was refused), they agree, or what each says.
struct Outcome {
    bool asked = false;
    bool found_some = false;
    std::string difference = {};
};

Outcome ask(Both& both, const Case& asked) {
    Query query;
    query.base_url = kBaseUrl;
    query.catalogue = both.catalogue.get();
    query.offset = asked.offset;
    query.limit = asked.limit;
    query.descending = asked.descending;
    std::vector<CheckedFilter> filters;
    filters.reserve(asked.types.size());
    for (const auto* type : asked.types) {
        if (asked.filtered) {
            const auto parsed = parse_filter(asked.filter.print());
            if (!parsed) return Outcome{};
            auto checked = check_filter(
                *type, *parsed,
                asked.types.size() > 1 ? UnknownAttributes::Absent : UnknownAttributes::Refuse, false);
            if (!checked) return Outcome{};
            filters.push_back(std::move(*checked));
        }
        query.types.push_back({type, asked.filtered ? &filters.back() : nullptr});
        if (asked.sort_by.empty()) continue;
        const auto path = resolve_path(*type, asked.sort_by);
        const bool can_be =
            path && !path->is_whole_extension() && path->attribute->returned != Returned::Never &&
            (path->sub_attribute || !path->attribute->is_complex() || path->attribute->find("value"));
        query.sorted = query.sorted || can_be;
        query.sort_paths.push_back(can_be ? std::optional(*path) : std::nullopt);
    }
    const auto expected = answer_of(reading(*both.memory, both.caller), query);
    const auto found = answer_of(reading(*both.sqlite, both.caller), query);
    Outcome outcome{.asked = true};
    outcome.found_some = !expected.starts_with("0");
    if (expected != found) outcome.difference = "expected " + expected + "\nfound " + found;
    return outcome;
}

std::string difference(Both& both, const Case& asked) {
    return ask(both, asked).difference;
}

Case random_case(Dice& dice, const Both& both) {
    Case asked;
    for (const auto& type : both.catalogue->types()) {
        if (type->name == "User" || type->name == "Group" || type->name == "Device")
            asked.types.push_back(type.get());
    }
    const ResourceType* type = dice.pick(asked.types);
    if (dice.chance(75)) asked.types = {type};
    asked.filtered = dice.chance(92);
    if (asked.filtered) asked.filter = random_filter(dice, *type, both.population);
    if (dice.chance(40)) asked.sort_by = random_sort_path(dice, *type);
    asked.descending = dice.chance(50);
    if (dice.chance(50)) asked.offset = static_cast<int64_t>(dice.roll(30));
    if (dice.chance(50)) asked.limit = static_cast<int64_t>(dice.roll(20));
    return asked;
}

void shrink(Both& both, Case& asked) {
    for (bool found = true; found;) {
        found = false;
        for (auto& filter : smaller(asked.filter)) {
            Case less = asked;
            less.filter = filter;
            if (difference(both, less).empty()) continue;
            asked = std::move(less);
            found = true;
            break;
        }
    }
    for (const auto change : {0, 1, 2}) {
        Case less = asked;
        if (change == 0) less.sort_by.clear();
        if (change == 1) less.offset = 0, less.limit = 1'000;
        if (change == 2) less.types.resize(1);
        if (!difference(both, less).empty()) asked = std::move(less);
    }
}

std::string describe(Both& both, const Case& asked) {
    std::string text = "filter: " + (asked.filtered ? asked.filter.print() : "none") +
                       "\nsort: " + asked.sort_by + (asked.descending ? " descending" : "") + "\noffset " +
                       std::to_string(asked.offset) + " limit " + std::to_string(asked.limit) + "\ntypes:";
    for (const auto* type : asked.types) text += " " + type->name;
    const auto what = difference(both, asked);
    text += "\n" + what + "\n";
    for (const auto& row : both.population.rows) {
        const bool in_one_only = [&] {
            const auto first = what.find(row.id.text());
            return first != std::string::npos && what.find(row.id.text(), first + 1) == std::string::npos;
        }();
        if (in_one_only) text += row.document + "\n";
    }
    return text;
}

Both make_both(Dice& dice, std::shared_ptr<const Catalogue> catalogue, const TemporaryDirectory& directory,
               size_t n) {
    Both both{std::move(catalogue),
              open_store("memory:"),
              open_store("sqlite:" + directory.file("population" + std::to_string(n))),
              {},
              {}};
    both.population = random_population(dice, *both.catalogue);
    for (auto* store : {both.memory.get(), both.sqlite.get()}) {
        both.caller = make_tenant(*store, "acme");
        const auto neighbour = make_tenant(*store, "neighbour");
        change(*store, both.caller, [&](TenantTransaction& tenant) {
            for (const auto& row : both.population.rows) {
                const auto added = tenant.insert(row);
                EXPECT_TRUE(added) << added.error().detail << row.document;
            }
            for (const auto& [group, member] : both.population.memberships) tenant.add_member(group, member);
        });
        // The same resources once more, next door: nothing of them may show.
        change(*store, neighbour, [&](TenantTransaction& tenant) {
            for (const auto& row : both.population.rows) EXPECT_TRUE(tenant.insert(row));
        });
    }
    EXPECT_EQ(print(both.sqlite->verify(*both.catalogue)), "");
    return both;
}

TEST(Agreement, P18_SqliteFindsWhatMemoryFinds) {
    const uint64_t seed = number_from("ROLLCALL_SEED", std::random_device()());
    const uint64_t cases = number_from("ROLLCALL_CASES", 20'000);
    std::cout << "ROLLCALL_SEED=" << seed << " ROLLCALL_CASES=" << cases << std::endl;
    Dice dice(seed);
    const TemporaryDirectory directory;
    const auto catalogue = catalogue_with_devices();
    std::optional<Both> both;
    uint64_t found_some = 0;
    uint64_t next_population = 0;  // a case that could not be asked does not count, and makes no second one
    for (uint64_t i = 0; i < cases;) {
        if (i == next_population) {
            both.emplace(make_both(dice, catalogue, directory, i));
            next_population += 500;
        }
        Case asked = random_case(dice, *both);
        const auto outcome = ask(*both, asked);
        i += outcome.asked ? 1 : 0;
        found_some += outcome.found_some ? 1 : 0;
        if (outcome.difference.empty()) continue;
        shrink(*both, asked);
        FAIL() << "case " << i << "\n" << describe(*both, asked);
    }
    std::cout << found_some << " of " << cases << " queries found something" << std::endl;
    EXPECT_GT(found_some, cases / 3);
    both->sqlite->end_read();
}

}  // namespace
}  // namespace rollcall::store
