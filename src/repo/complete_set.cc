#include "repo/complete_set.h"

#include <map>
#include <optional>
#include <string_view>

#include "repo/go_number.h"

namespace salvor::repo {
namespace {

struct Membership {
  std::string_view set;
  std::int64_t count = 0;
};

// Nothing when the name does not tell.
std::optional<Membership> membership(std::string_view id) {
  const std::size_t first = id.find('-');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = id.find('-', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view set = id.substr(first + 1, second - first - 1);
  std::string_view count = id.substr(second + 1);
  count = count.substr(0, count.find('-'));
  if (!set.starts_with('s') || !count.starts_with('c')) return std::nullopt;
  const auto number = go_number(count.substr(1));
  if (!number) return std::nullopt;
  return Membership{set, *number};
}

}  // namespace

std::vector<BlobMetadata> first_complete_set(std::span<const BlobMetadata> blobs) {
  std::map<std::string_view, std::vector<BlobMetadata> > sets;
  for (const BlobMetadata& blob : blobs) {
    const auto member = membership(blob.id);
    if (!member) return {blob};
    auto& set = sets[member->set];
    set.push_back(blob);
    if (member->count > 0 && set.size() == static_cast<std::uint64_t>(member->count)) return std::move(set);
  }
  return {};
}

}  // namespace salvor::repo
