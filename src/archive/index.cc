#include "archive/index.h"

#include <algorithm>

#include "archive/layout.h"
#include "codec/gzip.h"
#include "crypto/sha256.h"

namespace salvor::archive {
namespace {

Error damaged(std::string what) { return Error(Code::corrupt, "the index is damaged: " + std::move(what)); }

// Decompresses what must have exactly this hash and size.
Result<Bytes> unpack(ByteView packed, const Hash& hash, std::size_t size, const std::string& what) {
  if (crypto::sha256(packed) != hash) return damaged(what + " has another hash");
  auto text = codec::GzipDecompressor().decompress(packed, size);
  if (!text.ok()) return damaged(what + " has another size");
  return text;
}

}  // namespace

Result<std::unique_ptr<Index>> Index::open(std::unique_ptr<Source> source, std::stop_token stop) {
  std::unique_ptr<Index> index(new Index(std::move(source)));
  TRY(index->load(stop));
  return index;
}

Result<> Index::load(std::stop_token stop) {
  const std::uint64_t size = source_->size();
  if (size < kTrailerBytes) return damaged("it is too short");
  trailer_ = TRY(decode_trailer(TRY(source_->read_at(size - kTrailerBytes, kTrailerBytes, stop))));
  const std::uint64_t before_trailer = size - kTrailerBytes;
  if (trailer_.footer_offset > before_trailer ||
      before_trailer - trailer_.footer_offset != trailer_.footer_packed_size) {
    return damaged("its footer is not where it should be");
  }
  const Bytes packed = TRY(source_->read_at(trailer_.footer_offset, trailer_.footer_packed_size, stop));
  const Bytes text = TRY(unpack(packed, trailer_.footer_hash, trailer_.footer_size, "its footer"));
  footer_ = TRY(decode_footer(text, trailer_.archive_size, trailer_.footer_offset));
  return {};
}

const IndexSection* Index::section(std::string_view group_resource, std::string_view version) const {
  for (const IndexSection& entry : footer_.sections) {
    if (entry.section.group_resource == group_resource && entry.section.version == version) return &entry;
  }
  return nullptr;
}

Result<std::shared_ptr<const Bytes>> Index::block(const IndexSection& section, std::size_t number,
                                                  std::stop_token stop) const {
  const IndexBlock& block = section.blocks[number];
  const auto cached = cache_.with([&](std::list<Cached>& cache) -> std::shared_ptr<const Bytes> {
    const auto found = std::ranges::find(cache, &block, &Cached::block);
    if (found == cache.end()) return nullptr;
    cache.splice(cache.begin(), cache, found);
    return found->text;
  });
  if (cached) return cached;
  const Bytes packed = TRY(source_->read_at(block.offset, block.packed_size, stop));
  auto text = std::make_shared<const Bytes>(
      TRY(unpack(packed, block.hash, block.size, "a block of " + to_string(section.section))));
  TRY(check_block(section, number, *text));
  cache_.with([&](std::list<Cached>& cache) {
    cache.push_front({&block, text});
    if (cache.size() > kCachedBlocks) cache.pop_back();
  });
  return std::shared_ptr<const Bytes>(text);
}

// Keys ascend within the block and up to the next one, the counts fit, and every record lies inside its member.
Result<> Index::check_block(const IndexSection& section, std::size_t number, ByteView text) const {
  const IndexBlock& block = section.blocks[number];
  const auto wrong = [&](const char* what) { return damaged("a block of " + to_string(section.section) + " " + what); };
  std::string_view previous;
  for (std::uint32_t i = 0; i < block.records; ++i) {
    const auto record = take_record(text);
    if (!record || !is_key(record->key, section.section.namespaced)) return wrong("is malformed");
    if (i == 0 ? record->key != block.first_key : record->key <= previous) return wrong("is not in order");
    previous = record->key;
    if (record->member >= members().size()) return wrong("points outside the archive");
    const Member& member = members()[record->member];
    if (record->offset > member.size || record->size > member.size - record->offset || record->size > kMaxObjectBytes) {
      return wrong("points outside the archive");
    }
  }
  if (!text.empty()) return wrong("is malformed");
  if (number + 1 < section.blocks.size() && previous >= section.blocks[number + 1].first_key) {
    return wrong("is not in order");
  }
  return {};
}

Result<> Index::records(const IndexSection& section, const std::function<Result<>(const IndexRecord&)>& visit,
                        std::stop_token stop) const {
  for (std::size_t i = 0; i < section.blocks.size(); ++i) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped while reading the index");
    const auto text = TRY(block(section, i, stop));
    ByteView rest = *text;
    while (const auto record = take_record(rest)) TRY(visit(*record));
  }
  return {};
}

Result<std::optional<Index::Found>> Index::find(const IndexSection& section, std::string_view key,
                                                std::stop_token stop) const {
  const auto after = std::ranges::upper_bound(
      section.blocks, key, std::less<>(), [](const IndexBlock& block) { return std::string_view(block.first_key); });
  if (after == section.blocks.begin()) return std::nullopt;
  Found found{TRY(block(section, static_cast<std::size_t>(after - section.blocks.begin()) - 1, stop)), {}};
  ByteView rest = *found.block;
  while (const auto record = take_record(rest)) {
    if (record->key == key) {
      found.record = *record;
      return std::optional(std::move(found));
    }
  }
  return std::nullopt;
}

}  // namespace salvor::archive
