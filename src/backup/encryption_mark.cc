#include "backup/encryption_mark.h"

#include <map>

#include "backup/layout.h"
#include "base/units.h"
#include "codec/json_access.h"
#include "store/bytes_reader.h"

namespace salvor::backup {

namespace {

constexpr std::string_view kMetadataName = "/velero-backup.json";

// Among other annotations, and with an object for itself. They differ in a space, so that taking out knows which it is.
constexpr std::string_view kAmong =
    R"("salvor.dev/encrypted":"with age: restore it with salvor, Velero cannot read it")";
constexpr std::string_view kAlone =
    R"("annotations":{"salvor.dev/encrypted": "with age: restore it with salvor, Velero cannot read it"})";

// Where the objects `metadata` and `metadata.annotations` begin, behind their braces. Requires: valid JSON.
struct Places {
  std::size_t metadata = 0, annotations = 0;  // 0: there is none
};

Places find_places(std::string_view text) {
  Places places;
  std::map<int, std::string_view> key_at;  // the last one at each depth
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t begin = at + 1;
      for (++at; text[at] != '"'; ++at) at += text[at] == '\\' ? 1 : 0;
      const std::size_t next = text.find_first_not_of(" \t\r\n", at + 1);
      if (next != text.npos && text[next] == ':') key_at[depth] = text.substr(begin, at - begin);
    } else if (c == '{' || c == '[') {
      key_at[++depth] = {};
      if (c == '[' || key_at[1] != "metadata") continue;
      if (depth == 2 && places.metadata == 0) places.metadata = at + 1;
      if (depth == 3 && key_at[2] == "annotations" && places.annotations == 0) places.annotations = at + 1;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return places;
}

bool is_empty_object(std::string_view text, std::size_t behind_brace) {
  return text[text.find_first_not_of(" \t\r\n", behind_brace)] == '}';
}

// Holds what is written until it is whole, and writes it marked.
class MarkingWriter final : public store::WriteStream {
 public:
  explicit MarkingWriter(std::unique_ptr<store::WriteStream> inner) : inner_(std::move(inner)) {}

  Result<> write(ByteView bytes) override {
    if (held_.size() + bytes.size() > kMaxMetadataBytes)
      return Error(Code::invalid, "a backup's metadata is too large");
    append(held_, bytes);
    return {};
  }
  Result<> commit() override {
    const std::string marked = TRY(with_mark(as_text(held_)));
    TRY(inner_->write(as_bytes(marked)));
    return inner_->commit();
  }

 private:
  std::unique_ptr<store::WriteStream> inner_;
  Bytes held_;
};

}  // namespace

bool is_metadata(std::string_view key) {
  return key.starts_with(kBackupsFolder) && key.ends_with(kMetadataName) &&
         key.find('/', kBackupsFolder.size()) == key.size() - kMetadataName.size();
}

Result<std::string> with_mark(std::string_view metadata) {
  TRY(codec::check_json(metadata));
  if (metadata.find(kAmong) != metadata.npos || metadata.find(kAlone) != metadata.npos) {
    return Error(Code::conflict, "the backup's metadata is marked as encrypted already")
        .hint("Was it read from an encrypted location without that location's configuration?");
  }
  const Places places = find_places(metadata);
  const std::size_t at = places.annotations > 0 ? places.annotations : places.metadata;
  if (at == 0) return Error(Code::invalid, "a backup without metadata cannot be marked as encrypted");
  std::string marked(metadata);
  const std::string comma = is_empty_object(metadata, at) ? "" : ",";
  return marked.insert(at, std::string(places.annotations > 0 ? kAmong : kAlone) + comma);
}

std::string without_mark(std::string_view metadata) {
  std::string plain(metadata);
  for (const std::string_view mark : {kAmong, kAlone}) {
    const std::size_t at = plain.find(mark);
    if (at == plain.npos) continue;
    const std::size_t end = at + mark.size();
    return plain.erase(at, mark.size() + (end < plain.size() && plain[end] == ',' ? 1 : 0));
  }
  return plain;
}

bool is_marked(const Json& backup) {
  const Json* annotations = codec::at(backup, {"metadata", "annotations"});
  return annotations && codec::member(*annotations, kEncryptedAnnotation);
}

Result<Bytes> MarkingStorage::read(const std::string& key, std::stop_token stop) {
  const Bytes stored = TRY(store::get(inner(), key, kMaxMetadataBytes, std::move(stop)));
  const std::string plain = without_mark(as_text(stored));
  const ByteView bytes = as_bytes(plain);
  return Bytes(bytes.begin(), bytes.end());
}

Result<std::unique_ptr<store::WriteStream>> MarkingStorage::create(const std::string& key, store::Exists exists,
                                                                   std::stop_token stop) {
  auto stream = TRY(inner().create(key, exists, std::move(stop)));
  if (!is_metadata(key)) return stream;
  return std::make_unique<MarkingWriter>(std::move(stream));
}

Result<std::unique_ptr<store::ReadStream>> MarkingStorage::open(const std::string& key, store::ByteRange range,
                                                                std::stop_token stop) {
  if (!is_metadata(key)) return inner().open(key, range, std::move(stop));
  auto bytes = std::make_shared<const Bytes>(TRY(read(key, stop)));
  return store::read_bytes(std::move(bytes), "", range, key + " in " + describe(), std::move(stop));
}

Result<store::Entry> MarkingStorage::stat(const std::string& key, std::stop_token stop) {
  store::Entry entry = TRY(inner().stat(key, stop));
  if (is_metadata(key)) entry.size = TRY(read(key, std::move(stop))).size();
  return entry;
}

}  // namespace salvor::backup
