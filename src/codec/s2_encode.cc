// Encoding one block of S2: a table remembers where six bytes were seen last; what is the same there is a copy.
#include <array>
#include <cstring>

#include "base/check.h"
#include "codec/protobuf.h"
#include "codec/s2_block.h"

namespace salvor::codec {
namespace {

constexpr std::size_t kMinMatch = 4;
constexpr unsigned kTableBits = 15;
constexpr std::size_t kLoadBytes = 8;  // what is read at a position that is looked up

std::uint32_t load32(const std::byte* from) {
  std::uint32_t value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
std::uint64_t load64(const std::byte* from) {
  std::uint64_t value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// Of six bytes: with four, text of few letters fills the table with what is near and matches little.
std::uint32_t slot_of(const std::byte* from) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  return static_cast<std::uint32_t>((load64(from) << 16) * kOdd >> (64 - kTableBits));
}

class Encoder {
 public:
  Encoder(ByteView text, Bytes& out) : text_(text), out_(out) {}

  void run() {
    if (text_.size() > kLoadBytes) match_all();
    literal(text_.subspan(written_));
  }

 private:
  // Positions of where six bytes were seen last. A slot that was never set says 0, which is as good a guess as any.
  void match_all() {
    std::array<std::uint32_t, std::size_t{1} << kTableBits> seen{};
    const std::size_t last = text_.size() - kLoadBytes;
    for (std::size_t at = 1; at <= last;) {
      std::uint32_t& slot = seen[slot_of(&text_[at])];
      const std::size_t before = slot;
      slot = static_cast<std::uint32_t>(at);
      if (load32(&text_[before]) != load32(&text_[at])) {
        at += 1 + ((at - written_) >> 6);  // the longer nothing is found, the greater the steps
        continue;
      }
      at = match(before, at);
      if (at <= last) seen[slot_of(&text_[at - 2])] = static_cast<std::uint32_t>(at - 2);
    }
  }

  // Writes what was not matched and then the match of `at` with `before`; returns where it ends.
  std::size_t match(std::size_t before, std::size_t at) {
    const std::size_t distance = at - before;
    while (at > written_ && at > distance && text_[at - 1] == text_[at - 1 - distance]) --at;
    std::size_t end = at + kMinMatch;
    while (end < text_.size() && text_[end] == text_[end - distance]) ++end;
    literal(text_.subspan(written_, at - written_));
    copy(distance, end - at);
    written_ = end;
    return end;
  }

  void literal(ByteView bytes) {
    if (bytes.empty()) return;
    const std::size_t count = bytes.size() - 1;
    if (count < 60) {
      number(count << 2, 1);
    } else {
      const std::size_t size = count < 1 << 8 ? 1 : count < 1 << 16 ? 2 : 3;
      number((59 + size) << 2, 1);
      number(count, size);
    }
    append(out_, bytes);
  }

  void copy(std::size_t distance, std::size_t size) {
    if (distance == distance_) return repeat(size);
    distance_ = distance;
    constexpr std::size_t kMost = 64, kFirst = 60;  // of a copy; of one that leaves a repeat at least four bytes
    const std::size_t now = size <= kMost ? size : kFirst;
    if (distance >= 1 << 16) {
      number((now - 1) << 2 | 3, 1);
      number(distance, 4);
    } else if (distance >= 1 << 11 || now > 11) {
      number((now - 1) << 2 | 2, 1);
      number(distance, 2);
    } else {
      number((distance >> 8) << 5 | (now - 4) << 2 | 1, 1);
      number(distance, 1);
    }
    if (size > now) repeat(size - now);
  }

  void repeat(std::size_t size) {
    if (size <= 8) return repeat_of(size - 4, 0, 0);
    if (size < 8 + (1 << 8)) return repeat_of(5, size - 8, 1);
    if (size < 260 + (1 << 16)) return repeat_of(6, size - 260, 2);
    repeat_of(7, size - 65540, 3);
  }
  void repeat_of(std::size_t code, std::size_t more, std::size_t more_bytes) {
    number(code << 2 | 1, 1);
    number(0, 1);
    number(more, more_bytes);
  }

  void number(std::size_t value, std::size_t size) {
    for (; size > 0; --size, value >>= 8) out_.push_back(static_cast<std::byte>(value));
  }

  ByteView text_;
  Bytes& out_;
  std::size_t written_ = 0;   // what of the text is in `out_`
  std::size_t distance_ = 0;  // of the copy before
};

}  // namespace

void encode_s2_block(ByteView text, Bytes& out) {
  CHECK(text.size() <= kMaxS2BlockBytes);
  append_varint(out, text.size());
  Encoder(text, out).run();
}

}  // namespace salvor::codec
