// GrowingText collects what a decompressor makes when nobody can tell beforehand how much that is. Memory follows what
// was made, never what the compressed bytes claim, and a limit ends a bomb.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"

namespace salvor::codec {

class GrowingText {
 public:
  explicit GrowingText(std::size_t max_bytes) : max_bytes_(std::min(max_bytes, SIZE_MAX - 1)) {}

  // Where the next bytes go. Empty only beyond the limit.
  MutableByteView room() {
    if (size_ == text_.size() && !is_over_limit()) {
      text_.resize(std::min(max_bytes_ + 1, std::max<std::size_t>(kFirstBytes, 2 * size_)));
    }
    return MutableByteView(text_).subspan(size_);
  }
  void made(std::size_t bytes) { size_ += bytes; }
  // There is room for one byte more than the limit allows, to see that there is more.
  bool is_over_limit() const { return size_ > max_bytes_; }

  Bytes take() && {
    text_.resize(size_);
    return std::move(text_);
  }

 private:
  static constexpr std::size_t kFirstBytes = 64 << 10;
  std::size_t max_bytes_, size_ = 0;
  Bytes text_;
};

}  // namespace salvor::codec
