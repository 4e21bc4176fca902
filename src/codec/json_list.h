// JsonListReader cuts a Kubernetes list into its items while it arrives.
//
//   {"kind":"SecretList","apiVersion":"v1","metadata":{"resourceVersion":"812","continue":"ey..."},"items":[{...},...]}
//
// Bytes go in as the network delivers them; each item comes out as the exact text the server sent. Only one item and
// the list's metadata are ever held. The order of the members is free ("items" may come before "metadata").
// The reader checks the structure of the list (brackets, strings, commas, one value); an item's inside is only known
// to be balanced, whoever uses it parses it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor::codec {

struct JsonListHead {
  std::string api_version;
  std::string kind;
  std::string resource_version;
  std::string continue_token;
  std::int64_t remaining_item_count = -1;  // -1: the server did not say
};

class JsonListReader {
 public:
  using ItemSink = std::function<Result<>(std::string_view item)>;

  // An item, or the list's metadata, larger than `max_item_bytes` is `invalid`.
  explicit JsonListReader(ItemSink sink, std::size_t max_item_bytes = 64 << 20);
  ~JsonListReader();

  // Errors: invalid (not a JSON list), or what the sink returned. After an Error the reader is not used again.
  Result<> feed(std::string_view piece);
  // After the last piece. `corrupt` when the list ended early, so that a cut connection is never taken for the end.
  Result<JsonListHead> finish();
  // What has been seen of the head so far; the server sends it before the items.
  const JsonListHead& head() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace salvor::codec
