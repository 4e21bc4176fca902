// Directory objects: what a directory held, as one JSON text.
//
//   {"stream":"kopia:directory","entries":[{...},...],"summary":{...}}
//
// A directory may have millions of entries, so the text is read and written entry by entry. Equal directories are the
// same text, byte for byte the one that stock writes: that is how an unchanged directory is stored once.
//
// A directory's own entry in the one above is the place of its name, mode and time; stock shows the summary's time
// instead of it.
//
// Kopia: snapshot/snapshotfs/dir_writer.go, dir_reader.go.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

class DirectoryReader {
 public:
  using Visit = std::function<Result<>(DirEntry&&)>;

  // Entries, and the summary, larger than `max_entry_bytes` are corrupt.
  explicit DirectoryReader(Visit visit, std::size_t max_entry_bytes = 16 << 20);
  ~DirectoryReader();

  // Errors: corrupt (no directory, or an entry that is none), or what the visitor returned. After an Error the reader
  // is not used again. Entries come before it is known that all is well: only finish() tells.
  Result<> feed(std::string_view piece);
  // Nothing when the directory has no summary; stock always writes one.
  Result<std::optional<DirectorySummary> > finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class DirectoryWriter {
 public:
  using Sink = std::function<Result<>(std::string_view)>;

  // The text goes to `sink` in pieces of about 64 KiB, the last one in finish().
  explicit DirectoryWriter(Sink sink) : sink_(std::move(sink)) {}

  // Errors: what the sink returned, and `internal` when the entry precedes the one before it.
  Result<> add(const DirEntry& entry);
  // No other call may follow.
  Result<> finish(const DirectorySummary& summary);

 private:
  Sink sink_;
  std::string json_ = "{\"stream\":\"kopia:directory\",\"entries\":";
  std::optional<DirEntry> last_;  // its name and type
};

}  // namespace salvor::snapshot
