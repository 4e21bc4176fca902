// ListReader cuts the answer to a LIST into its items while it arrives, in whichever form the server chose.
//
// JSON is cut by codec::JsonListReader. Protobuf begins with "k8s\0" (apimachinery's serializer/protobuf):
//
//   "k8s\0"  runtime.Unknown{ 1: TypeMeta{1: apiVersion, 2: kind}, 2: raw, 3: contentEncoding, 4: contentType }
//   raw:     SecretList{ 1: ListMeta{2: resourceVersion, 3: continue, 4: remainingItemCount}, 2: item, 2: item, ... }
//
// and its items come out as JSON (kube/proto_json.h), with the apiVersion and kind that lists of built-in kinds lack as
// JSON. Only one item is ever held.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json_list.h"
#include "kube/proto_json.h"

namespace salvor::kube {

class ListReader {
 public:
  using ItemSink = codec::JsonListReader::ItemSink;

  // `kind`: what the items are, if they may come as protobuf.
  ListReader(std::optional<ProtoKind> kind, ItemSink sink);

  // Errors: `unsupported` when it is protobuf with something in it that is not known; ask for JSON then. Else as
  // JsonListReader::feed, or what the sink returned. After an Error the reader is not used again.
  Result<> feed(std::string_view piece);
  // After the last piece. `corrupt` when the list ended early.
  Result<codec::JsonListHead> finish();
  const codec::JsonListHead& head() const { return is_protobuf() ? head_ : json_.head(); }

 private:
  enum class At { unknown_form, json, envelope, list };
  static constexpr std::size_t kMostItemBytes = 64 << 20;

  bool is_protobuf() const { return at_ == At::envelope || at_ == At::list; }
  Result<std::size_t> step(std::string_view text);
  Result<> envelope_field(std::uint32_t number, std::string_view bytes);
  Result<> list_field(std::uint32_t number, std::string_view bytes);

  const std::optional<ProtoKind> kind_;
  const ItemSink sink_;
  codec::JsonListReader json_;
  At at_ = At::unknown_form;
  std::string held_;             // the beginning of a field whose end has not arrived
  std::size_t wanted_ = 0;       // bytes that held_ needs before it is worth another look
  std::uint64_t list_left_ = 0;  // bytes of the list that have not been read
  bool seen_type_ = false, seen_list_ = false;
  ProtoJsonWriter to_json_;
  std::string item_;
  codec::JsonListHead head_;
};

}  // namespace salvor::kube
