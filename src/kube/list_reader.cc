#include "kube/list_reader.h"

#include <algorithm>

#include "codec/protobuf.h"

namespace salvor::kube {

namespace {

using codec::ProtobufField;
using codec::ProtobufReader;
using codec::WireType;

constexpr std::string_view kMagic{"k8s\0", 4};
constexpr std::size_t kMostHeaderBytes = 20;  // two varints

Error unknown(const std::string& what) { return Error(Code::unsupported, "the list's protobuf form: " + what); }
Error broken() { return Error(Code::corrupt, "not a protobuf list"); }

// What stands before a field's bytes.
struct Header {
  std::uint32_t number = 0;
  std::uint64_t size = 0;
  std::size_t header_size = 0;
};

// Nothing when more bytes are needed.
Result<std::optional<Header>> read_header(std::string_view text) {
  std::string_view rest = text;
  std::uint64_t tag = 0;
  Header header;
  if (!codec::take_varint(rest, tag) || !codec::take_varint(rest, header.size)) {
    if (text.size() >= kMostHeaderBytes) return broken();
    return std::optional<Header>();
  }
  if ((tag & 7) != static_cast<std::uint64_t>(WireType::bytes)) return unknown("a field that is not made of bytes");
  if (tag >> 3 > 4) return unknown("a field with the number " + std::to_string(tag >> 3));
  header.number = static_cast<std::uint32_t>(tag >> 3);
  header.header_size = text.size() - rest.size();
  return std::optional(header);
}

}  // namespace

ListReader::ListReader(std::optional<ProtoKind> kind, ItemSink sink)
    : kind_(kind), sink_(std::move(sink)), json_(sink_) {}

Result<> ListReader::feed(std::string_view piece) {
  if (at_ == At::unknown_form && held_.empty() && !piece.empty() && (!kind_ || piece[0] != kMagic[0])) at_ = At::json;
  if (at_ == At::json) return json_.feed(piece);
  while (!piece.empty()) {
    if (held_.empty()) {
      const std::size_t taken = TRY(step(piece));
      if (taken == 0) held_ = piece;
      piece.remove_prefix(taken == 0 ? piece.size() : taken);
      continue;
    }
    const std::size_t more = std::min(piece.size(), wanted_ - held_.size());
    held_ += piece.substr(0, more);
    piece.remove_prefix(more);
    if (held_.size() < wanted_) continue;
    const std::size_t taken = TRY(step(held_));
    if (taken != 0) held_.clear();  // it was held until exactly one field was there
  }
  return {};
}

// Reads one field from the front of `text` and returns its size. 0 when it is not whole; wanted_ then says how many
// bytes to come back with, which is no more than the field has.
Result<std::size_t> ListReader::step(std::string_view text) {
  if (at_ == At::unknown_form) {
    wanted_ = kMagic.size();
    if (text.size() < wanted_) return 0;
    if (!text.starts_with(kMagic)) return broken();
    at_ = At::envelope;
    return kMagic.size();
  }
  const std::optional<Header> header = TRY(read_header(text.substr(0, kMostHeaderBytes)));
  wanted_ = text.size() + 1;
  if (!header) return 0;
  if (at_ == At::envelope && header->number == 2) {
    if (!seen_type_ || seen_list_) return unknown("no type before the list, or a second list");
    seen_list_ = true;
    list_left_ = header->size;
    if (list_left_ > 0) at_ = At::list;
    return header->header_size;
  }
  if (header->size > kMostItemBytes) return unknown("an item of " + std::to_string(header->size) + " bytes");
  wanted_ = header->header_size + header->size;
  if (at_ == At::list && wanted_ > list_left_) return broken();
  if (text.size() < wanted_) return 0;
  const std::size_t whole = wanted_;
  const std::string_view bytes = text.substr(header->header_size, header->size);
  if (at_ == At::envelope) {
    TRY(envelope_field(header->number, bytes));
    return whole;
  }
  TRY(list_field(header->number, bytes));
  list_left_ -= whole;
  if (list_left_ == 0) at_ = At::envelope;
  return whole;
}

Result<> ListReader::envelope_field(std::uint32_t number, std::string_view bytes) {
  if (number != 1) {  // contentEncoding, contentType: empty when the list is what it seems to be
    if (!bytes.empty()) return unknown("it is encoded again");
    return {};
  }
  ProtobufReader reader(bytes);
  for (ProtobufField field; reader.next(field);) {
    if (field.number == 1) head_.api_version = field.bytes;
    if (field.number == 2) head_.kind = field.bytes;
  }
  if (reader.malformed()) return broken();
  if (head_.api_version + " " + head_.kind != std::string(kind_->name()) + "List") {
    return unknown("it holds a " + head_.kind + " of " + head_.api_version + " and not " + std::string(kind_->name()));
  }
  seen_type_ = true;
  return {};
}

Result<> ListReader::list_field(std::uint32_t number, std::string_view bytes) {
  if (number == 2) {
    item_.clear();
    TRY(to_json_.append(item_, *kind_, bytes));
    return sink_(item_);
  }
  if (number != 1) return unknown("a field with the number " + std::to_string(number));
  ProtobufReader reader(bytes);
  for (ProtobufField field; reader.next(field);) {
    if (field.number == 2) head_.resource_version = field.bytes;
    if (field.number == 3) head_.continue_token = field.bytes;
    if (field.number == 4) head_.remaining_item_count = static_cast<std::int64_t>(field.value);
    // An older client would not know of a field that changes what the list means.
    if (field.number > 4) return unknown("its metadata has a field with the number " + std::to_string(field.number));
  }
  if (reader.malformed()) return broken();
  return {};
}

Result<codec::JsonListHead> ListReader::finish() {
  if (!is_protobuf()) {
    if (at_ == At::unknown_form && !held_.empty()) return Error(Code::corrupt, "the list ended early");
    return json_.finish();
  }
  if (at_ == At::list || !seen_list_ || !held_.empty()) return Error(Code::corrupt, "the list ended early");
  return head_;
}

}  // namespace salvor::kube
