// One meaning, however it is written: random edits of users leave the same directory whether they are sent as
// PUT, as PATCH with paths, as PATCH without paths, or in Bulks, and it is what the flat model says.
#include <deque>

#include "in_process.h"
#include "random_patch.h"

namespace rollcall::test {
namespace {

using http::Method;
using namespace scim::test;

constexpr std::string_view kPatchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
constexpr size_t kUsers = 25;
constexpr size_t kRound = 200;  // edits between two looks at the directories
constexpr size_t kBulkOperations = 20;

json::object with_schemas(json::object attributes) {
    attributes["schemas"] = json::array{kUser, kEnterprise};
    return attributes;
}

// PUT keeps `active` when it is left out.
json::object put_body(const json::object& after) {
    auto body = with_schemas(after);
    if (!body.contains("active")) body["active"] = nullptr;
    return body;
}

// What differs, as the value of a replace without path; what is gone as null, also in objects, which are
// merged.
json::object difference(const json::object& before, const json::object& after) {
    json::object out;
    for (const auto& [name, value] : after) {
        const auto* old = before.if_contains(name);
        if (old != nullptr && *old == value) continue;
        const bool merges = value.is_object() && old != nullptr && old->is_object();
        out[name] = merges ? json::value(difference(old->get_object(), value.get_object())) : value;
    }
    for (const auto& [name, value] : before) {
        if (!after.contains(name)) out[name] = value.is_array() ? json::value(json::array()) : json::value();
    }
    return out;
}

std::string patch_of(const std::string& operations) {
    return R"({"schemas":[")" + std::string(kPatchOp) + R"("],"Operations":[)" + operations + "]}";
}

std::string patch_without_path(const json::object& before, const json::object& after) {
    json::object change = difference(before, after);
    // An object of nothing but null says the same as null, which clears it.
    return patch_of(R"({"op":"replace","value":)" + to_json(change) + "}");
}

// An edit written in each of the ways.
struct Edit {
    size_t user;
    bool refused;
    std::string put, paths, no_path;
};

class EditsOnEngine : public testing::TestWithParam<std::string_view> {
protected:
    EditsOnEngine() {
        for (const char* way : {"put", "paths", "no-path", "bulk"})
            ways_.push_back({server_.tenant(way), {}});
        Generator generator(random_);
        for (size_t i = 0; i < kUsers; ++i) {
            users_.push_back(generator.user());
            users_.back().singles["userName"] = "\"user" + std::to_string(i) + "\"";
            for (auto& way : ways_) {
                const auto made = server_.send(way.token, Method::Post, "/Users",
                                               to_json(put_body(document(users_.back()))));
                EXPECT_EQ(made.status, 201) << made.body;
                way.ids.emplace_back(made.document().at("id").as_string());
            }
        }
    }

    Edit next() {
        Generator generator(random_);
        const size_t user = random_.below(kUsers);
        std::vector<FlatStep> steps(1 + random_.below(3));
        FlatUser after = users_[user];
        std::string refusal, operations;
        for (auto& step : steps) {
            step = generator.step();
            if (step.name == "userName" && step.value) step.value->insert(2, std::to_string(user));
            if (refusal.empty()) refusal = apply_step(after, step);
            operations += (operations.empty() ? "" : ",") + Writer(random_).with_path(step);
        }
        Edit edit{user, !refusal.empty(), {}, patch_of(operations), {}};
        if (edit.refused) return edit;
        edit.put = to_json(put_body(document(after)));
        edit.no_path = patch_without_path(document(users_[user]), document(after));
        users_[user] = after;
        return edit;
    }

    void send(const Edit& edit) {
        sent_.push_back(edit);
        const auto post = [&](size_t way, Method method, const std::string& body) {
            replies_.emplace_back();
            expected_.push_back(edit.refused ? 400 : 200);
            server_.post(ways_[way].token, method, "/Users/" + ways_[way].ids[edit.user], body,
                         replies_.back());
        };
        if (!edit.refused) post(0, Method::Put, edit.put);
        post(1, Method::Patch, edit.paths);
        if (!edit.refused) post(2, Method::Patch, edit.no_path);
        const size_t form = edit.refused ? 1 : random_.below(3);
        const auto& data = form == 0 ? edit.put : form == 1 ? edit.paths : edit.no_path;
        bulk_ += (bulk_.empty() ? "" : ",") + std::string(R"({"method":")") + (form == 0 ? "PUT" : "PATCH") +
                 R"(","path":"/Users/)" + ways_[3].ids[edit.user] + R"(","data":)" + data + "}";
        bulk_statuses_ += edit.refused ? "400 " : "200 ";
        if (++in_bulk_ == kBulkOperations) send_bulk();
    }

    void send_bulk() {
        const auto reply = server_.send(ways_[3].token, Method::Post, "/Bulk",
                                        R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],)"
                                        R"("Operations":[)" +
                                            bulk_ + "]}");
        ASSERT_EQ(reply.status, 200) << reply.body;
        std::string statuses;
        const auto document = reply.document();
        for (const auto& result : document.at("Operations").as_array()) {
            statuses.append(std::string_view(result.at("status").as_string())).append(" ");
        }
        ASSERT_EQ(statuses, bulk_statuses_) << bulk_ << "\n" << reply.body;
        bulk_.clear();
        bulk_statuses_.clear();
        in_bulk_ = 0;
    }

    // All directories are what the model says.
    void compare() {
        if (in_bulk_ > 0) send_bulk();
        server_.wait();
        for (size_t i = 0; i < replies_.size(); ++i) {
            ASSERT_EQ(replies_[i].status, expected_[i]) << replies_[i].body << "\n" << last_edits();
        }
        for (size_t way = 0; way < ways_.size(); ++way) {
            for (size_t user = 0; user < kUsers; ++user) {
                ASSERT_EQ(json::value(stored(way, user)), json::value(document(users_[user])))
                    << "way " << way << ", user " << user << "\n"
                    << last_edits(user);
            }
        }
        replies_.clear();
        expected_.clear();
        sent_.clear();
    }

    json::object stored(size_t way, size_t user) {
        auto resource = server_.send(ways_[way].token, Method::Get, "/Users/" + ways_[way].ids[user])
                            .document()
                            .as_object();
        for (const char* name : {"schemas", "id", "meta"}) resource.erase(name);
        if (auto* enterprise = resource.if_contains(kEnterprise)) {
            if (auto* manager = enterprise->as_object().if_contains("manager")) {
                manager->as_object().erase("$ref");
                manager->as_object().erase("displayName");
            }
        }
        return resource;
    }

    std::string last_edits(std::optional<size_t> user = {}) const {
        std::string out;
        for (const auto& edit : sent_) {
            if (user && edit.user != *user) continue;
            out += "user " + std::to_string(edit.user) + "\n  " + edit.put + "\n  " + edit.paths + "\n  " +
                   edit.no_path + "\n";
        }
        return out;
    }

    struct Way {
        std::string token;
        std::vector<std::string> ids;
    };

    RandomSource random_{RandomSource::seed()};
    InProcess server_{GetParam()};
    std::vector<Way> ways_;
    std::vector<FlatUser> users_;
    std::deque<Reply> replies_;
    std::vector<int> expected_;
    std::vector<Edit> sent_;
    std::string bulk_, bulk_statuses_;
    size_t in_bulk_ = 0;
};

TEST_P(EditsOnEngine, MeanTheSameInEveryForm) {
    const uint64_t edits = number_from_environment("ROLLCALL_CASES", 20'000);
    size_t refused = 0;
    for (uint64_t i = 0; i < edits && !HasFatalFailure(); ++i) {
        const Edit edit = next();
        refused += edit.refused ? 1 : 0;
        send(edit);
        if ((i + 1) % kRound == 0 || i + 1 == edits) compare();
    }
    EXPECT_GT(refused, edits / 100);
    EXPECT_LT(refused, edits / 2);
    EXPECT_EQ(server_.verify(), "");
}
INSTANTIATE_TEST_SUITE_P(Engines, EditsOnEngine, testing::Values("memory", "sqlite"),
                         [](const auto& engine) { return std::string(engine.param); });

}  // namespace
}  // namespace rollcall::test
