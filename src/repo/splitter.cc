#include "repo/splitter.h"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>

#include "base/units.h"
#include "repo/buzhash_scan.h"
#include "repo/rolling_hash.h"

namespace salvor::repo {
namespace {

class FixedSplitter final : public Splitter {
 public:
  explicit FixedSplitter(std::size_t bytes) : bytes_(bytes) {}

  std::optional<std::size_t> next_cut(ByteView piece) override {
    const std::size_t missing = bytes_ - filled_;
    if (piece.size() < missing) {
      filled_ += piece.size();
      return std::nullopt;
    }
    filled_ = 0;
    return missing;
  }
  void restart() override { filled_ = 0; }
  std::size_t max_chunk_bytes() const override { return bytes_; }

 private:
  std::size_t bytes_;
  std::size_t filled_ = 0;
};

// first_match() by the fastest way that there is for it here.
template <class Hash>
std::size_t first_match_fast(const std::uint8_t* data, std::size_t from, std::size_t to, typename Hash::Value mask) {
  if constexpr (std::is_same_v<Hash, Buzhash>) {
    if (has_buzhash_scan() && to - from >= kRollingWindow) {
      const std::size_t match = scan_buzhash(data, from, to, mask);
      if (match != to) return match;
    }
  }
  return first_match<Hash>(data, from, to, mask);
}

// The hash is not begun anew at a cut, and no chunk is shorter than a window; so a cut depends on nothing but the
// length of the chunk and the 64 bytes before. Bytes that no cut can follow, nearly half of all, are never hashed.
template <class Hash>
class DynamicSplitter final : public Splitter {
 public:
  // Requires: a power of two, and half of it is a window or more.
  explicit DynamicSplitter(std::size_t average)
      : min_(average / 2), max_(average * 2), mask_(static_cast<typename Hash::Value>(average - 1)) {}

  std::optional<std::size_t> next_cut(ByteView piece) override {
    const ByteView room = piece.first(std::min(piece.size(), max_ - filled_));
    const std::size_t too_early = min_ - 1 - std::min(filled_, min_ - 1);
    if (too_early < room.size()) {
      const std::size_t match = find(room, too_early);
      if (match < room.size()) return complete(room.first(match + 1));
    }
    if (filled_ + room.size() == max_) return complete(room);
    remember(room);
    filled_ += room.size();
    return std::nullopt;
  }
  void restart() override {
    filled_ = 0;
    window_.fill(0);
  }
  std::size_t max_chunk_bytes() const override { return max_; }

 private:
  std::size_t complete(ByteView end_of_chunk) {
    remember(end_of_chunk);
    filled_ = 0;
    return end_of_chunk.size();
  }

  // Where in `bytes`, from `from` on, a chunk may end; bytes.size() when nowhere.
  std::size_t find(ByteView bytes, std::size_t from) const {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    if (from < kRollingWindow) {  // the first windows begin in an earlier piece
      const std::size_t head = std::min(bytes.size(), kRollingWindow);
      std::array<std::uint8_t, 2 * kRollingWindow> seam{};
      std::copy_n(data, head, std::ranges::copy(window_, seam.begin()).out);
      const std::size_t end = kRollingWindow + head;
      const std::size_t match = first_match<Hash>(seam.data(), kRollingWindow + from, end, mask_);
      if (match < end || head == bytes.size()) return match - kRollingWindow;
      from = head;
    }
    return first_match_fast<Hash>(data, from, bytes.size(), mask_);
  }

  void remember(ByteView bytes) {
    const ByteView last = bytes.last(std::min(bytes.size(), kRollingWindow));
    std::shift_left(window_.begin(), window_.end(), static_cast<std::ptrdiff_t>(last.size()));
    std::ranges::transform(last, window_.end() - static_cast<std::ptrdiff_t>(last.size()),
                           [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  }

  std::size_t min_, max_;
  typename Hash::Value mask_;
  std::size_t filled_ = 0;                             // bytes of the chunk
  std::array<std::uint8_t, kRollingWindow> window_{};  // the last bytes of what came so far
};

struct ChunkSize {
  std::string_view name;
  std::size_t bytes;
};
constexpr ChunkSize kChunkSizes[] = {{"128K", 128 * kKiB}, {"256K", 256 * kKiB}, {"512K", 512 * kKiB}, {"1M", 1 * kMiB},
                                     {"2M", 2 * kMiB},     {"4M", 4 * kMiB},     {"8M", 8 * kMiB}};

// Takes `start` and `end` off the text and looks the rest up.
std::optional<std::size_t> chunk_size_between(std::string_view start, std::string_view text, std::string_view end) {
  if (!text.starts_with(start) || !text.ends_with(end) || text.size() < start.size() + end.size()) return std::nullopt;
  text.remove_prefix(start.size());
  text.remove_suffix(end.size());
  const ChunkSize* size = std::ranges::find(kChunkSizes, text, &ChunkSize::name);
  return size == std::end(kChunkSizes) ? std::nullopt : std::optional(size->bytes);
}

}  // namespace

Result<std::unique_ptr<Splitter>> make_splitter(std::string_view name) {
  const std::string_view full = name.empty() || name == "FIXED" ? "FIXED-4M"
                                : name == "DYNAMIC"             ? kDefaultSplitter
                                                                : name;
  if (const auto size = chunk_size_between("FIXED-", full, "")) return std::make_unique<FixedSplitter>(*size);
  if (const auto size = chunk_size_between("DYNAMIC-", full, "-BUZHASH")) {
    return std::make_unique<DynamicSplitter<Buzhash>>(*size);
  }
  if (const auto size = chunk_size_between("DYNAMIC-", full, "-RABINKARP")) {
    return std::make_unique<DynamicSplitter<RabinKarp>>(*size);
  }
  return Error(Code::unsupported, "the repository splits with \"" + std::string(name) + "\", which is not known here");
}

}  // namespace salvor::repo
