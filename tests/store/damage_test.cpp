// P12: damage is noticed, or does no harm; never a crash, never a hang. Bytes are flipped, pages zeroed, the
// file and its log truncated, at random; then everything is asked that a server would ask.
//
//   ROLLCALL_SEED, ROLLCALL_FILES (100)
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>

#include "fixture.h"

namespace rollcall::store {
namespace {

uint64_t number_from(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void damage(std::string& bytes, std::mt19937_64& random) {
    if (bytes.size() < 8'192) return;
    const size_t pages = bytes.size() / 4'096;
    switch (random() % 4) {
        case 0:
            bytes[random() % bytes.size()] ^= static_cast<char>(1U << (random() % 8));
            break;
        case 1:
            // Where the structure of a page is.
            for (int i = 0; i < 4; ++i)
                bytes[(random() % pages) * 4'096 + random() % 64] = static_cast<char>(random());
            break;
        case 2:
            bytes.replace((random() % pages) * 4'096, 4'096, 4'096, '\0');
            break;
        default:
            bytes.resize(random() % bytes.size());
            break;
    }
}

class Damaged : public testing::Test {
protected:
    Damaged() {
        const auto path = base_.file("store.db");
        const auto store = open_store("sqlite:" + path);
        caller_ = make_tenant(*store, "acme");
        group_ = group_row("guides");
        change(*store, caller_, [&](TenantTransaction& tenant) {
            EXPECT_TRUE(tenant.insert(group_));
            for (uint64_t i = 0; i < 400; ++i) {
                const auto n = std::to_string(i);
                const auto row =
                    make_row(user_type(), numbered_id(i + 1),
                             R"({"externalId":"x)" + n + R"(","userName":"u)" + n +
                                 R"(","active":true,"emails":[{"value":"u)" + n + R"(@b.test"}]})");
                EXPECT_TRUE(tenant.insert(row));
                tenant.add_member(group_.id, member_of(row));
            }
        });
        log_ = content_of(path + "-wal");
    }

    // Every question, each with the answer that it may also be refused.
    void ask_everything(const std::string& path, int& refused) {
        const auto attempt = [&](auto ask) {
            try {
                ask();
            } catch (const StoreFailure&) {
                ++refused;
            } catch (const std::logic_error&) {
                ++refused;  // the schema itself is damaged
            }
        };
        auto opened = open("sqlite:" + path, {});
        if (!opened) {
            EXPECT_EQ(opened.error().kind, ErrorKind::Unavailable);
            ++refused;
            return;
        }
        auto& store = **opened;
        const auto email = filter_for(user_type(), "emails.value eq \"u7@b.test\"");
        const auto scan = filter_for(user_type(), "title pr or groups.display co \"g\"");
        for (uint64_t i = 0; i < 40; ++i) {
            attempt([&] { reading(store, caller_).find("User", numbered_id(i * 10 + 1)); });
        }
        attempt([&] { reading(store, caller_).members(group_.id, [](const MemberRow&) {}); });
        attempt([&] { reading(store, caller_).groups_of(numbered_id(3)); });
        for (const auto* filter : {&email, &scan, static_cast<const CheckedFilter*>(nullptr)}) {
            Query query;
            query.types = {{&user_type(), filter}};
            attempt([&] { (void)reading(store, caller_).query(query); });
        }
        attempt(
            [&] { change(store, caller_, [&](TenantTransaction& t) { (void)t.insert(user_row("new")); }); });
        attempt([&] {
            change(store, caller_, [&](TenantTransaction& t) { t.erase("User", numbered_id(5), kNow); });
        });
        attempt([&] { refused += store.verify(catalogue()).empty() ? 0 : 1; });
        store.end_read();
    }

    const TemporaryDirectory base_;
    Caller caller_;
    ResourceRow group_;
    std::string log_;
};

TEST_F(Damaged, P12_FilesNeverCrashOrHang) {
    const uint64_t seed = number_from("ROLLCALL_SEED", std::random_device()());
    const uint64_t files = number_from("ROLLCALL_FILES", 100);
    std::cout << "ROLLCALL_SEED=" << seed << " ROLLCALL_FILES=" << files << std::endl;
    std::mt19937_64 random(seed);
    const std::string whole = content_of(base_.file("store.db"));
    ASSERT_GT(whole.size(), 100'000U);
    int noticed = 0;
    for (uint64_t i = 0; i < files; ++i) {
        const TemporaryDirectory directory;
        const auto path = directory.file("store.db");
        std::string bytes = whole;
        std::string log = i % 5 == 4 ? log_ : std::string();
        damage(log.empty() ? bytes : log, random);
        std::ofstream(path, std::ios::binary) << bytes;
        if (!log.empty()) std::ofstream(path + "-wal", std::ios::binary) << log;
        const auto begin = std::chrono::steady_clock::now();
        int refused = 0;
        ask_everything(path, refused);
        noticed += refused > 0 ? 1 : 0;
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20)) << "file " << i;
    }
    std::cout << noticed << " of " << files << " damages were noticed" << std::endl;
    EXPECT_GT(noticed, static_cast<int>(files / 3));
}

}  // namespace
}  // namespace rollcall::store
