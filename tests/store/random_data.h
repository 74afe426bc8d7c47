// Random resources and random filters over any schema, for the agreement of the engines. Words are few, so
// that filters find something; they are chosen where text goes wrong: case, width, accents, wildcards,
// quotes.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fixture.h"

namespace rollcall::store {

class Dice {
public:
    explicit Dice(uint64_t seed) : engine_(seed) {}
    // 0 .. sides - 1
    size_t roll(size_t sides) { return std::uniform_int_distribution<size_t>(0, sides - 1)(engine_); }
    bool chance(unsigned percent) { return roll(100) < percent; }
    template <class List>
    const auto& pick(const List& list) {
        return list[roll(std::size(list))];
    }

private:
    std::mt19937_64 engine_;
};

// The standard types and a Device that has an attribute of every kind.
std::shared_ptr<const Catalogue> catalogue_with_devices();

// Users, some of them hidden, Devices, and Groups in groups; the same rows in both stores.
struct Population {
    std::vector<ResourceRow> rows;
    std::vector<std::pair<ResourceId, MemberRow>> memberships;
};
Population random_population(Dice& dice, const Catalogue& catalogue);
// The same without the rows from `begin` up to `end`, and without their memberships.
Population without(const Population& population, size_t begin, size_t end);

// A filter as a tree of text, so that a failing one can be made smaller.
struct FilterTree {
    enum class Kind { Leaf, And, Or, Not, ValuePath };
    Kind kind = Kind::Leaf;
    std::string text;  // Leaf; ValuePath: the attribute
    std::vector<FilterTree> children;
    std::string print() const;
};
FilterTree random_filter(Dice& dice, const ResourceType& type, const Population& population);
std::string random_sort_path(Dice& dice, const ResourceType& type);
// For attributes and excludedAttributes.
std::vector<std::string> random_names(Dice& dice, const ResourceType& type);

// Trees that are one step smaller.
std::vector<FilterTree> smaller(const FilterTree& tree);

}  // namespace rollcall::store
