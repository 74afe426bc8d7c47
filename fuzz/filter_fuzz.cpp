// Filters: printing and reading gives the same tree; limits hold in the tree; reading is quick; a checked filter can be
// evaluated on any resource, and means the opposite inside "not (...)".
#include <ctime>

#include "base/check.h"
#include "model/resource.h"
#include "model/test_catalogue.h"

namespace rollcall {
namespace {

constexpr std::string_view kResources = R"([
{},
{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"u1","userName":"bjensen","active":true,"title":"",
 "name":{"familyName":"Jensen"},"emails":[{"value":"a@x.example","type":"work","primary":true},{"value":"b@x"},{}],
 "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Tours","manager":{"value":"u2"}},
 "meta":{"resourceType":"User","lastModified":"2011-05-13T04:42:34.000Z","version":"W/\"1\""}},
{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g1","displayName":"Group","externalId":"x",
 "members":[{"value":"u1","$ref":"https://h/scim/v2/Users/u1","type":"User"}],"meta":{"resourceType":"Group"}},
{"serial":"Sn1","tags":["Red","blue"],"height":9007199254740993,"heights":[3,10],"weight":2.5,"enabled":false,
 "installed":"2020-01-01T00:00:00.5+01:00","fingerprint":"AbC=","ports":[{"value":"a"}],"owner":{"aliases":["A","B"]},
 "peers":[{"$ref":"Devices/1"}],"site":{"floor":-3},"http://example.com/schemas/1.1/device":{"term":{"value":"t"}}},
{"serial":5,"tags":"one","height":"tall","heights":[{}],"enabled":"yes","ports":{"value":7},"owner":[],"userName":[""],
 "emails":"a@x","members":5,"name":"x","meta":{"created":true},"schemas":{},"id":null,"active":"true"}
])";

const json::array& resources() {
    static const json::array list = json::parse(kResources).as_array();
    return list;
}

int64_t thread_time_ms() {
    timespec now{};
    CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

void check_limits(const ParsedFilter& filter) {
    const Limits limits;
    size_t terms = 0;
    std::vector<bool> is_child(filter.nodes.size());
    for (size_t i = 0; i < filter.nodes.size(); ++i) {
        const ParsedFilter::Node& node = filter.nodes[i];
        const bool is_term = node.kind == ParsedFilter::Kind::Compare || node.kind == ParsedFilter::Kind::Present;
        terms += is_term ? 1 : 0;
        CHECK(is_term == node.children.empty());
        for (const int32_t child : node.children) {
            CHECK(child >= 0 && static_cast<size_t>(child) < i);
            CHECK(!is_child[static_cast<size_t>(child)]);
            is_child[static_cast<size_t>(child)] = true;
        }
        if (const std::string* text = std::get_if<std::string>(&node.literal)) {
            CHECK(text->find('\0') == std::string::npos);
        }
    }
    CHECK(terms <= limits.filter_terms_max);
    for (size_t i = 0; i < is_child.size(); ++i) CHECK(is_child[i] != (static_cast<int32_t>(i) == filter.root));
}

// Printing may write more bytes than were read, but never nests deeper.
Limits limits_of_printed() {
    Limits limits;
    limits.filter_bytes_max *= 8;
    return limits;
}

void check_printing(const ParsedFilter& filter) {
    const std::string printed = print_filter(filter);
    const auto again = parse_filter(printed, limits_of_printed());
    CHECK(again.has_value());
    CHECK(*again == filter);
    CHECK(print_filter(*again) == printed);
}

void check_meaning(const ResourceType& type, const ParsedFilter& parsed, UnknownAttributes unknown) {
    const auto filter = check_filter(type, parsed, unknown, true);
    if (!filter) {
        CHECK(filter.error().kind == ErrorKind::InvalidFilter);
        CHECK(!filter.error().detail.empty());
        return;
    }
    ParsedFilter negation = parsed;
    negation.nodes.push_back({.kind = ParsedFilter::Kind::Not, .children = {parsed.root}});
    negation.root = static_cast<int32_t>(negation.nodes.size() - 1);
    const auto opposite = check_filter(type, negation, unknown, true);
    CHECK(opposite.has_value());
    for (const json::value& resource : resources()) {
        CHECK(matches(*filter, resource.as_object()) != matches(*opposite, resource.as_object()));
    }
}

}  // namespace
}  // namespace rollcall

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace rollcall;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const int64_t begin_ms = thread_time_ms();
    const auto filter = parse_filter(text);
    CHECK(thread_time_ms() - begin_ms < 500);
    if (!filter) {
        CHECK(filter.error().kind == ErrorKind::InvalidFilter);
        CHECK(filter.error().detail.size() < 400);
        return 0;
    }
    check_limits(*filter);
    check_printing(*filter);
    for (const UnknownAttributes unknown : {UnknownAttributes::Refuse, UnknownAttributes::Absent}) {
        check_meaning(user_type(), *filter, unknown);
        check_meaning(group_type(), *filter, unknown);
        check_meaning(device_type(), *filter, unknown);
    }
    return 0;
}
