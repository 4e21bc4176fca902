#include "archive/packer.h"

#include <algorithm>
#include <utility>

#include "codec/crc.h"

namespace salvor::archive {

Result<std::uint32_t> MemberFile::append(ByteView packed, std::size_t size) {
  std::lock_guard hold(mutex_);
  if (failure_) return failure_->clone();
  if (auto written = sink_(packed); !written.ok()) {
    failure_ = std::move(written).error();
    return failure_->clone();
  }
  crc_ = codec::crc64(packed, crc_);
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

std::uint64_t MemberFile::crc() const {
  std::lock_guard hold(mutex_);
  return crc_;
}

Packer::~Packer() {
  if (!second_.joinable()) return;
  (void)settle();
  ending_ = true;
  handed_over_.release();
  second_.join();
}

Result<Bytes*> Packer::room_for(std::size_t bytes) {
  if (!open_.text.empty() && open_.text.size() + bytes > member_bytes_) TRY(send());
  return &open_.text;
}

Result<> Packer::send() {
  TRY(settle());
  std::swap(open_, sent_);
  if (!second_.joinable()) second_ = std::jthread([this] { pack_what_is_sent(); });
  away_ = true;
  handed_over_.release();
  return {};
}

void Packer::pack_what_is_sent() {
  for (;;) {
    handed_over_.acquire();
    if (ending_) return;
    outcome_ = pack(sent_);
    given_back_.release();
  }
}

Result<> Packer::settle() {
  if (std::exchange(away_, false)) given_back_.acquire();
  if (!outcome_.ok()) return outcome_.error().clone();  // again and again: what it sent is lost
  return {};
}

Result<> Packer::pack(OpenMember& member) {
  packed_.clear();
  compressor_.compress(member.text, packed_);
  member.records.set_member(TRY(file_.append(packed_, member.text.size())));
  packed_records_.take(member.records);
  member.text.clear();
  // One huge object is no reason to keep its buffers.
  if (member.text.capacity() > 2 * member_bytes_) member.text = Bytes();
  if (packed_.capacity() > 2 * member_bytes_) packed_ = Bytes();
  return packed_records_.is_full() ? index_.spill(packed_records_) : Result<>();
}

Result<> Packer::flush() {
  TRY(settle());
  if (!open_.text.empty()) outcome_ = pack(open_);
  if (outcome_.ok()) outcome_ = index_.spill(packed_records_);
  return settle();
}

}  // namespace salvor::archive
