// Answers of one snapshot that were asked for more than once: applications list the same pages again and
// again, and most of the time nothing has changed in between. They are right by construction, because a
// snapshot shows the same however often it is asked, and are forgotten with it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace rollcall::store {

// What an answer was made of, apart from what the snapshot shows.
struct AnswerKey {
    std::string request;                    // all of it that decides about the answer
    std::shared_ptr<const void> catalogue;  // schemas it was written with
};

// Of one reader, which belongs to one thread.
class KeptAnswers {
public:
    // Keeps answers of so many bytes together; what does not fit is not kept.
    explicit KeptAnswers(size_t bytes_max) : bytes_max_(bytes_max) {}

    // Null when none is kept. Valid until the next call of another function.
    const std::string* find(const AnswerKey& key) const;
    // Keeps the answer when it is offered for the second time: most are never asked for again.
    void offer(AnswerKey key, std::string_view answer);
    void clear();

private:
    struct Entry {
        std::shared_ptr<const void> catalogue;
        std::string answer;
    };

    const size_t bytes_max_;
    size_t bytes_ = 0;
    std::unordered_map<std::string, Entry> entries_;
    std::unordered_set<size_t> offered_once_;  // hashes: a wrong one keeps an answer too early
};

}  // namespace rollcall::store
