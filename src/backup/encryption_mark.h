// The mark of an encrypted backup: an annotation in its velero-backup.json, the one file that stays readable.
//
// Stock Velero takes that file for the backup, lists it, and fails a restore of it at the first file that it cannot
// read, before it has touched the cluster; `velero backup describe` shows the annotation, which says why. salvor that
// opens such a location without its encryption sees the mark too.
//
// The mark is put in and taken out at the door of the location, so everything behind it (hashes, copies, repairs) sees
// the bytes that were written. It is inserted as text and is taken out as text: nothing else of the file changes.
#pragma once

#include <string>
#include <string_view>

#include "codec/json.h"
#include "store/forwarding.h"

namespace salvor::backup {

inline constexpr std::string_view kEncryptedAnnotation = "salvor.dev/encrypted";

// Whether the key is a backup's velero-backup.json.
bool is_metadata(std::string_view key);

// `invalid` when the text is no JSON object with metadata, `conflict` when it is marked already.
Result<std::string> with_mark(std::string_view metadata);
// What with_mark was given; a text without a mark is returned as it is.
std::string without_mark(std::string_view metadata);
bool is_marked(const Json& backup);

// A location whose backups are encrypted: marks each velero-backup.json that is written, shows them unmarked.
// list() reports the size with the mark, stat() the one without.
class MarkingStorage final : public store::ForwardingStorage {
 public:
  using ForwardingStorage::ForwardingStorage;

  Result<std::unique_ptr<store::WriteStream>> create(const std::string& key, store::Exists exists,
                                                     std::stop_token stop) override;
  Result<std::unique_ptr<store::ReadStream>> open(const std::string& key, store::ByteRange range,
                                                  std::stop_token stop) override;
  Result<store::Entry> stat(const std::string& key, std::stop_token stop) override;

 private:
  Result<Bytes> read(const std::string& key, std::stop_token stop);
};

}  // namespace salvor::backup
