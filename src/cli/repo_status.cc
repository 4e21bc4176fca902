// salvor repo status.
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "codec/base64.h"

namespace salvor::cli {

Result<Outcome> run_repo_status(const Invocation& invocation) {
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_repository(wire, invocation));
  const repo::RepositoryFormat& format = door.repository->format();
  const auto indexes = door.repository->indexes();
  std::uint64_t contents = 0, deleted = 0, packed = 0, original = 0;
  repo::MergedIndex::Stream stream = indexes->contents().all();
  while (const auto entry = TRY(stream.next())) {
    if (entry->deleted) {
      ++deleted;
      continue;
    }
    ++contents;
    packed += entry->packed_length;
    original += entry->original_length;
  }
  const std::string ecc = format.config.ecc.empty() || format.config.ecc_overhead_percent == 0
                              ? "none"
                              : format.config.ecc + ", " + std::to_string(format.config.ecc_overhead_percent) + " %";
  const std::string retention =
      format.blob_config.is_retention_enabled()
          ? format.blob_config.retention_mode + ", " + format_go_duration(format.blob_config.retention_period)
          : "none";
  const Json record = {{"repository", codec::encode_base64(as_text(format.blob.unique_id))},
                       {"formatVersion", format.config.version},
                       {"hash", format.config.hash},
                       {"encryption", format.config.encryption},
                       {"splitter", format.config.splitter},
                       {"errorCorrection", ecc},
                       {"maxPackBytes", format.config.pack_bytes()},
                       {"retention", retention},
                       {"epoch", indexes->epochs().write_epoch},
                       {"indexBlobs", indexes->blobs()},
                       {"indexBytes", indexes->bytes()},
                       {"contents", contents},
                       {"deletedContents", deleted},
                       {"originalBytes", original},
                       {"packedBytes", packed}};
  Table table{{{"WHAT"}, {"VALUE"}}, {}};
  const auto row = [&](const char* what, const std::string& value) { table.rows.push_back({what, value}); };
  row("unique id", record["repository"].get<std::string>());
  row("made with", format.blob.tool + " " + format.blob.build_version);
  row("format version", std::to_string(format.config.version));
  row("hash", format.config.hash);
  row("encryption", format.config.encryption);
  row("splitter", format.config.splitter);
  row("error correction", ecc);
  row("pack size", format_bytes(static_cast<std::uint64_t>(format.config.pack_bytes())));
  row("retention", retention);
  row("epoch", std::to_string(indexes->epochs().write_epoch));
  row("indexes", count_of(indexes->blobs(), "blob") + ", " + format_bytes(indexes->bytes()));
  row("contents", std::to_string(contents) + ", " + format_bytes(original) + ", stored as " + format_bytes(packed));
  row("deleted contents", std::to_string(deleted));
  return print(invocation, "repository", table, {record}, Records::only);
}

}  // namespace salvor::cli
