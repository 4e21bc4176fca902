// IndexedArchive: the Archive of archive.h over two Sources, one with the texts and one with the index. Whether they
// are the backup's own files or a copy of a foreign archive in spool files makes no difference to reading.
#pragma once

#include <list>
#include <memory>

#include "archive/index.h"
#include "base/guarded.h"

namespace salvor::archive {

class IndexedArchive : public Archive {
 public:
  // `why_no_index` is empty when the index lies beside the archive.
  IndexedArchive(std::unique_ptr<Source> texts, std::unique_ptr<Index> index, std::string why_no_index);

  const std::vector<Section>& sections() const override { return sections_; }
  bool has_index() const override { return why_no_index_.empty(); }
  const std::string& why_no_index() const override { return why_no_index_; }

  Result<> records(const Section& section, const std::function<Result<>(const Record&)>& visit,
                   std::stop_token stop) const override;
  Result<std::optional<Record>> find(const Section& section, std::string_view ns, std::string_view name,
                                     std::stop_token stop) const override;
  Result<std::string> read(const Section& section, const Record& record, std::stop_token stop) const override;
  Result<> read_all(const Section& section, const std::function<Result<>(const Record&, std::string_view text)>& visit,
                    std::stop_token stop) const override;
  Result<Verified> verify(const std::function<void(const std::string& problem)>& problem,
                          const std::function<void(std::uint64_t done_bytes, std::uint64_t all_bytes)>& progress,
                          std::stop_token stop) const override;

 private:
  Record record_of(const IndexRecord& record, bool namespaced) const;
  // A view into `member`, which is kept alive through the pointer.
  Result<std::string_view> text_of(const Section& section, const Record& record, std::shared_ptr<const Bytes>& member,
                                   std::stop_token stop) const;
  Result<std::shared_ptr<const Bytes>> member_at(std::uint64_t offset, std::stop_token stop) const;

  struct Cached {
    std::uint64_t offset;
    std::shared_ptr<const Bytes> text;
  };
  static constexpr std::size_t kCachedMembers = 4;
  static constexpr std::size_t kCachedBytes = 16 << 20;  // unless one member alone is larger

  const std::unique_ptr<Source> texts_;
  const std::unique_ptr<Index> index_;
  const std::string why_no_index_;
  std::vector<Section> sections_;
  mutable Guarded<std::list<Cached>> cache_;  // latest first
};

}  // namespace salvor::archive
