// nearest: what somebody probably meant who wrote a word that nobody knows.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace salvor {

// How many insertions, deletions, replacements and swaps of neighbours turn `a` into `b`, in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, if one is near enough to be what was meant.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace salvor
