// The index. The first byte chooses the part: footer, trailer, or the records of one block, which are put into an index
// whose hashes and counts are right, over an archive of three members.
#include <filesystem>

#include "archive/index.h"
#include "archive/spool.h"
#include "codec/gzip.h"
#include "crypto/sha256.h"
#include "input.h"

namespace {

using namespace salvor;
using namespace salvor::archive;

void read_footer(ByteView bytes) {
  if (bytes.size() < 4) return;
  const auto number = [&](std::size_t at) {
    return std::to_integer<std::uint64_t>(bytes[at]) * 256 + std::to_integer<std::uint64_t>(bytes[at + 1]);
  };
  const auto footer = decode_footer(bytes.subspan(4), number(0), number(2));
  if (!footer.ok()) return;
  const auto again = decode_footer(encode_footer(*footer), number(0), number(2));
  PROMISE(again.ok() && encode_footer(*again) == encode_footer(*footer));
}

void read_trailer(ByteView bytes) {
  const auto trailer = decode_trailer(bytes);
  if (trailer.ok()) PROMISE(std::ranges::equal(encode_trailer(*trailer), bytes));
}

Bytes index_of(ByteView block, bool namespaced) {
  const Bytes packed = codec::gzip(block, 1);
  ByteView rest = block;
  std::uint32_t records = 0;
  std::string first_key;
  while (const auto record = take_record(rest)) {
    if (records++ == 0) first_key = record->key;
  }
  Footer footer;
  footer.members = {{0, 100, 5000}, {100, 50, 1000}, {150, 50, 1}};
  Section section;
  section.group_resource = "secrets";
  section.version = "v1";
  section.kind = "Secret";
  section.namespaced = namespaced;
  footer.sections.push_back({section,
                             {{first_key, 0, static_cast<std::uint32_t>(packed.size()),
                               static_cast<std::uint32_t>(block.size()), records, crypto::sha256(packed)}}});
  const Bytes footer_text = encode_footer(footer), footer_packed = codec::gzip(footer_text, 1);
  Bytes index = packed;
  append(index, footer_packed);
  append(index, encode_trailer({packed.size(),
                                static_cast<std::uint32_t>(footer_packed.size()),
                                static_cast<std::uint32_t>(footer_text.size()),
                                crypto::sha256(footer_packed),
                                200,
                                {},
                                {}}));
  return index;
}

void read_block(ByteView block, bool namespaced) {
  auto spool = SpoolFile::create(std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp");
  PROMISE(spool.ok() && spool->append(index_of(block, namespaced)).ok());
  const auto index = Index::open(std::make_unique<SpooledSource>(*std::move(spool)), {});
  if (!index.ok()) return;
  const IndexSection& section = (*index)->sections()[0];
  std::uint64_t records = 0;
  std::string previous;
  const auto read =
      (*index)->records(section,
                        [&](const IndexRecord& record) -> Result<> {
                          PROMISE(records++ == 0 || record.key > previous);
                          previous = record.key;
                          const Member& member = (*index)->members()[record.member];
                          PROMISE(std::uint64_t{record.offset} + record.size <= member.size);
                          const auto found = (*index)->find(section, record.key, {});
                          PROMISE(found.ok() && found->has_value() && (*found)->record.offset == record.offset);
                          return {};
                        },
                        {});
  if (read.ok()) PROMISE(records == section.section.objects);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView bytes = std::as_bytes(std::span(data + 1, size - 1));
  switch (data[0] % 4) {
    case 0: read_footer(bytes); break;
    case 1: read_trailer(bytes); break;
    default: read_block(bytes, data[0] % 4 == 2); break;
  }
  return 0;
}
