// POST /Bulk (RFC 7644 §3.7). The connection's thread does for each operation what it does for a request of
// its own: route, form, and a closure for the writer. The writer runs the closures as one job, what is
// referred to first, each behind a mark to return to: an operation is done whole or not at all.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <deque>

#include "base/graph.h"
#include "base/text.h"
#include "scim/bulk_request.h"
#include "scim/call.h"
#include "scim/response.h"

namespace rollcall::scim {
namespace {

using http::Response;

constexpr std::string_view kBulkResponse =
    R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],"Operations":[)";

std::string_view header_of(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) return value;
    }
    return {};
}

// Of this thread: a neighbour on the machine must not end a Bulk.
std::chrono::nanoseconds processor_time() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// One operation: as a request of its own, and what became of it.
struct Step {
    http::Head head;
    BulkPart part;
    CallPointer call;
    std::string location;              // of the resource it is about, but for POST
    std::optional<http::Write> write;  // empty: `answer` is known without the directory
    std::optional<Response> answer;    // known before where the form is wrong
    bool done = false;                 // `answer` is the result
    std::chrono::steady_clock::duration took{};

    bool has_failed() const { return done && answer && answer->status >= 400; }
};

class Bulk {
public:
    Bulk(const CallPointer& call, BulkRequest request)
        : call_(call), request_(std::move(request)), steps_(request_.operations.size()) {
        together_.now = call->service->clock();
        base_path_ = call->head->path.substr(0, call->head->path.rfind("/Bulk"));
        for (size_t i = 0; i < steps_.size(); ++i) prepare(i);
        for (const auto& operation : request_.operations) references_.push_back(operation.refers_to);
    }
    Bulk(const Bulk&) = delete;
    Bulk& operator=(const Bulk&) = delete;

    // On the writer.
    Response run(store::Transaction& transaction) {
        end_of_time_ = processor_time() + std::chrono::milliseconds(call_->service->limits.query_deadline_ms);
        for (const auto& circle : strongly_connected(references_)) {
            if (failed_ >= request_.errors_max) break;
            together_.in_circle = is_circle(references_, circle);
            run_circle(circle, transaction);
        }
        call_->note = std::to_string(steps_.size()) + " operations, " + std::to_string(failed_) + " failed";
        return json_response(200, body(), *call_->head);
    }

private:
    void prepare(size_t index) {
        auto& operation = request_.operations[index];
        auto& step = steps_[index];
        make_call(operation, step);
        auto& call = *step.call;
        if (operation.refusal) {
            step.answer = error_response(*operation.refusal, call.head);
        }
        if (operation.path.empty() || operation.method == http::Method::Other) return;
        auto handler = call_->service->route_operation(call, operation.path);
        if (handler && operation.method != http::Method::Post) step.location = call.base_url + operation.path;
        if (step.answer) return;
        if (!handler) {
            step.answer = error_response(handler.error(), call.head);
            return;
        }
        auto outcome = (*handler)(step.call);
        if (auto* write = std::get_if<http::Write>(&outcome)) {
            step.write = std::move(*write);
        } else {
            step.answer = std::get<Response>(std::move(outcome));
        }
    }

    void make_call(BulkOperation& operation, Step& step) {
        auto& head = step.head;
        head.method = operation.method;
        head.method_text = operation.method_text;
        operation_paths_.push_back(base_path_ + operation.path);
        head.path = operation_paths_.back();
        for (const auto& header : call_->head->headers) {
            if (equals_ignoring_case(header.first, "Prefer")) head.headers.push_back(header);
        }
        if (!operation.version.empty()) head.headers.emplace_back("If-Match", operation.version);
        head.peer_address = call_->head->peer_address;
        head.id = call_->head->id;
        head.received = call_->head->received;
        step.part = {std::move(operation.data), operation.id, &together_};
        step.call = std::make_shared<Call>();
        step.call->service = call_->service;
        step.call->head = &head;
        step.call->caller = call_->caller;
        step.call->policy = call_->policy;
        step.call->catalogue = call_->catalogue;
        step.call->schema_version = call_->schema_version;
        step.call->base_url = call_->base_url;
        step.call->bulk_part = &step.part;
        step.call->owners_before_lock = call_->owners_before_lock;
    }

    // A circle of references stands or falls as a whole; nearly every one is a single operation.
    void run_circle(const std::vector<size_t>& circle, store::Transaction& transaction) {
        transaction.mark();
        together_.waiting.clear();
        std::optional<size_t> failed;
        for (const size_t index : circle) {
            run_step(index, transaction);
            if (!steps_[index].has_failed()) continue;
            failed = index;
            break;
        }
        if (!failed && together_.in_circle) failed = close(circle, transaction);
        if (failed) {
            transaction.undo_to_mark();
            fail(circle, *failed);
        }
        for (const size_t index : circle) record(index, transaction);
    }

    void run_step(size_t index, store::Transaction& transaction) {
        auto& step = steps_[index];
        step.done = true;
        if (step.answer) return;
        if (auto refusal = failed_target(index)) {
            step.answer = error_response(*refusal, step.call->head);
            return;
        }
        if (has_run_ && processor_time() > end_of_time_) {
            step.answer =
                error_response({ErrorKind::Unavailable,
                                "The operations before took all the time that one Bulk has; send the "
                                "rest again, in smaller requests."},
                               step.call->head);
            return;
        }
        has_run_ = true;
        const auto started = std::chrono::steady_clock::now();
        step.answer = step.write->run(transaction);
        step.write.reset();
        step.took = std::chrono::steady_clock::now() - started;
    }

    // AMB-62: whoever refers to what is not there fails with it.
    std::optional<Error> failed_target(size_t index) const {
        for (const size_t target : references_[index]) {
            if (steps_[target].has_failed()) return refers_to_failed(target);
        }
        return std::nullopt;
    }
    Error refers_to_failed(size_t target) const {
        return {steps_[target].answer->status == 409 ? ErrorKind::Conflict : ErrorKind::InvalidValue,
                "The operation refers to a bulkId whose own operation failed."};
    }

    // The one whose members are refused, if any are.
    std::optional<size_t> close(const std::vector<size_t>& circle, store::Transaction& transaction) {
        const auto& service = *call_->service;
        directory::Context context{transaction.tenant(call_->caller),
                                   call_->caller,
                                   *call_->policy,
                                   *call_->catalogue,
                                   service.limits,
                                   together_.now,
                                   &together_,
                                   call_->head->id,
                                   service.sensitive_attributes};
        auto refusal = directory::close_circle(context);
        const auto index_of = [&](ResourceId id) {
            return *std::ranges::find_if(circle, [&](size_t i) { return steps_[i].part.id == id; });
        };
        for (const auto& waiting : together_.waiting) {
            if (waiting.skipped == 0) continue;
            steps_[index_of(waiting.resource)].call->note =
                std::to_string(waiting.skipped) + " unknown members skipped";
        }
        if (!refusal) return std::nullopt;
        const auto index = index_of(refusal->resource);
        steps_[index].answer = error_response(refusal->error, steps_[index].call->head);
        steps_[index].call->note = refusal->error.note;
        return index;
    }

    // One of a circle failed: the others refer to it, and what they have done is undone.
    void fail(const std::vector<size_t>& circle, size_t failed) {
        const Error refusal = refers_to_failed(failed);
        ++failed_;
        for (const size_t index : circle) {
            if (index == failed) continue;
            auto& step = steps_[index];
            step.done = failed_ < request_.errors_max;
            if (!step.done) continue;
            ++failed_;
            const bool has_own_fault = step.answer && step.answer->status >= 400;
            if (!has_own_fault) step.answer = error_response(refusal, step.call->head);
        }
        for (const size_t index : circle) {
            steps_[index].call->target.clear();
            if (index != failed) steps_[index].call->note.clear();
        }
    }

    void record(size_t index, store::Transaction& transaction) {
        const auto& step = steps_[index];
        if (!step.done) return;
        const auto us = std::chrono::duration_cast<std::chrono::microseconds>(step.took).count();
        call_->service->record_operation(*step.call, step.answer->status, us, transaction);
    }

    std::string body() const {
        std::string out(kBulkResponse);
        bool first = true;
        for (size_t i = 0; i < steps_.size(); ++i) {
            if (!steps_[i].done) continue;
            if (!first) out += ',';
            first = false;
            append_result(i, out);
        }
        return out += "]}";
    }

    void append_result(size_t index, std::string& out) const {
        const auto& operation = request_.operations[index];
        const auto& step = steps_[index];
        const auto append = [&](std::string_view name, std::string_view value) {
            out += name;
            write_json_string(value, out);
            out += ',';
        };
        out += '{';
        if (!operation.method_text.empty()) append("\"method\":", operation.method_text);
        if (operation.bulk_id) append("\"bulkId\":", *operation.bulk_id);
        if (const auto version = header_of(*step.answer, "ETag"); !version.empty()) {
            append("\"version\":", version);
        }
        if (const auto location = location_to_show(index); !location.empty())
            append("\"location\":", location);
        out += "\"status\":\"" + std::to_string(step.answer->status) + '"';
        if (step.has_failed()) out += ",\"response\":" + step.answer->body;
        out += '}';
    }

    // P-BULK-21; what was not created has no address.
    std::string_view location_to_show(size_t index) const {
        const auto& step = steps_[index];
        const auto target = request_.operations[index].path_refers_to;
        if (target && (!steps_[*target].done || steps_[*target].has_failed())) return {};
        if (request_.operations[index].method != http::Method::Post) return step.location;
        return header_of(*step.answer, "Location");
    }

    const CallPointer call_;
    BulkRequest request_;
    directory::Together together_;
    std::string base_path_;
    std::deque<std::string> operation_paths_;  // of the heads
    std::vector<Step> steps_;
    Graph references_;
    size_t failed_ = 0;
    std::chrono::nanoseconds end_of_time_{};
    bool has_run_ = false;  // the first operation is not refused: whoever sends the rest again gets on
};

http::Finished read_bulk(const CallPointer& call) {
    if (auto type = check_content_type(*call->head); !type) return error_response(type.error(), call->head);
    auto body = parse_json(call->body, bulk_json_limits());
    if (!body) return error_response(body.error(), call->head);
    auto request = read_bulk_request(std::move(*body), {call->leniency(), call->service->limits});
    if (!request) return error_response(request.error(), call->head);
    auto bulk = std::make_shared<Bulk>(call, std::move(*request));
    http::Write write{[bulk](store::Transaction& transaction) { return bulk->run(transaction); }};
    write.is_large = true;
    return write;
}

}  // namespace

http::Outcome change_in_bulk(const CallPointer& call) {
    constexpr size_t kShortBytesMax = 16 * 1024;
    if (!call->policy->bulk) return not_implemented(call);
    if (call->body.size() <= kShortBytesMax) return http::outcome_of(read_bulk(call));
    // The form of a thousand operations takes tens of milliseconds.
    return http::Scan{[call] { return read_bulk(call); }};
}

}  // namespace rollcall::scim
