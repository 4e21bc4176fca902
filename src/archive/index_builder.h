// IndexBuilder: collects millions of records in bounded memory and writes them out sorted.
//
// An external merge sort. Each thread fills a Batch; a full one is sorted and spilled to the spool file as one run per
// section. At the end the runs of a section are merged, whose buffers together stay within kMergeBytes (or four
// kilobytes each, if that is more).
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "archive/index_format.h"
#include "archive/spool.h"

namespace salvor::archive {

class IndexBuilder {
 public:
  using SectionId = std::uint32_t;

  // Records that are not on disk yet. One per thread.
  class Batch {
   public:
    // `record.member` is set by set_member() once it is known.
    void add(SectionId section, const IndexRecord& record);
    // Of every record added since the last call.
    void set_member(std::uint32_t member);
    // Moves the records of `other`, which all have their member, behind these.
    void take(Batch& other);
    bool is_full() const { return keys_.size() + entries_.size() * sizeof(Entry) >= kBatchBytes; }

   private:
    friend class IndexBuilder;
    static constexpr std::size_t kBatchBytes = 512 << 10;
    struct Entry {
      SectionId section;
      std::uint32_t key_offset, key_size;
      std::uint32_t member, offset, size;
      std::uint64_t crc;
    };
    std::string keys_;
    std::vector<Entry> entries_;
    std::size_t without_member_ = 0;  // entries from here on
  };

  explicit IndexBuilder(SpoolFile spool) : spool_(std::move(spool)) {}

  // A section of its own for every call; the caller knows which ones are the same. Thread-safe.
  SectionId add_section(const Section& section);
  // Whether the section was added with this kind, scope and preference. Thread-safe.
  bool has_shape(SectionId id, const Section& section) const;
  // Writes the batch's records to the spool and empties it. Requires: every record has its member. Thread-safe.
  Result<> spill(Batch& batch);

  // What follows is for one thread, after the last spill.
  // Visits a section's records by ascending key. `already_exists` when a key occurs twice.
  Result<> merge(SectionId section, const std::function<Result<>(const IndexRecord&)>& visit) const;
  // Two sections side by side: each key once, with null for a section that does not have it.
  Result<> merge_join(SectionId left, SectionId right,
                      const std::function<Result<>(const IndexRecord*, const IndexRecord*)>& visit) const;
  std::vector<Section>& sections() { return sections_; }
  const std::vector<Section>& sections() const { return sections_; }
  // The sections in the index's order.
  std::vector<SectionId> ordered() const;

  using Sink = std::function<Result<>(ByteView)>;
  // Hears what is written, in its order.
  struct Listener {
    std::function<Result<>(const Section&)> section = [](const Section&) { return Result<>(); };
    std::function<Result<>(const Section&, const IndexRecord&)> record = [](auto&, auto&) { return Result<>(); };
  };
  // Blocks, footer and trailer of the given sections. `trailer` names the archive.
  Result<> write(const std::vector<SectionId>& sections, std::vector<Member> members, Trailer trailer, const Sink& sink,
                 const Listener& listener) const;

 private:
  class Run;
  class Merge;
  struct Extent {
    SectionId section;
    std::uint64_t offset, size;
  };

  SpoolFile spool_;
  mutable std::mutex mutex_;
  std::vector<Section> sections_;
  std::vector<Extent> runs_;
};

}  // namespace salvor::archive
