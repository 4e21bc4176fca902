#include "repo/index_layout.h"

#include <limits>

namespace salvor::repo {

Error damaged_index(std::string what) { return Error(Code::corrupt, "the index is damaged: " + std::move(what)); }

bool is_index_key_size(std::size_t size, std::uint32_t count) {
  if (count == 0 && size == kEmptyIndexKeyBytes) return true;
  return size >= 2 && size <= ContentId::kMaxBinaryBytes;
}

Result<PackNames::Place> PackNames::place(std::string_view name) {
  if (const auto known = numbers_.find(name); known != numbers_.end()) return places_[known->second];
  if (name.size() > std::numeric_limits<std::uint8_t>::max()) {
    return Error(Code::invalid, "the name of a pack has more than 255 bytes");
  }
  if (text_.size() + name.size() > std::numeric_limits<std::uint32_t>::max()) {
    return Error(Code::unsupported, "an index of more than 4 GiB");
  }
  const Place place{static_cast<std::uint32_t>(places_.size()), static_cast<std::uint32_t>(text_.size()),
                    static_cast<std::uint8_t>(name.size())};
  numbers_.emplace(name, place.number);
  places_.push_back(place);
  append(text_, as_bytes(name));
  return place;
}

}  // namespace salvor::repo
