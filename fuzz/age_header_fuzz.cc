// Any bytes as an age file: the header ends where it is said to end and is written again as it was read; opening it
// with keys does not crash, and work is bounded before it is done. The same bytes as armor are refused or turned into a
// file.

#include "crypto/age_armor.h"
#include "crypto/age_decryptor.h"
#include "crypto/age_header.h"
#include "crypto/age_key_files.h"
#include "input.h"

namespace {

using namespace salvor;
namespace age = crypto::age;

const age::Keyring& keyring() {
  static const age::Keyring kKeyring = [] {
    age::Keyring made;
    SeededRng rng(1);
    made.identities.push_back(age::Identity::generate(rng));
    made.passphrases.emplace_back("password");
    made.max_work_factor = 6;
    return made;
  }();
  return kKeyring;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView file = std::as_bytes(std::span(data, size));
  const auto end = age::find_header_end(file);
  if (end.ok() && *end) {
    PROMISE(**end <= size);
    const ByteView bytes = file.first(**end);
    if (const auto header = age::parse_header(bytes); header.ok()) {
      PROMISE(header->size == bytes.size());
      const std::string again = age::encode_header(header->stanzas, os::Secret("YELLOW SUBMARINE"));
      // All but the MAC, which has its own key here.
      PROMISE(again.size() == bytes.size());
      PROMISE(again.substr(0, again.size() - 44) == as_text(bytes).substr(0, bytes.size() - 44));
      (void)age::describe_readers(*header);
      (void)age::open_header(*header, keyring()).ok();
    }
  }
  age::Decryptor decryptor(keyring(), [](ByteView) { return Result<>(); });
  bool good = true;
  for (ByteView rest = file; good && !rest.empty(); rest = rest.subspan(std::min<std::size_t>(rest.size(), 999))) {
    good = decryptor.write(rest.first(std::min<std::size_t>(rest.size(), 999))).ok();
  }
  if (good) good = decryptor.finish().ok();
  const bool as_a_whole = age::decrypt_small(file, keyring()).ok();
  if (as_text(file).find(age::kArmorBegin) == std::string_view::npos) PROMISE(good == as_a_whole);
  return 0;
}
