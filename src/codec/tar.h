// tar: what an archive of plain files needs of it, written the way Go's archive/tar reads it.
//
// Written: ustar headers, mode 0755, owner 0, one fixed time. A name that ustar cannot hold (longer than 100 bytes and
// not to be cut at a '/', or not ASCII) goes into a pax header before it.
// Read: ustar, pax ("path" and "size") and GNU long names; files and directories. Everything else an archive could
// hold (links, devices, sparse files) is refused by name, because nobody who wrote a backup put it there.
// Numbers are bounded before they are used, checksums must fit, and the two blocks of zeros must end the archive:
// an archive that was cut between two entries is not taken for a whole one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::codec {

constexpr std::size_t kTarBlock = 512;

// Appends the header of a file; its bytes follow, then tar_padding(size) zeros. `modified` in seconds since 1970.
// Requires: name is UTF-8 without NUL; size < 8 GiB.
void append_tar_header(Bytes& out, std::string_view name, std::uint64_t size, std::int64_t modified);
// A whole entry.
void append_tar_file(Bytes& out, std::string_view name, std::string_view text, std::int64_t modified);
// The two blocks of zeros.
void append_tar_end(Bytes& out);
constexpr std::size_t tar_padding(std::uint64_t size) { return (kTarBlock - size % kTarBlock) % kTarBlock; }

struct TarEntry {
  std::string name;  // as written, valid UTF-8
  std::uint64_t size = 0;
  bool is_directory = false;
};

// Walks an archive from front to end. Errors: corrupt, with the entry's name where there is one; what the source
// returned.
class TarReader {
 public:
  // Fills a prefix of the buffer; 0 only at the end.
  using Source = std::function<Result<std::size_t>(MutableByteView)>;
  // whole: the source ends with the two blocks of zeros, and only zeros after them. part: it ends after any entry, and
  // the end blocks may follow (one gzip member of an archive).
  enum class Extent { whole, part };

  explicit TarReader(Source source, Extent extent = Extent::whole);
  ~TarReader();

  // The next entry, skipping what was not read of the current one; nothing at the end. Requires: no earlier call
  // failed.
  Result<std::optional<TarEntry>> next();
  // The current entry's whole text. Requires: the entry's size is one the caller is ready to hold.
  Result<> read(std::string& text);
  // Bytes taken from the source up to here: after next(), where the entry's text begins.
  std::uint64_t position() const;
  // After next() returned nothing: whether the two blocks of zeros were there.
  bool saw_end() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace salvor::codec
