// gzip of large answers. Small ones cost more to compress than to send, which is why the caller has a
// threshold.
#pragma once

#include "http/message.h"

namespace rollcall::http {

// Whether an answer is worth it: at least `bytes_min` of a text type, and not encoded already.
bool is_compressible(const Response& response, size_t bytes_min);

// Replaces the body by its gzip and sets Content-Encoding. Leaves the answer alone when that would not be
// shorter.
void compress(Response& response);

}  // namespace rollcall::http
