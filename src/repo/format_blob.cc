#include "repo/format_blob.h"

#include <nlohmann/json.hpp>

#include "codec/json.h"
#include "repo/blob_id.h"
#include "repo/json_fields.h"

namespace salvor::repo {

Result<FormatBlob> parse_format_blob(ByteView bytes) {
  if (bytes.size() > kMaxFormatBlobBytes) {
    return Error(Code::corrupt, "kopia.repository has " + std::to_string(bytes.size()) + " bytes; the most are " +
                                    std::to_string(kMaxFormatBlobBytes));
  }
  Result<Json> document = codec::parse_json(as_text(bytes));
  if (!document.ok()) return Error(Code::corrupt, "kopia.repository is not JSON");
  FormatBlob blob;
  FieldReader reader(*document, kRepositoryBlob);
  reader.read("tool", blob.tool)
      .read("buildVersion", blob.build_version)
      .read("buildInfo", blob.build_info)
      .read("uniqueID", blob.unique_id)
      .read("keyAlgo", blob.key_algorithm)
      .read("encryption", blob.encryption)
      .read("encryptedBlockFormat", blob.encrypted_config);
  blob.unknown = TRY(reader.finish());
  return blob;
}

Result<Bytes> encode(const FormatBlob& blob) {
  std::string text;
  FieldWriter writer(text, FieldWriter::Layout::indented);
  writer.write("tool", blob.tool)
      .write("buildVersion", blob.build_version)
      .write("buildInfo", blob.build_info)
      .write_base64("uniqueID", as_text(blob.unique_id))
      .write("keyAlgo", blob.key_algorithm)
      .write("encryption", blob.encryption);
  if (!blob.encrypted_config.empty()) writer.write_base64("encryptedBlockFormat", as_text(blob.encrypted_config));
  writer.finish(blob.unknown);
  if (text.size() > kMaxFormatBlobBytes) {
    return Error(Code::invalid, "kopia.repository would have " + std::to_string(text.size()) +
                                    " bytes, and kopia opens none of more than " + std::to_string(kMaxFormatBlobBytes));
  }
  Bytes bytes;
  append(bytes, as_bytes(text));
  return bytes;
}

}  // namespace salvor::repo
