#include "archive/packer.h"

#include <algorithm>

namespace salvor::archive {

Result<std::uint32_t> MemberFile::append(ByteView packed, std::size_t size) {
  std::lock_guard hold(mutex_);
  if (failure_) return failure_->clone();
  if (auto written = sink_(packed); !written.ok()) {
    failure_ = std::move(written).error();
    return failure_->clone();
  }
  hash_.update(packed);
  append_tail(packed);
  members_.push_back({size_, static_cast<std::uint32_t>(packed.size()), static_cast<std::uint32_t>(size)});
  size_ += packed.size();
  return static_cast<std::uint32_t>(members_.size() - 1);
}

std::optional<Error> MemberFile::failure() const {
  std::lock_guard hold(mutex_);
  if (!failure_) return std::nullopt;
  return failure_->clone();
}

void MemberFile::append_tail(ByteView packed) {
  salvor::append(tail_, packed.last(std::min(packed.size(), kTailBytes)));
  if (tail_.size() > kTailBytes) tail_.erase(tail_.begin(), tail_.end() - kTailBytes);
}

std::vector<Member> MemberFile::take_members() {
  std::lock_guard hold(mutex_);
  return std::move(members_);
}

Trailer MemberFile::identity() {
  std::lock_guard hold(mutex_);
  Trailer trailer;
  trailer.archive_size = size_;
  trailer.archive_hash = hash_.finish();
  trailer.tail_hash = crypto::sha256(tail_);
  return trailer;
}

Result<Bytes*> Packer::room_for(std::size_t bytes) {
  if (!text_.empty() && text_.size() + bytes > member_bytes_) TRY(flush(Records::when_many));
  return &text_;
}

Result<> Packer::flush(Records records) {
  if (!text_.empty()) {
    packed_.clear();
    compressor_.compress(text_, packed_);
    batch_.set_member(TRY(file_.append(packed_, text_.size())));
    text_.clear();
    // One huge object is no reason to keep its buffers.
    if (text_.capacity() > 2 * member_bytes_) text_ = Bytes();
    if (packed_.capacity() > 2 * member_bytes_) packed_ = Bytes();
  }
  if (records == Records::all || batch_.is_full()) return index_.spill(batch_);
  return {};
}

}  // namespace salvor::archive
