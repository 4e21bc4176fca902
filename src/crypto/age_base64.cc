#include "crypto/age_base64.h"

#include "codec/base64.h"

namespace salvor::crypto::age {

std::string encode_base64(ByteView bytes) {
  std::string text = codec::encode_base64(as_text(bytes));
  text.resize(text.find_last_not_of('=') + 1);
  return text;
}

Result<std::string> decode_base64(std::string_view text) {
  std::string padded(text);
  padded.append((4 - text.size() % 4) % 4, '=');
  std::string bytes = TRY(codec::decode_base64(padded));
  // The decoder is lenient: only what encodes back to the same text is canonical.
  if (encode_base64(as_bytes(bytes)) != text) return Error(Code::invalid, "not canonical base64 without padding");
  return bytes;
}

}  // namespace salvor::crypto::age
