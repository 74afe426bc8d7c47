// Schema files: a document is taken or refused as InvalidValue with a sentence; what was taken is published as a
// document that is taken again and published as the same bytes; every attribute of a catalogue is found by its path.
#include "base/check.h"
#include "base/text.h"
#include "model/attribute_path.h"
#include "model/test_catalogue.h"

namespace rollcall {
namespace {

void check_type(const ResourceType& type) {
    CHECK(type.schema != nullptr && !type.name.empty() && type.endpoint.starts_with('/'));
    for (const Attribute& attribute : type.schema->attributes) {
        if (common_attributes().find(attribute.name)) continue;
        const auto path = resolve_path(type, attribute.name);
        CHECK(path.has_value() && path->attribute == type.schema->find(attribute.name));
    }
}

// Documents as published lack the common parts that a file may leave out, and have none of our additions.
void check_again(const Catalogue& catalogue) {
    std::vector<json::object> documents;
    for (const auto& document : catalogue.schema_documents()) documents.push_back(*document);
    for (const auto& document : catalogue.type_documents()) documents.push_back(*document);
    const auto again = Catalogue::load(documents);
    CHECK(again.has_value());
    const auto same = [](const auto& one, const auto& other) { return *one == *other; };
    CHECK(std::ranges::equal((*again)->schema_documents(), catalogue.schema_documents(), same));
    CHECK(std::ranges::equal((*again)->type_documents(), catalogue.type_documents(), same));
}

}  // namespace
}  // namespace rollcall

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace rollcall;
    const auto parsed = parse_json({reinterpret_cast<const char*>(data), size});
    if (!parsed) return 0;
    std::vector<json::object> documents;
    if (const json::object* one = parsed->if_object()) documents.push_back(*one);
    if (const json::array* list = parsed->if_array()) {
        for (const json::value& document : *list) {
            if (document.is_object()) documents.push_back(document.get_object());
        }
    }
    const auto catalogue = Catalogue::load(documents);
    if (!catalogue) {
        CHECK(catalogue.error().kind == ErrorKind::InvalidValue);
        CHECK(!catalogue.error().detail.empty() && is_valid_utf8(catalogue.error().detail));
        return 0;
    }
    for (const auto& type : (*catalogue)->types()) check_type(*type);
    check_again(**catalogue);
    return 0;
}
