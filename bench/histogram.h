// Latencies in nanoseconds, kept in buckets whose width is below 1 % of their value (the idea of HdrHistogram): adding
// costs one increment, percentiles are right to 1 %, two histograms add up.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace rollcall::bench {

class Histogram {
public:
    void add(uint64_t nanoseconds) {
        ++buckets_[bucket_of(nanoseconds)];
        ++count_;
        sum_ += nanoseconds;
        if (nanoseconds > max_) max_ = nanoseconds;
    }

    void merge(const Histogram& other) {
        for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
        count_ += other.count_;
        sum_ += other.sum_;
        if (other.max_ > max_) max_ = other.max_;
    }

    // The value below which `percent` of all are; 0 when empty.
    double percentile(double percent) const {
        const double wanted = static_cast<double>(count_) * percent / 100.0;
        uint64_t seen = 0;
        for (size_t i = 0; i < buckets_.size(); ++i) {
            seen += buckets_[i];
            if (seen > 0 && static_cast<double>(seen) >= wanted) return middle_of(i);
        }
        return 0;
    }

    uint64_t count() const { return count_; }
    uint64_t max() const { return max_; }
    double mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }

private:
    static constexpr int kBits = 7;   // 128 buckets for each power of two
    static constexpr uint64_t kSteps = uint64_t{1} << kBits;

    static size_t bucket_of(uint64_t value) {
        if (value < kSteps) return value;
        const int shift = 63 - std::countl_zero(value) - kBits;
        return static_cast<size_t>((static_cast<uint64_t>(shift + 1) << kBits) + ((value >> shift) & (kSteps - 1)));
    }
    static double middle_of(size_t bucket) {
        if (bucket < kSteps) return static_cast<double>(bucket);
        const uint64_t shift = (bucket >> kBits) - 1;
        const uint64_t low = (kSteps + (bucket & (kSteps - 1))) << shift;
        return static_cast<double>(low) + static_cast<double>(uint64_t{1} << shift) / 2;
    }

    std::vector<uint64_t> buckets_ = std::vector<uint64_t>((64 - kBits + 1) << kBits, 0);
    uint64_t count_ = 0;
    uint64_t sum_ = 0;
    uint64_t max_ = 0;
};

}  // namespace rollcall::bench
