#include "etcd/revision.h"

#include <limits>

#include "base/big_endian.h"
#include "codec/protobuf.h"

namespace salvor::etcd {

std::optional<RevisionKey> parse_revision(ByteView key) {
  if (key.size() != kRevisionBytes && key.size() != kRevisionBytes + 1) return std::nullopt;
  const bool tombstone = key.size() == kRevisionBytes + 1;
  if (key[8] != std::byte{'_'} || (tombstone && key[kRevisionBytes] != std::byte{'t'})) return std::nullopt;
  const std::uint64_t main = load_big_endian(key.first(8)), sub = load_big_endian(key.subspan(9, 8));
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (main > kMost || sub > kMost) return std::nullopt;
  return RevisionKey{{static_cast<std::int64_t>(main), static_cast<std::int64_t>(sub)}, tombstone};
}

std::string revision_bytes(Revision revision) {
  Bytes bytes;
  append_big_endian(bytes, static_cast<std::uint64_t>(revision.main), 8);
  bytes.push_back(std::byte{'_'});
  append_big_endian(bytes, static_cast<std::uint64_t>(revision.sub), 8);
  return std::string(as_text(bytes));
}

bool parse_key_value(std::string_view message, KeyValue& kv) {
  kv = {};
  codec::ProtobufReader reader(message);
  codec::ProtobufField field;
  while (reader.next(field)) {
    const bool is_bytes = field.number == 1 || field.number == 5;
    if (field.number > 6) continue;
    if (field.type != (is_bytes ? codec::WireType::bytes : codec::WireType::varint)) return false;
    switch (field.number) {
      case 1: kv.key = field.bytes; break;
      case 2: kv.create_revision = static_cast<std::int64_t>(field.value); break;
      case 3: kv.mod_revision = static_cast<std::int64_t>(field.value); break;
      case 4: kv.version = static_cast<std::int64_t>(field.value); break;
      case 5: kv.value = field.bytes; break;
      default: kv.lease = static_cast<std::int64_t>(field.value); break;
    }
  }
  return !reader.malformed();
}

std::string key_value_bytes(const KeyValue& kv) {
  Bytes bytes;
  const auto number = [&](std::uint32_t field, std::int64_t value) {
    if (value != 0) codec::append_number_field(bytes, field, static_cast<std::uint64_t>(value));
  };
  if (!kv.key.empty()) codec::append_bytes_field(bytes, 1, kv.key);
  number(2, kv.create_revision);
  number(3, kv.mod_revision);
  number(4, kv.version);
  if (!kv.value.empty()) codec::append_bytes_field(bytes, 5, kv.value);
  number(6, kv.lease);
  return std::string(as_text(bytes));
}

}  // namespace salvor::etcd
