#include "base/rng.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "base/hex.h"

namespace salvor {

std::uint64_t Rng::next() {
  std::uint64_t value;
  fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

std::uint64_t Rng::below(std::uint64_t bound) {
  CHECK(bound > 0);
  const std::uint64_t unbiased = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    const std::uint64_t value = next();
    if (value < unbiased) return value % bound;
  }
}

std::string Rng::hex(std::size_t bytes) {
  Bytes raw(bytes);
  fill(raw);
  return to_hex(raw);
}

std::string Rng::uuid() {
  std::string text = hex(16);
  text[12] = '4';
  text[16] = "89ab"[below(4)];
  for (std::size_t at : {8, 13, 18, 23}) text.insert(at, 1, '-');
  return text;
}

void SystemRng::fill(MutableByteView out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    CHECK(got > 0 || errno == EINTR);
    if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
  }
}

void BufferedRng::fill(MutableByteView out) {
  constexpr std::size_t kBuffer = 4096;
  if (out.size() > kBuffer / 4) return from_->fill(out);
  if (buffer_.size() - used_ < out.size()) {
    buffer_.resize(kBuffer);
    from_->fill(buffer_);
    used_ = 0;
  }
  std::ranges::copy(ByteView(buffer_).subspan(used_, out.size()), out.begin());
  used_ += out.size();
}

void SeededRng::fill(MutableByteView out) {
  for (std::byte& b : out) b = static_cast<std::byte>(engine_() & 0xff);
}

}  // namespace salvor
