#include "base/error.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace salvor {

struct Error::Detail {
  Code code;
  std::string message;
  std::string hint;
  std::optional<std::chrono::milliseconds> retry_after;
};

Error::Error(Code code, std::string message)
    : detail_(std::make_unique<Detail>(Detail{code, std::move(message), {}, {}})) {}
Error::Error(Error&&) noexcept = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

Error&& Error::context(std::string_view outer) && {
  detail_->message.insert(0, std::string(outer) + ": ");
  return std::move(*this);
}

Error&& Error::hint(std::string text) && {
  if (detail_->hint.empty()) detail_->hint = std::move(text);
  return std::move(*this);
}

Error&& Error::retry_after(std::chrono::milliseconds wait) && {
  detail_->retry_after = wait;
  return std::move(*this);
}

Code Error::code() const { return detail_->code; }
const std::string& Error::message() const { return detail_->message; }
const std::string& Error::hint() const { return detail_->hint; }
std::optional<std::chrono::milliseconds> Error::retry_after() const { return detail_->retry_after; }

Error Error::clone() const {
  Error copy(detail_->code, detail_->message);
  *copy.detail_ = *detail_;
  return copy;
}

std::string_view to_string(Code code) {
  switch (code) {
    case Code::not_found: return "not_found";
    case Code::already_exists: return "already_exists";
    case Code::conflict: return "conflict";
    case Code::invalid: return "invalid";
    case Code::unauthenticated: return "unauthenticated";
    case Code::denied: return "denied";
    case Code::unavailable: return "unavailable";
    case Code::deadline: return "deadline";
    case Code::throttled: return "throttled";
    case Code::cancelled: return "cancelled";
    case Code::corrupt: return "corrupt";
    case Code::out_of_space: return "out_of_space";
    case Code::expired: return "expired";
    case Code::unsupported: return "unsupported";
    case Code::internal: return "internal";
  }
  return "internal";
}

bool is_retryable(Code code) { return code == Code::unavailable || code == Code::deadline || code == Code::throttled; }

std::string to_string(const Error& error) {
  if (error.hint().empty()) return error.message();
  return error.message() + "\n" + error.hint();
}

namespace {

Code code_of_errno(int value) {
  switch (value) {
    case ENOENT:
    case ENOTDIR: return Code::not_found;
    case EEXIST:
    case ENOTEMPTY: return Code::already_exists;
    case EACCES:
    case EPERM:
    case EROFS: return Code::denied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE: return Code::out_of_space;
    case EINVAL:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP: return Code::invalid;
    case ENOTSUP:
    case ENOSYS: return Code::unsupported;
    case ETIMEDOUT: return Code::deadline;
    case ECANCELED: return Code::cancelled;
    case EBADMSG: return Code::corrupt;
    default: return Code::unavailable;  // EIO, ESTALE, ECONNRESET, EAGAIN: the device or peer may come back
  }
}

}  // namespace

Error errno_error(std::string_view what, int errno_value) {
  char buffer[128];
  const char* text = strerror_r(errno_value, buffer, sizeof buffer);
  return Error(code_of_errno(errno_value), std::string(what) + ": " + text);
}

}  // namespace salvor
