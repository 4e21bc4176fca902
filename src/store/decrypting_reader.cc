#include "store/decrypting_reader.h"

#include <algorithm>

#include "base/check.h"
#include "store/stopped.h"

namespace salvor::store {

namespace age = crypto::age;

namespace {
constexpr std::size_t kTag = crypto::Aead::kTagBytes;
}

DecryptingReader::DecryptingReader(std::unique_ptr<ReadStream> sealed, Bytes begun, age::PayloadCipher cipher,
                                   SealedPart part, Content about, std::string name, std::stop_token stop)
    : inner_(std::move(sealed)),
      cipher_(std::move(cipher)),
      layout_(part.layout),
      about_(std::move(about)),
      name_(std::move(name)),
      stop_(std::move(stop)),
      sealed_(age::kSealedChunkBytes + 1),
      sealed_size_(begun.size()),
      plain_(age::kChunkBytes),
      chunk_(part.first_chunk),
      skip_(part.skip),
      wanted_(part.wanted) {
  CHECK(begun.size() <= sealed_.size());
  std::ranges::copy(begun, sealed_.begin());
}

Error DecryptingReader::cut_off() const {
  return Error(Code::corrupt, name_ + ": the encrypted object is cut off")
      .hint("Verify the backup, and use another copy of it.");
}

// Until `size` sealed bytes are there, or the stream ends.
Result<> DecryptingReader::fill(std::size_t size) {
  while (sealed_size_ < size) {
    const std::size_t got = TRY(inner_->read(MutableByteView(sealed_).subspan(sealed_size_, size - sealed_size_)));
    if (got == 0) break;
    sealed_size_ += got;
  }
  return {};
}

// The next chunk, into `into` when that can take all of it and all of it is wanted, else into plain_. Returns how many
// bytes are in `into`.
Result<std::size_t> DecryptingReader::open_next(MutableByteView into) {
  std::size_t size = age::kSealedChunkBytes;
  bool last = false;
  if (layout_) {
    last = chunk_ + 1 == layout_->chunks();
    size = layout_->chunk_offset(chunk_ + 1) - layout_->chunk_offset(chunk_);
    TRY(fill(size));
    if (sealed_size_ < size) return cut_off();
  } else {
    TRY(fill(size + 1));
    last = sealed_size_ <= size;
    size = std::min(size, sealed_size_);
    if (size < kTag) return cut_off();
  }
  const std::size_t plain_size = size - kTag;
  const bool direct = skip_ == 0 && plain_size <= std::min<std::uint64_t>(into.size(), wanted_);
  const MutableByteView plain = direct ? into.first(plain_size) : MutableByteView(plain_).first(plain_size);
  TRY(cipher_.open(chunk_++, last, ByteView(sealed_).first(size), plain).context(name_));
  ended_ = last;
  std::copy(sealed_.begin() + static_cast<std::ptrdiff_t>(size),
            sealed_.begin() + static_cast<std::ptrdiff_t>(sealed_size_), sealed_.begin());
  sealed_size_ -= size;
  if (direct) return plain_size;
  const std::size_t skipped = std::min<std::uint64_t>(skip_, plain_size);
  skip_ -= skipped;
  rest_ = plain.subspan(skipped);
  return std::size_t{0};
}

Result<> DecryptingReader::begin() {
  (void)TRY(open_next({}));
  return {};
}

Result<std::size_t> DecryptingReader::read(MutableByteView into) {
  TRY(check_stop(stop_));
  if (into.empty() || wanted_ == 0) return std::size_t{0};
  std::size_t count = 0;
  while (rest_.empty()) {
    if (ended_) return std::size_t{0};
    count = TRY(open_next(into));
    if (count > 0) break;
  }
  if (count == 0) {
    count = std::min<std::uint64_t>({into.size(), rest_.size(), wanted_});
    std::copy_n(rest_.begin(), count, into.begin());
    rest_ = rest_.subspan(count);
  }
  wanted_ -= count;
  return count;
}

}  // namespace salvor::store
