#include "crypto/age_key_files.h"

#include "crypto/age_armor.h"
#include "crypto/age_header.h"

namespace salvor::crypto::age {
namespace {

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t first = line.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kSpace) - first + 1);
}

template <class Key>
Result<std::vector<Key>> parse_keys(std::string_view text, const std::string& kind) {
  std::vector<Key> keys;
  std::size_t number = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = trimmed(text.substr(start, end - start));
    start = end + 1;
    ++number;
    if (line.empty() || line.front() == '#') continue;
    if (keys.size() == kMaxKeysInFile) return Error(Code::invalid, "more than 1000 " + kind + " in one file");
    keys.push_back(TRY(Key::parse(line).context("line " + std::to_string(number))));
  }
  if (keys.empty()) return Error(Code::invalid, "no " + kind + " in it");
  return keys;
}

}  // namespace

Result<std::vector<Identity>> parse_identities(std::string_view text) {
  if (is_age_file(text)) {
    return Error(Code::invalid, "the identity file is itself encrypted, and has to be opened first")
        .hint("Give its passphrase, or decrypt it with `age --decrypt`.");
  }
  if (text.starts_with("-----BEGIN")) {
    return Error(Code::unsupported, "SSH keys are not supported as identities")
        .hint("`salvor key generate` makes one.");
  }
  return parse_keys<Identity>(text, "identities");
}

Result<std::vector<Recipient>> parse_recipients(std::string_view text) {
  return parse_keys<Recipient>(text, "recipients");
}

os::Secret identity_file(const Identity& identity, Time created) {
  const std::string head =
      "# created: " + format_rfc3339(created) + "\n# public key: " + identity.recipient().text() + "\n";
  const os::Secret key = identity.text();
  std::string text;
  text.reserve(head.size() + key.reveal().size() + 1);  // it must not move
  text.append(head).append(key.reveal()).push_back('\n');
  return os::Secret::take(std::move(text));
}

bool is_age_file(std::string_view start) { return start.starts_with(kVersionStart) || start.starts_with(kArmorBegin); }

}  // namespace salvor::crypto::age
