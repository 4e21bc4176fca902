#include "backup/copy_record.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "codec/json_access.h"

namespace salvor::backup {

namespace {

constexpr int kVersion = 1;
constexpr std::uint64_t kMaxRecordBytes = 8 << 20;

Error damaged(const std::string& what) { return Error(Code::corrupt, "the record of a copy is damaged: " + what); }

}  // namespace

std::string encode(const CopyRecord& record) {
  Json files = Json::object();
  for (const auto& [name, digest] : record.files) {
    files[name] = {{"size", digest.size}, {"sha256", to_hex(digest.sha256)}};
  }
  return codec::dump_json_pretty({{"version", kVersion},
                                  {"copiedFrom", record.from},
                                  {"copiedAt", format_rfc3339(record.at)},
                                  {"files", std::move(files)}}) +
         "\n";
}

Result<CopyRecord> parse_copy_record(std::string_view text) {
  const Result<Json> json = codec::parse_json(text);
  if (!json.ok() || !json->is_object()) return damaged("it is not a JSON object");
  const std::int64_t version = codec::integer_member(*json, "version", 0);
  if (version > kVersion) return Error(Code::unsupported, "the record of a copy was written by a newer salvor");
  const Result<Time> at = parse_rfc3339(codec::text_member(*json, "copiedAt"));
  if (version != kVersion || !at.ok()) return damaged("version or time is missing");
  // Whole seconds, as they are written; a year beyond what a Time can hold has become the last Time.
  const Time whole = std::chrono::time_point_cast<std::chrono::seconds>(*at);
  CopyRecord record{codec::text_member(*json, "copiedFrom"), whole, {}};
  for (const auto& [name, value] : codec::object_member(*json, "files").items()) {
    crypto::Sha256Digest sha256;
    const std::int64_t size = codec::integer_member(value, "size", -1);
    if (!parse_hex(codec::text_member(value, "sha256"), sha256) || size < 0) {
      return damaged("size or hash of a file is none");
    }
    record.files[name] = {static_cast<std::uint64_t>(size), sha256};
  }
  return record;
}

Result<std::optional<CopyRecord>> read_copy_record(store::Storage& storage, const BackupKeys& keys,
                                                   std::stop_token stop) {
  const Result<Bytes> bytes = store::get(storage, keys.copy_record(), kMaxRecordBytes, stop);
  if (!bytes.ok() && bytes.error().code() == Code::not_found) return std::optional<CopyRecord>();
  if (!bytes.ok()) return bytes.error().clone();
  return std::optional(
      TRY(parse_copy_record(as_text(*bytes)).context(keys.copy_record() + " in " + storage.describe())));
}

}  // namespace salvor::backup
