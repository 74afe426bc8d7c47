#include "request_maker.h"

#include <numeric>

#include "../people.h"

namespace rollcall::bench {
namespace {

// Additions walk over the users in large strides, so that neither group ids nor neighbours decide what they cost.
constexpr uint64_t kStride = 7'368'787;

std::string headers_of(const Plan& plan, bool with_body) {
    std::string text = " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(plan.port) + "\r\n";
    if (!plan.token.empty()) text += "Authorization: Bearer " + plan.token + "\r\n";
    const bool is_form = plan.work == Work::Introspect;
    text += is_form ? "Accept: application/json\r\n" : "Accept: application/scim+json\r\n";
    if (is_form) text += "Content-Type: application/x-www-form-urlencoded\r\n";
    else if (with_body) text += "Content-Type: application/scim+json\r\n";
    return text + (with_body ? "Content-Length: " : "\r\n");
}

std::string begin_of(const Plan& plan) {
    switch (plan.work) {
        case Work::Get: return "GET " + plan.prefix + "/Users/";
        case Work::Filter: return "GET " + plan.prefix + "/Users?filter=userName%20eq%20%22";
        case Work::List: return "GET " + plan.prefix + "/Users?startIndex=";
        case Work::Create: return "POST " + plan.prefix + "/Users";
        case Work::Bulk: return "POST " + plan.prefix + "/Bulk";
        case Work::AddMember: return "PATCH " + plan.prefix + "/Groups/";
        case Work::Rename: return "PATCH " + plan.prefix + "/Users/";
        case Work::Introspect: return "POST " + plan.path;
        case Work::Path: return "GET " + plan.path;
    }
    return {};
}

}  // namespace

RequestMaker::RequestMaker(const Plan& plan, size_t number, std::atomic<uint64_t>& additions)
    : plan_(plan), dice_(plan.seed * 1'000'003 + number), additions_(additions), begin_(begin_of(plan)) {
    const bool with_body = plan.work == Work::Create || plan.work == Work::Bulk || plan.work == Work::AddMember ||
                           plan.work == Work::Rename || plan.work == Work::Introspect;
    if (plan.work == Work::Filter) end_ = "%22";
    if (plan.work == Work::List) end_ = "&count=" + std::to_string(plan.page_rows);
    end_ += headers_of(plan, with_body);
}

void RequestMaker::append(size_t& page, std::string& out) {
    switch (plan_.work) {
        case Work::Get: return append_get(out);
        case Work::Filter: return append_filter(out);
        case Work::List: return append_list(page, out);
        case Work::Create: return append_create(out);
        case Work::Bulk: return append_bulk(out);
        case Work::AddMember: return append_addition(out);
        case Work::Rename: return append_rename(out);
        case Work::Introspect: return append_introspection(out);
        case Work::Path: out += begin_; out += end_; return;
    }
}

void RequestMaker::append_get(std::string& out) {
    out += begin_;
    out += plan_.users.id(dice_.below(plan_.users.size()));
    out += end_;
}

void RequestMaker::append_filter(std::string& out) {
    out += begin_;
    for (const char c : plan_.users.user_name(dice_.below(plan_.users.size()))) {
        if (c == '@') out += "%40";
        else out += c;
    }
    out += end_;
}

void RequestMaker::append_list(size_t& page, std::string& out) {
    out += begin_;
    out += std::to_string((plan_.first_page + page) * plan_.page_rows + 1);
    out += end_;
    page = (page + 1) % plan_.pages;
}

void RequestMaker::append_create(std::string& out) {
    body_.clear();
    append_person(dice_, {}, body_);
    out += begin_;
    append_body(out);
}

void RequestMaker::append_bulk(std::string& out) {
    body_ = R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[)";
    for (size_t i = 0; i < plan_.operations; ++i) {
        body_ += i == 0 ? "" : ",";
        body_ += R"({"method":"POST","path":"/Users","bulkId":")" + std::to_string(i) + R"(","data":)";
        append_person(dice_, {}, body_);
        body_ += '}';
    }
    body_ += "]}";
    out += begin_;
    append_body(out);
}

void RequestMaker::append_addition(std::string& out) {
    const uint64_t number = plan_.first + additions_.fetch_add(1, std::memory_order_relaxed);
    const size_t free = plan_.users.size() - plan_.members_taken;
    body_.clear();
    append_member_patch(plan_.users.id(plan_.members_taken + number * kStride % free), body_);
    out += begin_;
    out += plan_.groups.line(number % plan_.groups.size());
    append_body(out);
}

void RequestMaker::append_rename(std::string& out) {
    body_ = R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace",)"
            R"("path":"title","value":"Title )" +
            std::to_string(dice_.below(1'000'000'000)) + R"("}]})";
    out += begin_;
    out += plan_.users.id(dice_.below(plan_.users.size()));
    append_body(out);
}

void RequestMaker::append_introspection(std::string& out) {
    body_ = "token=";
    body_ += plan_.tokens.line(dice_.below(plan_.tokens.size()));
    out += begin_;
    append_body(out);
}

void RequestMaker::append_body(std::string& out) {
    out += end_;
    out += std::to_string(body_.size());
    out += "\r\n\r\n";
    out += body_;
}

}  // namespace rollcall::bench
