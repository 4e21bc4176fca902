#include "repo/golden_testing.h"

#include <algorithm>
#include <set>

#include "base/hex.h"
#include "crypto/sha256.h"

namespace salvor::repo {

std::string sha256_hex(ByteView bytes) { return to_hex(crypto::sha256(bytes)); }

ContentEntry golden_entry(const GoldenRecipe& recipe, int i) {
  static std::set<std::string> names;
  const auto hash = crypto::sha256(as_bytes("content " + std::to_string(i)));
  const auto pack = crypto::sha256(as_bytes("pack " + std::to_string((i + recipe.seed) % recipe.packs)));
  const char prefix = i % 5 == 0 ? 'k' : i % 7 == 0 ? 'm' : '\0';
  const auto number = static_cast<std::uint32_t>(i);
  ContentEntry entry;
  entry.id = *ContentId::from_hash(prefix, ByteView(hash).first(recipe.hash_bytes));
  entry.pack_blob_id = *names.insert("p" + to_hex(ByteView(pack).first(16)) + "-s0123456789abcdef147").first;
  entry.timestamp_seconds = 1'700'000'000 + (i * 37 + recipe.seed * 11) % 100;
  entry.pack_offset = number * 1009 % (1U << 30);
  entry.packed_length = 28 + number * 13;
  entry.original_length = number * (recipe.formats > 1 ? 17 : 13);
  entry.deleted = (i + recipe.seed) % 11 == 0;
  entry.format_version = 2;
  if (recipe.formats > 1) {
    constexpr std::uint32_t kCompression[] = {0, 0x1101, 0x1200};
    entry.format_version = static_cast<std::uint8_t>(1 + i % 3);
    entry.compression_id = kCompression[i % 3];
  }
  if (recipe.great_at > 0 && i == recipe.great_at) {
    entry.original_length = (1U << 28) - 1;
    entry.packed_length = (1U << 24) + 5;
    entry.pack_offset = (1U << 30) - 1;
  }
  return entry;
}

std::vector<ContentEntry> golden_entries(const GoldenRecipe& recipe) {
  std::vector<ContentEntry> entries;
  for (int i = 0; i < recipe.count; ++i) entries.push_back(golden_entry(recipe, i));
  std::ranges::sort(entries, {}, &ContentEntry::id);
  return entries;
}

}  // namespace salvor::repo
