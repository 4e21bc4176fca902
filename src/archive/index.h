// Index: an index that was opened: trailer and footer in memory, blocks read when asked for and checked against them.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "archive/index_format.h"
#include "archive/source.h"
#include "base/guarded.h"

namespace salvor::archive {

// Thread-safe.
class Index {
 public:
  // Reads and checks trailer and footer. `corrupt` when the index contradicts itself.
  static Result<std::unique_ptr<Index>> open(std::unique_ptr<Source> source, std::stop_token stop);

  const Trailer& trailer() const { return trailer_; }
  const std::vector<Member>& members() const { return footer_.members; }
  const std::vector<IndexSection>& sections() const { return footer_.sections; }
  // Null when there is none.
  const IndexSection* section(std::string_view group_resource, std::string_view version) const;

  Result<> records(const IndexSection& section, const std::function<Result<>(const IndexRecord&)>& visit,
                   std::stop_token stop) const;
  struct Found {
    std::shared_ptr<const Bytes> block;  // keeps the record's key alive
    IndexRecord record;
  };
  Result<std::optional<Found>> find(const IndexSection& section, std::string_view key, std::stop_token stop) const;

 private:
  explicit Index(std::unique_ptr<Source> source) : source_(std::move(source)) {}
  Result<> load(std::stop_token stop);
  Result<std::shared_ptr<const Bytes>> block(const IndexSection& section, std::size_t number,
                                             std::stop_token stop) const;
  Result<> check_block(const IndexSection& section, std::size_t number, ByteView text) const;

  struct Cached {
    const IndexBlock* block;
    std::shared_ptr<const Bytes> text;
  };
  static constexpr std::size_t kCachedBlocks = 16;  // some lanes' worth of places in an archive

  const std::unique_ptr<Source> source_;
  Trailer trailer_;
  Footer footer_;
  mutable Guarded<std::list<Cached>> cache_;  // latest first
};

}  // namespace salvor::archive
