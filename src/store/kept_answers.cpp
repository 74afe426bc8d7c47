#include "store/kept_answers.h"

namespace rollcall::store {

const std::string* KeptAnswers::find(const AnswerKey& key) const {
    const auto known = entries_.find(key.request);
    if (known == entries_.end() || known->second.catalogue != key.catalogue) return nullptr;
    return &known->second.answer;
}

void KeptAnswers::offer(AnswerKey key, std::string_view answer) {
    constexpr size_t kOfferedMax = 10'000;
    const size_t bytes = key.request.size() + answer.size();
    if (bytes_ + bytes > bytes_max_) return;
    if (offered_once_.size() >= kOfferedMax) offered_once_.clear();
    if (offered_once_.insert(std::hash<std::string>{}(key.request)).second) return;
    const auto [entry, is_new] = entries_.try_emplace(std::move(key.request));
    if (!is_new) bytes_ -= entry->first.size() + entry->second.answer.size();
    bytes_ += bytes;
    entry->second = {std::move(key.catalogue), std::string(answer)};
}

void KeptAnswers::clear() {
    entries_.clear();
    offered_once_.clear();
    bytes_ = 0;
}

}  // namespace rollcall::store
