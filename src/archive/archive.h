// The archive: <backup>.tar.gz in Velero's layout, with salvor's index beside it.
//
//   metadata/version                                                   "1.1.0\n"
//   resources/<group resource>/namespaces/<ns>/<name>.json             preferred version only
//   resources/<group resource>/cluster/<name>.json
//   resources/<group resource>/<version>[-preferredversion]/namespaces/<ns>/<name>.json
//
// The gzip file is a sequence of members, each a megabyte of whole tar entries. Any gzip reader sees one stream; salvor
// seeks. Members are filled and compressed by as many threads as there are lanes, without order between them. The two
// forms of an object stand next to each other, so the second one costs deflate only a few matches.
//
// Objects of a section are ordered by the bytes of "ns/name" (or "name"): the order in which the API server lists them
// and stock Velero's resource list names them.
// docs/formats/archive.md and docs/formats/index.md hold the byte formats.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/storage.h"

namespace salvor::archive {

using Hash = std::array<std::byte, 32>;  // SHA-256

// One kind in one version, as the archive's folders name it.
struct Section {
  std::string group_resource;  // "deployments.apps"
  std::string version;         // "v1"
  std::string kind;            // "Deployment"; for resource-list and display
  bool preferred = true;
  bool namespaced = false;
  std::uint64_t objects = 0;  // filled by the reader

  bool operator==(const Section&) const = default;
  std::string group() const;        // "apps"
  std::string api_version() const;  // "apps/v1"
};

// Where one object's text lies.
struct Record {
  std::string ns;  // "" for cluster-scoped
  std::string name;
  std::uint64_t member_offset = 0;  // of the gzip member in the archive file
  std::uint32_t member_size = 0;    // compressed
  std::uint32_t offset = 0;         // of the text inside the decompressed member
  std::uint32_t size = 0;           // of the text
  std::uint64_t crc = 0;            // codec::crc64 of the text
};

constexpr std::uint64_t kMaxObjectBytes = 64 << 20;

struct WriterOptions {
  std::size_t member_bytes = 1 << 20;  // decompressed size at which a member is closed; larger objects get their own
  int compression_level = 1;           // docs/formats/archive.md has the measurements
  Time modified{};                     // of every tar entry: the backup's start
};

// Writes archive and index. Each thread that adds objects takes its own Lane; begin a section, add its objects.
// The same section may be opened by several lanes. Memory: per lane three member buffers; records wait in a spool file
// (anonymous, in the given directory) until write_index() sorts them per section. After any Error the
// archive cannot be finished: every later call returns that error again, and dropping the Writer discards it.
class Writer {
 public:
  class Lane {
   public:
    virtual ~Lane() = default;
    // `text` is one JSON object. Names that could escape a folder ('/', "..", empty, NUL) are `invalid`; so is more
    // than kMaxObjectBytes of text, and a section that was first added with another kind, scope or preference.
    // These three leave the archive as it was: the caller may go on with the next object.
    virtual Result<> add(const Section& section, std::string_view ns, std::string_view name, std::string_view text) = 0;
    // Sends out what is buffered. Called by the destructor, and by finish() for lanes that are still open.
    virtual Result<> flush() = 0;
  };

  static Result<std::unique_ptr<Writer>> create(std::unique_ptr<store::WriteStream> archive,
                                                const std::string& spool_directory, WriterOptions options);
  virtual ~Writer() = default;
  virtual std::unique_ptr<Lane> lane() = 0;

  struct Totals {
    std::uint64_t objects = 0, text_bytes = 0, archive_bytes = 0;
    Hash archive_hash{};            // SHA-256 of the whole .tar.gz
    std::uint64_t archive_crc = 0;  // codec::crc64 of it, for reading it back at once: that costs the end of a backup
  };
  // Ends the tar stream and commits the archive. No lane may be in use; a lane that could not be flushed fails it.
  virtual Result<Totals> finish() = 0;

  // Hears each section and then its sorted names, for <backup>-resource-list.json.gz. Sections come in the order of
  // their keys there, "<api version>/<kind>".
  struct Listener {
    std::function<Result<>(const Section&)> section = [](const Section&) { return Result<>(); };
    std::function<Result<>(std::string_view ns, std::string_view name)> name = [](auto, auto) { return Result<>(); };
  };
  // After finish(), in any thread: sorts the records, writes the index and commits it. `already_exists` when an object
  // was added twice: the archive holds both, and there is no index. Call once.
  virtual Result<> write_index(std::unique_ptr<store::WriteStream> index, const Listener& listener,
                               std::stop_token stop) = 0;
};

// Reads an archive through its index. Thread-safe.
class Archive {
 public:
  // With salvor's index: nothing is decompressed until asked for. An index that contradicts itself is `corrupt`; the
  // archive can then be opened with an empty `index_key`.
  // Without one (a backup made by stock Velero), or with one that belongs to another archive (another program rewrote
  // the .tar.gz), the archive is streamed once into a seekable copy in `spool_directory`, checked on the way, and
  // removed with this object. Hostile input (path traversal, links, devices, duplicate names, invalid UTF-8 names,
  // sizes that lie, more than `max_entries` entries, forms that disagree) is `corrupt` with the entry's name.
  // `storage` must outlive the Archive.
  struct OpenOptions {
    std::string archive_key, index_key;  // index_key may be empty
    std::string spool_directory;
    std::uint64_t max_entries = 10'000'000;
    std::uint64_t max_object_bytes = kMaxObjectBytes;
    std::uint64_t max_spool_bytes = 64ull << 30;  // of what the archive unpacks to
  };
  static Result<std::unique_ptr<Archive>> open(store::Storage& storage, const OpenOptions& options,
                                               std::stop_token stop);
  virtual ~Archive() = default;

  // Ordered by "<api version>/<kind>", then group resource.
  virtual const std::vector<Section>& sections() const = 0;
  virtual bool has_index() const = 0;  // false: read through a seekable copy
  // A sentence for the log when has_index() is false: "there is no index beside the archive". Else empty.
  virtual const std::string& why_no_index() const = 0;

  // Records of a section in order of "ns/name". Streams; holds one block at a time. A section that the archive does not
  // have is empty.
  virtual Result<> records(const Section& section, const std::function<Result<>(const Record&)>& visit,
                           std::stop_token stop) const = 0;
  virtual Result<std::optional<Record>> find(const Section& section, std::string_view ns, std::string_view name,
                                             std::stop_token stop) const = 0;
  // One object's text; `corrupt` when its CRC does not fit. Keeps the last few members decompressed per Archive.
  virtual Result<std::string> read(const Section& section, const Record& record, std::stop_token stop) const = 0;
  // Every object of a section, in an order that decompresses each member once where possible: batches of a few thousand
  // records in order of "ns/name", as in the archive within a batch.
  virtual Result<> read_all(const Section& section,
                            const std::function<Result<>(const Record&, std::string_view text)>& visit,
                            std::stop_token stop) const = 0;
  // Reads the whole archive: hash, CRCs, tar structure, that both directory forms agree, that every object is listed
  // and parses, and nothing unlisted hides in it. Calls `problem` for each finding and goes on. Memory stays bounded.
  // Without an index there are no hashes to compare with: the structure was checked by open, the objects are parsed.
  struct Verified {
    std::uint64_t objects = 0, bytes = 0, problems = 0;
  };
  virtual Result<Verified> verify(
      const std::function<void(const std::string& problem)>& problem,
      const std::function<void(std::uint64_t done_bytes, std::uint64_t all_bytes)>& progress,
      std::stop_token stop) const = 0;
};

}  // namespace salvor::archive
