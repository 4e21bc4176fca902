// etcd's databases. The input is taken as a file, and once more as the pages behind two sound meta pages, each with the
// number that it must have, so that checksums and numbers do not keep the fuzzer out.

#include "bbolt/little_endian.h"
#include "bbolt/visit.h"
#include "etcd/facts.h"
#include "etcd/hash_kv.h"
#include "etcd/inspect.h"
#include "etcd/snapshot.h"
#include "input.h"

namespace {

using namespace salvor;

constexpr std::uint32_t kFuzzPage = 1024;

void read_all(ByteView file) {
  const auto snapshot = etcd::Snapshot::open(std::make_unique<bbolt::MemorySource>(file));
  if (!snapshot.ok()) return;
  if ((*snapshot)->has_trailer()) (void)(*snapshot)->verify_trailer({}).ok();
  const auto found = etcd::inspect(**snapshot, {});
  if (!found.ok()) return;
  PROMISE(found->pages.used <= found->pages.all);
  const auto bucket = (*snapshot)->bucket(etcd::bucket::kKey);
  PROMISE(bucket.ok());
  if (*bucket) {
    bbolt::Cursor cursor((*snapshot)->database(), **bucket);
    const auto last = cursor.last();
    PROMISE(last.ok());
    if (*last) {
      const Bytes key(cursor.key().begin(), cursor.key().end());
      const auto again = cursor.seek(key);
      PROMISE(again.ok() && *again && as_text(cursor.key()) == as_text(key));
    }
  }
  (void)etcd::hash_kv(**snapshot, 0, {}).ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  read_all(bytes);

  const std::size_t pages = 2 + (size + kFuzzPage - 1) / kFuzzPage;
  Bytes file;
  append_zeros(file, pages * kFuzzPage);
  if (size > 0) std::memcpy(file.data() + 2 * kFuzzPage, bytes.data(), size);
  for (std::size_t id = 2; id < pages; ++id) {
    bbolt::store_little_endian(file, id * kFuzzPage, std::uint64_t{id});
    // Overflow that leaves the file is told at once; a few pages of it are of more use.
    bbolt::store_little_endian(file, id * kFuzzPage + 12,
                               std::uint32_t{std::to_integer<std::uint32_t>(file[id * kFuzzPage + 12]) & 3U});
  }
  for (std::uint64_t id = 0; id < 2; ++id) {
    const bbolt::Meta meta{.page_size = kFuzzPage, .root = 2, .page_count = pages, .transaction = 2 - id};
    bbolt::store_meta(MutableByteView(file).subspan(id * kFuzzPage, bbolt::kMetaBytes), id, meta);
  }
  read_all(file);
  return 0;
}
