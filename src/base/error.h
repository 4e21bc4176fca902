// Error: what went wrong, to what, why, and what to do about it.
//
// An Error is one pointer wide. It holds a code, a message, an optional hint for the user and an optional wait before
// a retry. The code alone decides whether an operation may be tried again (`is_retryable`) and which exit status the
// program ends with (`exit_status`). Where another vocabulary comes in (errno, HTTP, Status.reason, S3 codes) it is
// mapped to a code once, at the edge.
//
// Outer sentences are added on the way up with `context`; `to_string` prints "outer: inner". A hint is a full sentence
// telling the user what to do; the innermost hint wins because it knows most.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace salvor {

enum class Code {
  not_found,        // the named thing does not exist
  already_exists,   // it exists and must not
  conflict,         // it changed since it was read
  invalid,          // the input or request can never succeed as given
  unauthenticated,  // nobody knows who we are
  denied,           // we are known and may not
  unavailable,      // the other side cannot answer now
  deadline,         // no answer in time
  throttled,        // asked to slow down
  cancelled,        // stopped on request
  corrupt,          // bytes are not what they were when written
  out_of_space,     // disk, quota or file descriptors used up
  expired,          // a continuation or watch position is too old (410 Gone)
  unsupported,      // understood, but not offered here
  internal,         // a defect in salvor
};

// The code's name as it appears in logs and JSON output, e.g. "not_found".
std::string_view to_string(Code code);

// True when the same request may succeed later without anybody changing anything.
bool is_retryable(Code code);

class [[nodiscard]] Error {
 public:
  Error(Code code, std::string message);
  Error(const Error&) = delete;
  Error& operator=(const Error&) = delete;
  Error(Error&&) noexcept;
  Error& operator=(Error&&) noexcept;
  ~Error();

  // Builders; use on a temporary: `return Error(Code::invalid, "...").hint("...")`.
  Error&& context(std::string_view outer) &&;
  Error&& hint(std::string text) &&;
  Error&& retry_after(std::chrono::milliseconds wait) &&;

  Code code() const;
  const std::string& message() const;  // "outer: inner", one line, no secrets
  const std::string& hint() const;     // may be empty
  std::optional<std::chrono::milliseconds> retry_after() const;

  // An equal error, for the rare place that reports one error in two places.
  Error clone() const;

 private:
  struct Detail;
  std::unique_ptr<Detail> detail_;
};

// The message, and the hint on a second line when there is one.
std::string to_string(const Error& error);

// An Error from errno: "open /x/y: No space left on device", code by errno's meaning.
Error errno_error(std::string_view what, int errno_value);

}  // namespace salvor
