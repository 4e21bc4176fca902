// ContentId: the name of a content, an optional letter g..z and the hash of the bytes (kopia repo/content/index/id.go).
//
//   text    k3f2a...       the letter, then the hash in lower-case hexadecimal
//   binary  'k' 3f 2a ...  the key of an index: the letter, 0 when there is none, then the hash
//
// The letter tells what the bytes are for: none for data of files, k directories, x tables of indirect objects, m
// manifests. Ids sort by their binary form: those without a letter first.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::repo {

class ContentId {
 public:
  static constexpr std::size_t kMaxHashBytes = 32;
  static constexpr std::size_t kMaxBinaryBytes = 1 + kMaxHashBytes;

  // The empty id, which names nothing and is what no parser returns.
  ContentId() = default;

  // All refuse with `invalid` what is no id. Upper-case digits are refused too, although kopia takes them: they would
  // be a second name for the same content.
  static Result<ContentId> parse(std::string_view text);
  static Result<ContentId> from_binary(ByteView binary);
  // `prefix` is 0 for none.
  static Result<ContentId> from_hash(char prefix, ByteView hash);

  static bool is_prefix(char letter) { return letter >= 'g' && letter <= 'z'; }

  bool empty() const { return size_ == 0; }
  // 0 when there is none.
  char prefix() const { return static_cast<char>(bytes_[0]); }
  // Views into this object.
  ByteView binary() const { return ByteView(bytes_).first(size_); }
  ByteView hash() const { return size_ == 0 ? ByteView() : binary().subspan(1); }

  bool operator==(const ContentId& other) const { return (*this <=> other) == 0; }
  std::strong_ordering operator<=>(const ContentId& other) const;

 private:
  std::array<std::byte, kMaxBinaryBytes> bytes_{};
  std::uint8_t size_ = 0;
};

std::string to_string(const ContentId& id);

// The order of binary forms.
std::strong_ordering compare_binary(ByteView a, ByteView b);

}  // namespace salvor::repo
