// Random PATCH requests in random dialects give what the flat model gives: the same attributes, or a refusal
// with the same scimType. The model knows the steps, not the JSON, so it also checks that every dialect is
// read the same.
#include "random_patch.h"

namespace rollcall::scim::test {
namespace {

struct Verdict {
    json::object attributes;
    std::string refusal;
};

Verdict judge_by_model(FlatUser user, const std::vector<FlatStep>& steps) {
    for (const FlatStep& step : steps) {
        std::string refusal = apply_step(user, step);
        if (!refusal.empty()) return {{}, refusal};
    }
    return {document(user), ""};
}

// Refusals of form come before those that need the resource, so a request with several faults may name
// another one.
bool is_refused_anywhere(const FlatUser& user, const std::vector<FlatStep>& steps, std::string_view refusal) {
    FlatUser state = user;
    for (const FlatStep& step : steps) {
        FlatUser next = state;
        if (apply_step(next, step) == refusal) return true;
        state = next;
    }
    return false;
}

TEST(PatchOracle, RandomRequestsGiveWhatTheModelGives) {
    RandomSource random(RandomSource::seed());
    const uint64_t cases = number_from_environment("ROLLCALL_CASES", 20'000);
    size_t refused = 0;
    for (uint64_t i = 0; i < cases; ++i) {
        Generator generator(random);
        const FlatUser user = generator.user();
        std::vector<FlatStep> steps(1 + random.below(4));
        for (FlatStep& step : steps) step = generator.step();
        std::string operations;
        for (const FlatStep& step : steps)
            operations += (operations.empty() ? "" : ",") + Writer(random).operation(step);

        Resource before;
        before.type = &user_type();
        before.attributes = document(user);
        const auto body =
            parse_json("{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[" +
                       operations + "]}");
        ASSERT_TRUE(body.has_value()) << operations;
        auto request = parse_patch(user_type(), *body, lenient());
        const auto edited = request ? apply_patch(before, *request, lenient())
                                    : Result<Edited>(std::unexpected(std::move(request).error()));
        const Verdict verdict = judge_by_model(user, steps);
        if (edited) {
            ASSERT_EQ(verdict.refusal, "") << to_json(before.attributes) << "\n" << operations;
            ASSERT_EQ(json::value(edited->attributes), json::value(verdict.attributes))
                << "case     " << i << "\nbefore   " << to_json(before.attributes) << "\npatch    "
                << operations << "\nis       " << to_json(edited->attributes) << "\nexpected "
                << to_json(verdict.attributes);
        } else {
            ++refused;
            const auto refusal = error_traits(edited.error().kind).scim_type;
            ASSERT_TRUE(verdict.refusal == refusal || is_refused_anywhere(user, steps, refusal))
                << "case     " << i << "\nbefore   " << to_json(before.attributes) << "\npatch    "
                << operations << "\nrefused  " << edited.error().detail << "\nexpected " << verdict.refusal
                << " " << to_json(verdict.attributes);
        }
    }
    // Both sides of the comparison must have been exercised.
    EXPECT_GT(refused, cases / 50);
    EXPECT_LT(refused, cases / 2);
}

}  // namespace
}  // namespace rollcall::scim::test
