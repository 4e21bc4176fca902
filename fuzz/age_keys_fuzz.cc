// Any text as a file of keys, and as Bech32: what is read is written again as the same text, and no error repeats what
// may be a key.

#include <algorithm>
#include <cctype>

#include "crypto/age_key_files.h"
#include "crypto/bech32.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  const std::string_view text = input_text(data, size);
  if (const auto decoded = crypto::decode_bech32(text); decoded.ok()) {
    const std::string again = crypto::encode_bech32(decoded->prefix, as_bytes(decoded->data.reveal()));
    // A prefix without letters has no case of its own.
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    PROMISE(again == text || again == lower);
  }
  if (const auto identities = crypto::age::parse_identities(text); identities.ok()) {
    for (const auto& identity : *identities) PROMISE(text.find(identity.text().reveal()) != std::string_view::npos);
  } else {
    PROMISE(identities.error().message().size() < 200);
  }
  if (const auto recipients = crypto::age::parse_recipients(text); recipients.ok()) {
    for (const auto& recipient : *recipients) PROMISE(text.find(recipient.text()) != std::string_view::npos);
  }
  return 0;
}
