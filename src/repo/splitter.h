// Where objects are cut into contents. [kopia repo/splitter]
//
// FIXED-{128K,256K,512K,1M,2M,4M,8M} cuts every so many bytes. DYNAMIC-{the same}-{BUZHASH,RABINKARP} cuts where a
// rolling hash of the last 64 bytes has as many zero bits as make that size the average, but no chunk is shorter than
// half or longer than twice of it: an insertion moves the cuts near it and no others. FIXED is FIXED-4M, as is no name
// at all; DYNAMIC is DYNAMIC-4M-BUZHASH. Readers never need this: it decides only what is found to be there already.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::repo {

inline constexpr std::string_view kDefaultSplitter = "DYNAMIC-4M-BUZHASH";

// Takes an object piece by piece; pieces of any sizes give the same cuts. Not thread-safe; one per object at a time.
class Splitter {
 public:
  virtual ~Splitter() = default;
  // How many bytes of `piece` complete the chunk that is being filled, 1 to piece.size(); go on with the rest of the
  // piece. Nothing when the whole piece belongs to it and it goes on. The last chunk ends where the object does.
  virtual std::optional<std::size_t> next_cut(ByteView piece) = 0;
  // The next byte is the first of an object.
  virtual void restart() = 0;
  virtual std::size_t max_chunk_bytes() const = 0;
};

// `unsupported` for a name that is none of the above.
Result<std::unique_ptr<Splitter>> make_splitter(std::string_view name);

}  // namespace salvor::repo
