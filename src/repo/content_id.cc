#include "repo/content_id.h"

#include <algorithm>

#include "base/hex.h"

namespace salvor::repo {
namespace {

Error no_id(std::string why) { return Error(Code::invalid, "no content id: " + std::move(why)); }

}  // namespace

Result<ContentId> ContentId::from_hash(char prefix, ByteView hash) {
  if (prefix != 0 && !is_prefix(prefix)) return no_id("its prefix is not one of g to z");
  if (hash.empty() || hash.size() > kMaxHashBytes)
    return no_id("its hash has " + std::to_string(hash.size()) + " bytes");
  ContentId id;
  id.bytes_[0] = static_cast<std::byte>(prefix);
  std::ranges::copy(hash, id.bytes_.begin() + 1);
  id.size_ = static_cast<std::uint8_t>(1 + hash.size());
  return id;
}

Result<ContentId> ContentId::from_binary(ByteView binary) {
  if (binary.empty()) return no_id("it is empty");
  return from_hash(static_cast<char>(binary[0]), binary.subspan(1));
}

Result<ContentId> ContentId::parse(std::string_view text) {
  char prefix = 0;
  if (text.size() % 2 == 1) {
    prefix = text[0];
    text.remove_prefix(1);
    if (!is_prefix(prefix)) return no_id("its prefix is not one of g to z");
  }
  std::array<std::byte, kMaxHashBytes> hash;
  if (text.size() > 2 * hash.size()) return no_id("its hash is too long");
  const MutableByteView used(hash.data(), text.size() / 2);
  if (!parse_hex(text, used)) return no_id("its hash is not lower-case hexadecimal");
  return from_hash(prefix, used);
}

std::strong_ordering compare_binary(ByteView a, ByteView b) {
  const std::size_t common = std::min(a.size(), b.size());
  const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  return order != 0 ? order <=> 0 : a.size() <=> b.size();
}

std::strong_ordering ContentId::operator<=>(const ContentId& other) const {
  return compare_binary(binary(), other.binary());
}

std::string to_string(const ContentId& id) {
  std::string text = to_hex(id.hash());
  if (id.prefix() != 0) text.insert(text.begin(), id.prefix());
  return text;
}

}  // namespace salvor::repo
