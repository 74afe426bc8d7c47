// P18: random filters with random order, paging and projection give the same answers on every engine as in
// memory, where the reference evaluator of the model decides. Pages are asked for by offset, or followed by
// cursors forward and back. A case that fails is made as small as it goes: filter, query, population.
//
//   ROLLCALL_SEED    of the dice; printed, so that a failure can be repeated
//   ROLLCALL_CASES   how many queries (100,000; a tenth with sanitizers, a twentieth over a network)
#include <cstdlib>
#include <iostream>

#include "model/representation.h"
#include "random_data.h"
#include "scim/projection.h"

namespace rollcall::store {
namespace {

uint64_t number_from(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

#if defined(__has_feature)
#define ROLLCALL_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define ROLLCALL_SANITIZED 0
#endif
constexpr uint64_t kCases = ROLLCALL_SANITIZED ? 10'000 : 100'000;

struct Case {
    std::vector<const ResourceType*> types;
    bool filtered = true;
    FilterTree filter;
    std::string sort_by;
    bool descending = false;
    int64_t offset = 0;
    int64_t limit = 100;
    bool by_cursor = false;  // instead of by offset
    Channel channel =
        Channel::CommandLine;  // SCIM does not see what is hidden, and is answered out of other indexes
    std::vector<std::string> attributes;
    std::vector<std::string> excluded;
};

// Two stores with the same population, in a tenant with a neighbour that has it too.
struct Both {
    std::shared_ptr<const Catalogue> catalogue;
    std::unique_ptr<Store> memory;
    std::unique_ptr<Store> other;
    std::unique_ptr<Place> place;  // of the other one
    Caller caller;
    Population population;
};

// ------------------------------------------------------------------------------------------------ answers

// What a client would be shown of a row.
std::string shown(TenantTransaction& tenant, const Query& query, const ResourceType& type, ResourceId id,
                  const scim::Projection& projection) {
    const auto row = tenant.find(type.name, id);
    if (!row) return "not there";
    Shown shown{query.catalogue,    &type,        row->id,       row->document, row->created,
                row->last_modified, row->version, query.base_url};
    const auto groups = tenant.groups_of(row->id);
    std::vector<ShownMember> members;
    std::optional<MemberRow> manager_row;
    tenant.members(row->id, [&](const MemberRow& member) { members.push_back(member); });
    if (type.schema->find("groups")) shown.groups = &groups;
    if (type.attribute_in_rows()) shown.members = &members;
    if (const auto manager = ResourceId::parse(row->manager)) {
        shown.has_manager = true;
        manager_row = tenant.find_any(*manager);
        if (manager_row) shown.manager_display = manager_row->display;
    }
    return to_json(projection.apply(complete_representation(shown)));
}

std::string text_of(TenantTransaction& tenant, const Query& query, const Page& page, const Case& asked) {
    std::string text = std::to_string(page.total);
    const bool is_projected = !asked.attributes.empty() || !asked.excluded.empty();
    for (const auto& row : page.rows) {
        text += "\n  " + std::string(row.type) + " " + row.id.text() + " v" + std::to_string(row.version);
        if (!is_projected) continue;
        const auto* type = query.catalogue->find_type(row.type);
        const auto projection = scim::Projection::create(*type, asked.attributes, asked.excluded);
        text += projection ? " " + shown(tenant, query, *type, row.id, *projection) : " refused";
    }
    return text;
}

// Follows cursors for some pages and then back to the beginning.
std::string walk(TenantTransaction& tenant, Query query, const Case& asked) {
    constexpr int kPages = 4;
    std::string text;
    query.start = Query::Start::After;
    query.limit = std::max<int64_t>(asked.limit, 1);
    for (int i = 0; i < 2 * kPages; ++i) {
        const auto page = tenant.query(query);
        if (!page) return text + "error: " + page.error().detail;
        const bool is_backward = query.start == Query::Start::Before;
        text += (is_backward ? "\nback: " : "\nforth: ") + text_of(tenant, query, *page, asked) +
                (page->more ? " and more" : "");
        if (page->positions.empty() || (is_backward && !page->more)) break;
        const bool turns = !is_backward && (!page->more || i + 1 >= kPages);
        if (turns) query.start = Query::Start::Before;
        query.position =
            query.start == Query::Start::Before ? page->positions.front() : page->positions.back();
    }
    return text;
}

std::string answer_of(TenantTransaction& tenant, const Query& query, const Case& asked) {
    if (asked.by_cursor) return walk(tenant, query, asked);
    const auto page = tenant.query(query);
    return page ? text_of(tenant, query, *page, asked) : "error: " + page.error().detail;
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
    Caller caller = both.caller;
    caller.channel = asked.channel;
    const auto expected = answer_of(reading(*both.memory, caller), query, asked);
    const auto found = answer_of(reading(*both.other, caller), query, asked);
    Outcome outcome{.asked = true};
    outcome.found_some = expected.find("\n  ") != std::string::npos;
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
    if (dice.chance(25)) asked.by_cursor = true;
    if (dice.chance(75)) asked.channel = Channel::Scim;
    if (dice.chance(15)) (dice.chance(50) ? asked.attributes : asked.excluded) = random_names(dice, *type);
    return asked;
}

// ------------------------------------------------------------------------------------------------ shrinking

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
    const std::function<void(Case&)> changes[] = {
        [](Case& less) { less.sort_by.clear(); },
        [](Case& less) { less.descending = false; },
        [](Case& less) { less.by_cursor = false; },
        [](Case& less) { less.channel = Channel::CommandLine; },
        [](Case& less) { less.offset = 0, less.limit = 1'000; },
        [](Case& less) { less.types.resize(1); },
        [](Case& less) { less.attributes.clear(), less.excluded.clear(); },
        [](Case& less) { less.filtered = false; },
    };
    for (const auto& change : changes) {
        Case less = asked;
        change(less);
        if (!difference(both, less).empty()) asked = std::move(less);
    }
}

Both make_both(std::shared_ptr<const Catalogue> catalogue, std::string_view engine, Population population) {
    auto place = std::make_unique<Place>(engine);
    auto other = open_store(place->url());
    Both both{std::move(catalogue), open_store("memory:"), std::move(other), std::move(place), {},
              std::move(population)};
    for (auto* store : {both.memory.get(), both.other.get()}) {
        // Random groups may contain each other.
        both.caller = make_tenant(*store, "acme", R"({"group_cycles":"allow","unique_group_names":false})");
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
    auto violations = both.other->verify(*both.catalogue);
    // Random documents lack what a type requires, now and then: filters are to agree on those too.
    std::erase_if(violations,
                  [](const Violation& one) { return one.invariant == "resource.required_attributes"; });
    EXPECT_EQ(print(violations), "");
    return both;
}

// Takes out ever smaller pieces of the population, as long as the engines still differ.
Both shrink_population(Both both, std::string_view engine, const Case& asked) {
    for (size_t piece = both.population.rows.size() / 2; piece > 0; piece /= 2) {
        for (size_t begin = 0; begin < both.population.rows.size();) {
            auto less = make_both(both.catalogue, engine, without(both.population, begin, begin + piece));
            if (difference(less, asked).empty())
                begin += piece;
            else
                both = std::move(less);
        }
    }
    return both;
}

std::string describe(Both& both, const Case& asked) {
    std::string text = "filter: " + (asked.filtered ? asked.filter.print() : "none") +
                       "\nsort: " + asked.sort_by + (asked.descending ? " descending" : "") + "\noffset " +
                       std::to_string(asked.offset) + " limit " + std::to_string(asked.limit) +
                       (asked.by_cursor ? " by cursor" : "") +
                       (asked.channel == Channel::Scim ? " by SCIM" : "") + "\nattributes:";
    for (const auto& name : asked.attributes) text += " " + name;
    text += "\nexcludedAttributes:";
    for (const auto& name : asked.excluded) text += " " + name;
    text += "\ntypes:";
    for (const auto* type : asked.types) text += " " + type->name;
    text += "\n" + difference(both, asked) + "\npopulation:\n";
    for (const auto& row : both.population.rows) text += row.type + " " + row.document + "\n";
    for (const auto& [group, member] : both.population.memberships)
        text += "member of " + group.text() + ": " + member.id.text() + "\n";
    return text;
}

class Agreement : public testing::TestWithParam<std::string_view> {};
std::vector<std::string_view> engines_to_compare() {
    auto others = engines();
    std::erase(others, "memory");
    return others;
}
INSTANTIATE_TEST_SUITE_P(Engines, Agreement, testing::ValuesIn(engines_to_compare()),
                         [](const auto& engine) { return std::string(engine.param); });

TEST_P(Agreement, P18_FindsWhatMemoryFinds) {
    const uint64_t seed = number_from("ROLLCALL_SEED", std::random_device()());
    const uint64_t cases = number_from("ROLLCALL_CASES", GetParam() == "postgres" ? kCases / 20 : kCases);
    std::cout << "ROLLCALL_SEED=" << seed << " ROLLCALL_CASES=" << cases << std::endl;
    Dice dice(seed);
    const auto catalogue = catalogue_with_devices();
    std::optional<Both> both;
    uint64_t found_some = 0;
    uint64_t next_population = 0;  // a case that could not be asked does not count, and makes no second one
    for (uint64_t i = 0; i < cases;) {
        if (i == next_population) {
            both.emplace(make_both(catalogue, GetParam(), random_population(dice, *catalogue)));
            next_population += 500;
        }
        Case asked = random_case(dice, *both);
        const auto outcome = ask(*both, asked);
        i += outcome.asked ? 1 : 0;
        found_some += outcome.found_some ? 1 : 0;
        if (outcome.difference.empty()) continue;
        shrink(*both, asked);
        auto least = shrink_population(*std::move(both), GetParam(), asked);
        shrink(least, asked);
        FAIL() << "case " << i << "\n" << describe(least, asked);
    }
    std::cout << found_some << " of " << cases << " queries found something" << std::endl;
    EXPECT_GT(found_some, cases / 3);
    both->other->end_read();
}

}  // namespace
}  // namespace rollcall::store
