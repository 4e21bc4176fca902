#include "etcd/stored_object.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "codec/json_access.h"
#include "codec/protobuf.h"

namespace salvor::etcd {

namespace {

constexpr std::string_view kProtobufMark("k8s\0", 4);
constexpr std::string_view kCborMark = "\xd9\xd9\xf7";
constexpr std::string_view kSealedMark = "k8s:enc:";

// The part before the next ':', which is taken away with it; nothing when there is none.
std::string_view take_word(std::string_view& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view word = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  return word;
}

// kms:v2:plugin: or aescbc:v1:key:
StoredValue look_at_sealed(std::string_view rest) {
  StoredValue stored{.encoding = Encoding::sealed};
  const std::string_view provider = take_word(rest), version = take_word(rest);
  stored.provider = provider;
  if (provider == "kms") stored.provider = version == "v1" ? "kms/v1" : "kms/v2";
  stored.key_name = take_word(rest);
  stored.payload = rest;
  return stored;
}

// A claim inside of a StatefulSet has no type in protobuf; the API server puts it in (conversion of apps/v1).
void name_claim_templates(Json& object) {
  Json* const templates = codec::at(object, {"spec", "volumeClaimTemplates"});
  if (!templates || !templates->is_array()) return;
  for (Json& claim : *templates) {
    if (!claim.is_object()) continue;
    claim.emplace("apiVersion", "v1");
    claim.emplace("kind", "PersistentVolumeClaim");
  }
}

}  // namespace

StoredValue look_at(std::string_view value) {
  if (value.starts_with(kProtobufMark)) {
    return {.encoding = Encoding::protobuf, .payload = value.substr(kProtobufMark.size())};
  }
  if (value.starts_with('{')) return {.encoding = Encoding::json, .payload = value};
  if (value.starts_with(kCborMark)) return {.encoding = Encoding::cbor, .payload = value};
  if (value.starts_with(kSealedMark)) return look_at_sealed(value.substr(kSealedMark.size()));
  return {.encoding = Encoding::unknown, .payload = value};
}

std::string to_string(const StoredValue& stored) {
  switch (stored.encoding) {
    case Encoding::json: return "json";
    case Encoding::protobuf: return "protobuf";
    case Encoding::cbor: return "cbor";
    case Encoding::sealed: return "sealed by " + std::string(stored.provider) + " " + std::string(stored.key_name);
    case Encoding::unknown: return "unknown";
  }
  return "unknown";
}

Result<Json> ObjectReader::decode_protobuf(std::string_view unknown) {
  codec::ProtobufReader reader(unknown);
  codec::ProtobufField field;
  std::string_view type_meta, encoding;
  std::optional<std::string_view> raw;
  while (reader.next(field)) {
    if (field.type != codec::WireType::bytes) return Error(Code::corrupt, "its envelope is not readable");
    if (field.number == 1) type_meta = field.bytes;
    if (field.number == 2) raw = field.bytes;
    if (field.number == 3) encoding = field.bytes;
  }
  std::string_view api_version, kind;
  codec::ProtobufReader type(type_meta);
  while (type.next(field)) {
    if (field.number == 1) api_version = field.bytes;
    if (field.number == 2) kind = field.bytes;
  }
  if (reader.malformed() || type.malformed() || !raw) return Error(Code::corrupt, "its envelope is not readable");
  if (!encoding.empty()) return Error(Code::unsupported, "its content is encoded a second time");
  const auto known = kube::ProtoKind::find(api_version, kind);
  if (!known) {
    return Error(Code::unsupported, "the kind " + std::string(api_version) + " " + std::string(kind) + " is not known");
  }
  std::string text;
  TRY(protobuf_.append(text, *known, *raw));
  Json object = TRY(codec::parse_json(text));
  if (!known->is_complete()) name_claim_templates(object);
  return object;
}

Result<Json> ObjectReader::decode(const StoredValue& stored) {
  switch (stored.encoding) {
    case Encoding::json: return codec::parse_json(stored.payload);
    case Encoding::protobuf: return decode_protobuf(stored.payload);
    case Encoding::cbor: return Error(Code::unsupported, "it is stored as CBOR, which salvor does not read");
    case Encoding::sealed: return Error(Code::unsupported, "it is sealed twice");
    case Encoding::unknown: break;
  }
  return Error(Code::unsupported, "it is stored in a form that is not known");
}

Result<Json> ObjectReader::read(std::string_view etcd_key, std::string_view value, std::int64_t mod_revision) {
  StoredValue stored = look_at(value);
  Bytes opened;
  if (stored.encoding == Encoding::sealed) {
    static const EncryptionKeys kNoKeys{};
    opened = TRY((keys_ ? *keys_ : kNoKeys).open(stored.provider, stored.key_name, stored.payload, etcd_key));
    stored = look_at(as_text(opened));
  }
  Json object = TRY(decode(stored));
  if (!object.is_object()) return Error(Code::corrupt, "it is no object");
  Json& metadata = object["metadata"];
  if (metadata.is_null()) metadata = Json::object();
  if (metadata.is_object()) metadata["resourceVersion"] = std::to_string(mod_revision);
  return object;
}

}  // namespace salvor::etcd
