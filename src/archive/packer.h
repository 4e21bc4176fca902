// How bytes become gzip members of one file. A Packer belongs to one thread, which fills a member while a second thread
// compresses the one before and hands it to the MemberFile that all Packers share; only the write itself is serialised.
// Filling (decoding, hashing) and compressing take about as long as each other.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <semaphore>
#include <thread>
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
  std::uint64_t crc() const;

 private:
  void append_tail(ByteView packed);

  const Sink sink_;
  mutable std::mutex mutex_;
  std::vector<Member> members_;
  std::uint64_t size_ = 0;
  std::uint64_t crc_ = 0;
  crypto::Sha256 hash_;
  Bytes tail_;  // the last kTailBytes of the file
  std::optional<Error> failure_;
};

class Packer {
 public:
  Packer(IndexBuilder& index, MemberFile& file, std::size_t member_bytes, int level)
      : index_(index), file_(file), member_bytes_(member_bytes), compressor_(level) {}
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;
  ~Packer();

  // The open member, with room for `bytes` more; what was in it is sent out if they would not fit. Good until the next
  // call.
  Result<Bytes*> room_for(std::size_t bytes);
  // Lists an object whose text lies at `record.offset` in the open member.
  void list(IndexBuilder::SectionId section, const IndexRecord& record) { open_.records.add(section, record); }
  // Time for a flush although the open member has room: many objects with little or no text.
  bool has_many_records() const { return open_.records.is_full(); }
  // Sends out everything, and waits until it is.
  Result<> flush();

 private:
  // A member before it is compressed, and the records of the objects in it.
  struct OpenMember {
    Bytes text;
    IndexBuilder::Batch records;
  };

  Result<> send();    // the open member, to the second thread
  Result<> settle();  // waits until that is done with it
  Result<> pack(OpenMember& member);
  void pack_what_is_sent();  // the second thread's life

  IndexBuilder& index_;
  MemberFile& file_;
  const std::size_t member_bytes_;
  codec::GzipCompressor compressor_;
  OpenMember open_, sent_;
  IndexBuilder::Batch packed_records_;  // not yet in the index
  Bytes packed_;
  Result<> outcome_;  // of what was packed last; an Error stays
  // The second thread owns sent_ and what stands between from a release of `handed_over_` to that of `given_back_`.
  bool away_ = false, ending_ = false;
  std::binary_semaphore handed_over_{0}, given_back_{0};
  std::jthread second_;  // begins with the first member that is sent
};

}  // namespace salvor::archive
