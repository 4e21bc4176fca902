// Entries from which stock kopia's index builder made the golden indexes of these tests, by the same recipe in Go.
#pragma once

#include <string>
#include <vector>

#include "repo/content_entry.h"

namespace salvor::repo {

struct GoldenRecipe {
  int count = 0;
  int packs = 1;
  std::size_t hash_bytes = 16;
  int formats = 1;   // 1 or 3
  int great_at = 0;  // the entry that has the greatest lengths and offset; 0 for none
  int seed = 0;      // shifts packs, times and what is deleted
};

// Entry number i; the name of its pack lives on.
ContentEntry golden_entry(const GoldenRecipe& recipe, int i);
// All of them, by id.
std::vector<ContentEntry> golden_entries(const GoldenRecipe& recipe);

// In lower-case hexadecimal.
std::string sha256_hex(ByteView bytes);

}  // namespace salvor::repo
