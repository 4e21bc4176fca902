#include "snapshot/held_directory.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "snapshot/target.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kLongestName = 1024;  // FUSE_NAME_MAX
constexpr std::size_t kLongestObject = 1024;

}  // namespace

bool HeldDirectory::add(const DirEntry& entry) {
  if (!check_entry_name(entry.name).ok() || entry.name.size() > kLongestName) return false;
  if (entry.object.size() > kLongestObject || text_.size() > std::numeric_limits<std::uint32_t>::max() - 4096)
    return false;
  rows_.push_back({.size = entry.size,
                   .modified = entry.modified,
                   .mode = entry.mode,
                   .uid = entry.uid,
                   .gid = entry.gid,
                   .text_at = static_cast<std::uint32_t>(text_.size()),
                   .name_size = static_cast<std::uint16_t>(entry.name.size()),
                   .object_size = static_cast<std::uint16_t>(entry.object.size()),
                   .type = entry.type});
  text_ += entry.name;
  text_ += entry.object;
  return true;
}

void HeldDirectory::finish() {
  text_.shrink_to_fit();
  rows_.shrink_to_fit();
  by_name_.resize(rows_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0U);
  std::ranges::stable_sort(by_name_, {}, [this](std::uint32_t index) { return name(rows_[index]); });
}

std::optional<std::size_t> HeldDirectory::find(std::string_view wanted) const {
  const auto found =
      std::ranges::lower_bound(by_name_, wanted, {}, [this](std::uint32_t index) { return name(rows_[index]); });
  if (found == by_name_.end() || name(rows_[*found]) != wanted) return std::nullopt;
  return *found;
}

std::uint64_t HeldDirectory::bytes() const {
  return text_.capacity() + rows_.capacity() * sizeof(Row) + by_name_.capacity() * sizeof(std::uint32_t) + 200;
}

}  // namespace salvor::snapshot
