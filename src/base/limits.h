// Every limit of the server in one place. Each says what breaks above it and where the number comes from;
// each is tested on both sides. Numbers are those of the edge table in SECURITY.md.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rollcall {

struct Limits {
    // --- head ---
    size_t request_line_bytes_max = 8 * 1024;  // 414 above: the longest legal filter is 8 KiB
    size_t head_bytes_max = 16 * 1024;         // 431 above: JWTs reach 6 KiB
    size_t header_lines_max = 64;              // 431 above
    // --- body ---
    size_t body_bytes_max = 1024 * 1024;           // 413 above: a PATCH of 20,000 member ids is 0.9 MiB
    size_t bulk_body_bytes_max = 2 * 1024 * 1024;  // 413 above
    size_t bulk_operations_max = 1'000;            // 413 above: a Bulk is one job of the writer
    size_t bodies_in_flight_bytes_max =
        64 * 1024 * 1024;  // 503 above: the memory ceiling of all bodies together
    size_t ignored_body_bytes_max =
        4 * 1024;  // body of a GET or DELETE is read and dropped up to here, then 413
    size_t chunk_extension_bytes_max = 64;  // 400 above, over all chunks of a message
    // --- time ---
    int64_t head_timeout_ms = 10'000;          // 408 and close: slow heads cost 9 KiB each
    int64_t body_timeout_ms = 30'000;          // 408 and close
    int64_t body_bytes_per_second_min = 1024;  // 408 and close below, after the first two seconds
    int64_t write_stall_ms = 30'000;           // close when a client takes nothing for so long
    int64_t idle_timeout_ms = 75'000;  // close: longer than proxies keep theirs, so the proxy closes first
    int64_t request_deadline_ms = 10'000;  // 503: identity providers give up at 30 s and retry
    int64_t shutdown_ms = 10'000;          // what is in flight at SIGTERM has this long
    // Read and dropped after a refusal: clients that write the whole body first would lose the answer to a reset.
    int64_t drain_bytes_max = 16 * 1024 * 1024;
    int64_t drain_ms = 5'000;
    // --- counts ---
    size_t connections_max = 10'000;  // the oldest connection with an unfinished head is closed above
    size_t connections_per_address_max = 256;    // 503 and close above
    size_t connections_per_proxy_max = 4'096;    // the same for configured proxies
    size_t unfinished_heads_max = 2'000;         // the oldest is closed above
    size_t requests_in_flight_max = 512;         // 503 and Retry-After above: refuse early rather than late
    size_t requests_per_connection_max = 1'000;  // `Connection: close` on the last; 0 means no limit
    // --- filters and queries ---
    size_t filter_bytes_max = 8 * 1024;          // 400 invalidFilter above
    size_t filter_depth_max = 32;                // counted while lexing
    size_t filter_terms_max = 100;               // comparisons in one filter
    size_t filter_value_characters_max = 1'024;  // one literal
    int64_t query_deadline_ms = 2'000;           // 400 tooMany: no request holds a thread for longer
    int64_t page_size_max = 200;                 // filter.maxResults
    int64_t page_size_default = 100;
    int64_t cursor_timeout_s = 3'600;  // 400 expiredCursor: clients ask for the next page within seconds
    // --- resources --- (400 invalidValue above)
    size_t patch_operations_max = 1'000;      // a PATCH runs on the writer, where nobody else can meanwhile
    size_t patch_elements_max = 20'000;       // elements in the value of one operation
    size_t values_per_attribute_max = 100;    // of a multi-valued attribute; members are counted apart
    size_t members_per_request_max = 20'000;  // a full push of a large group in ids fills the body
    size_t group_members_max = 1'000'000;     // showing a group reads all of its rows
    size_t group_nesting_max = 16;            // groups in groups, counted along the longest chain
    size_t string_characters_max = 1'024;     // for single strings
    size_t long_string_bytes_max = 65'536;    // binary values (photos as data, certificates)
    // --- schemas of tenants ---
    size_t tenant_catalogues_max = 256;    // kept in memory; above, those used last: each is some 100 KiB
    size_t tenant_documents_max = 64;      // 400 invalidValue above: schemas and types that a tenant adds
    size_t tenant_schema_bytes_max = 1024 * 1024;  // 400 invalidValue above: all of them together, as text
    // --- signing in ---
    int64_t sign_in_failures_max = 5;       // wrong passwords for a name, before each further try has to wait
    int64_t sign_ins_per_address_max = 20;  // 429 above, in a minute: guesses of passwords
    // --- answers ---
    size_t list_bytes_max =
        32 * 1024 * 1024;  // a page of a list ends with the resource that goes beyond: groups may be large
    size_t gzip_bytes_min = 8 * 1024;  // smaller answers cost more to compress than to send
};

}  // namespace rollcall
