// The query component: what IdPs send, and what is refused (P-HTTP-19..22, P-PAGE, AMB-59, T43).
#include "scim/query_parameters.h"

#include <gtest/gtest.h>

namespace rollcall::scim {
namespace {

void refuses(std::string_view query, ErrorKind kind) {
    const auto request = read_query(query, Limits{});
    ASSERT_FALSE(request) << query;
    EXPECT_EQ(request.error().kind, kind) << query;
}

ListRequest reads(std::string_view query) {
    const auto request = read_query(query, Limits{});
    EXPECT_TRUE(request) << query;
    return request ? *request : ListRequest{};
}

TEST(Query, RefusesWhatCannotBeMeant) {
    for (auto query : {"filter=%zz", "count=%", "a=%4", "filter=%ff"}) refuses(query, ErrorKind::BadRequest);
    for (auto query : {"count=abc", "startIndex=1.5", "count=1&count=2", "count=1&COUNT=1", "sortOrder=up",
                       "startIndex=NaN"}) {
        refuses(query, ErrorKind::InvalidValue);
    }
}

TEST(Query, ClampsPages_P_PAGE) {
    EXPECT_EQ(reads("").start_index, 1);
    EXPECT_EQ(reads("").count, 100);
    EXPECT_EQ(reads("startIndex=0").start_index, 1);
    EXPECT_EQ(reads("startIndex=-5").start_index, 1);
    EXPECT_EQ(reads("count=-1").count, 0);
    EXPECT_EQ(reads("count=0").count, 0);
    EXPECT_EQ(reads("count=100000").count, 200);
    EXPECT_EQ(reads("startIndex=99999999999999999999").start_index, INT64_MAX);
    EXPECT_EQ(reads("count=-99999999999999999999").count, 0);
}

TEST(Query, ReadsBlanksAndPluses_AMB_59) {
    const std::pair<const char*, const char*> rows[] = {
        {"filter=userName+eq+\"a+b@x\"", "userName eq \"a+b@x\""},
        {"filter=userName%20eq%20%22a+b@x%22", "userName eq \"a+b@x\""},
        {"filter=userName%20eq%20%22a%2Bb%22", "userName eq \"a+b\""},
        {"filter=userName+eq+%22a%2Bb%40x%22", "userName eq \"a+b@x\""},
        {"filter=displayName+eq+%22Fabrik+Ledger%22", "displayName eq \"Fabrik Ledger\""},
        {"filter=displayName+eq+%22a%5C%22+b%22", "displayName eq \"a\\\" b\""},
        {"filter=", ""},
    };
    for (const auto& [query, filter] : rows) EXPECT_EQ(reads(query).filter, filter) << query;
}

TEST(Query, IgnoresWhatIdpsAdd_Quirk_25) {
    EXPECT_EQ(reads("filter=a%20pr&&").filter, "a pr");
    EXPECT_EQ(reads("aadOptscim062020&foo=1&count=3").count, 3);
    EXPECT_EQ(reads("attributes=userName,%20emails,,").attributes,
              (std::vector<std::string>{"userName", "emails"}));
    EXPECT_EQ(reads("attributes=emails%5Btype+eq+%22a,b%22%5D,id").attributes.size(), 2u);
}

TEST(SearchRequest, IsCheckedLikeAQuery_P_SRCH) {
    const auto read = [](std::string_view text) { return read_search_request(*parse_json(text), Limits{}); };
    const std::string schemas = R"("schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"])";
    EXPECT_EQ(read("{}").error().kind, ErrorKind::InvalidSyntax);
    EXPECT_EQ(read("[]").error().kind, ErrorKind::InvalidSyntax);
    EXPECT_EQ(read("{" + schemas + R"(,"count":"x"})").error().kind, ErrorKind::InvalidValue);
    EXPECT_EQ(read("{" + schemas + R"(,"attributes":5})").error().kind, ErrorKind::InvalidValue);
    EXPECT_EQ(read("{" + schemas + R"(,"filter":5})").error().kind, ErrorKind::InvalidValue);
    const auto request = read("{" + schemas + R"(,"Filter":"a pr","COUNT":7,"attributes":["id"],"x":1})");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->filter, "a pr");
    EXPECT_EQ(request->count, 7);
}

}  // namespace
}  // namespace rollcall::scim
