#include "people.h"

#include "words.h"

namespace rollcall::bench {
namespace {

constexpr std::string_view kLowerCodes = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kMixedCodes = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

void append_lower(std::string_view text, std::string& out) {
    for (const char c : text) out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

void append_member(std::string_view name, std::string_view value, std::string& out) {
    out += '"';
    out += name;
    out += "\":\"";
    out += value;
    out += "\",";
}

void append_contact(Dice& dice, std::string_view mail, std::string& body) {
    body += R"("emails":[{"value":")";
    body += mail;
    body += R"(","type":"work","primary":true},{"value":")";
    dice.append_code(10, kLowerCodes, body);
    body += R"(@mail.example.net","type":"home"}],"phoneNumbers":[{"value":"tel:+1-555-)";
    body += std::to_string(100 + dice.below(900)) + "-" + std::to_string(1000 + dice.below(9000));
    body += R"(","type":"work"}],)";
}

void append_address(Dice& dice, const Place& place, std::string& body) {
    const std::string street = std::to_string(1 + dice.below(400)) + " " + std::string(dice.pick(kStreets));
    const std::string code = std::to_string(10'000 + dice.below(89'000));
    body += R"("addresses":[{"type":"work",)";
    append_member("streetAddress", street, body);
    append_member("locality", place.city, body);
    append_member("region", place.region, body);
    append_member("postalCode", code, body);
    append_member("country", place.country, body);
    body += R"("primary":true}],)";
}

void append_enterprise(Dice& dice, std::string_view manager, std::string& body) {
    body += R"("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{)";
    append_member("employeeNumber", std::to_string(100'000 + dice.below(900'000)), body);
    append_member("costCenter", std::to_string(1'000 + dice.below(9'000)), body);
    append_member("organization", "Example Industries", body);
    append_member("division", dice.pick(kDivisions), body);
    if (!manager.empty()) {
        body += R"("manager":{"value":")";
        body += manager;
        body += R"("},)";
    }
    body += R"("department":")";
    body += dice.pick(kDepartments);
    body += R"("}})";
}

}  // namespace

std::string append_person(Dice& dice, std::string_view manager, std::string& body) {
    const std::string first(dice.pick(kFirstNames));
    const std::string last(dice.pick(kLastNames));
    const Place& place = kPlaces[dice.below(std::size(kPlaces))];
    std::string user_name;
    append_lower(first, user_name);
    user_name += '.';
    append_lower(last, user_name);
    user_name += '.';
    dice.append_code(9, kLowerCodes, user_name);
    user_name += "@example.com";
    std::string external_id = "00u";
    dice.append_code(9, kMixedCodes, external_id);
    dice.append_code(8, kMixedCodes, external_id);

    body += R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",)"
            R"("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],)";
    append_member("externalId", external_id, body);
    append_member("userName", user_name, body);
    body += R"("name":{)";
    append_member("formatted", first + " " + last, body);
    append_member("familyName", last, body);
    body += R"("givenName":")" + first + "\"},";
    append_member("displayName", first + " " + last, body);
    append_member("title", dice.pick(kTitles), body);
    append_member("userType", dice.one_in(12) ? "Contractor" : "Employee", body);
    append_member("preferredLanguage", "en-US", body);
    append_member("locale", "en-US", body);
    append_member("timezone", place.timezone, body);
    body += dice.one_in(20) ? R"("active":false,)" : R"("active":true,)";
    append_contact(dice, user_name, body);
    append_address(dice, place, body);
    append_enterprise(dice, manager, body);
    return user_name;
}

void append_group(std::string_view name, std::string& body) {
    body += R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],)";
    body += R"("displayName":")";
    body += name;
    body += R"("})";
}

void append_member_patch(std::string_view member, std::string& body) {
    body += R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[)"
            R"({"op":"add","path":"members","value":[{"value":")";
    body += member;
    body += R"("}]}]})";
}

}  // namespace rollcall::bench
