// How bytes become gzip members of one file. A Packer belongs to one thread, fills a buffer, compresses it there and
// hands the finished member to the MemberFile that all threads share; only the write itself is serialised.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "archive/index_builder.h"
#include "codec/gzip.h"
#include "crypto/sha256.h"

namespace salvor::archive {

// The file under construction. Thread-safe.
class MemberFile {
 public:
  using Sink = std::function<Result<>(ByteView)>;
  explicit MemberFile(Sink sink) : sink_(std::move(sink)) {}

  // The member's number. After an Error every call returns it again: a hole in the file cannot be mended.
  Result<std::uint32_t> append(ByteView packed, std::size_t size);
  std::optional<Error> failure() const;

  // After the last append.
  std::vector<Member> take_members();
  // Size and hashes of the whole file; the rest of the trailer is the index's business.
  Trailer identity();

 private:
  void append_tail(ByteView packed);

  const Sink sink_;
  mutable std::mutex mutex_;
  std::vector<Member> members_;
  std::uint64_t size_ = 0;
  crypto::Sha256 hash_;
  Bytes tail_;  // the last kTailBytes of the file
  std::optional<Error> failure_;
};

class Packer {
 public:
  Packer(IndexBuilder& index, MemberFile& file, std::size_t member_bytes, int level)
      : index_(index), file_(file), member_bytes_(member_bytes), compressor_(level) {}

  // The open member, with room for `bytes` more; what was in it is sent out if they would not fit.
  Result<Bytes*> room_for(std::size_t bytes);
  // Lists an object whose text lies at `record.offset` in the open member.
  void list(IndexBuilder::SectionId section, const IndexRecord& record) { batch_.add(section, record); }
  // Time for a flush although the open member has room: many objects with little or no text.
  bool has_many_records() const { return batch_.is_full(); }
  // Sends out the open member and, when `all` is set or they are many, the records.
  enum class Records { when_many, all };
  Result<> flush(Records records);

 private:
  IndexBuilder& index_;
  MemberFile& file_;
  const std::size_t member_bytes_;
  codec::GzipCompressor compressor_;
  IndexBuilder::Batch batch_;
  Bytes text_, packed_;
};

}  // namespace salvor::archive
