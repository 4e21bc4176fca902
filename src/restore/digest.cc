// Digester: one walk over an object, whether it is a document or text.
//
// A value's hash is a keyed hash of its kind and content. An object's is the keyed hash of the sum of its members'
// hashes: a sum does not know the order of its terms. Without the key nobody can choose members whose hashes add up to
// a given sum, which is what makes the sum safe against hostile backups.
#include <simdjson.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "crypto/sha256.h"
#include "restore/compare.h"
#include "restore/rules.h"

namespace salvor::restore {
namespace {

// SipHash-2-4 (Aumasson, Bernstein 2012) of `text` after one tag byte.
std::uint64_t siphash(std::uint64_t k0, std::uint64_t k1, unsigned char tag, std::string_view text) {
  std::uint64_t v0 = k0 ^ 0x736f6d6570736575, v1 = k1 ^ 0x646f72616e646f6d, v2 = k0 ^ 0x6c7967656e657261,
                v3 = k1 ^ 0x7465646279746573 ^ tag;
  const auto round = [&] {
    v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
    v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
  };
  const auto absorb = [&](std::uint64_t word) {
    v3 ^= word;
    round(), round();
    v0 ^= word;
  };
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    absorb(word);
  }
  std::uint64_t last = static_cast<std::uint64_t>(text.size()) << 56;
  text.substr(at).copy(reinterpret_cast<char*>(&last), 8);
  absorb(last);
  v2 ^= 0xff;
  round(), round(), round(), round();
  return v0 ^ v1 ^ v2 ^ v3;
}

enum Tag : unsigned char {
  text_tag = 1,
  integer_tag,
  float_tag,
  true_tag,
  false_tag,
  null_tag,
  list_tag,
  object_tag,
  member_tag
};

// From here on SHA-256 is faster than two SipHashes.
constexpr std::size_t kLongText = 256;

class Hasher {
 public:
  Hasher(const Digester::Key& key, crypto::Sha256& sha) : key_(key), sha_(sha) {}

  Digest text(std::string_view value, Tag tag = text_tag) const {
    if (value.size() >= kLongText) return long_text(value, tag);
    return {siphash(key_[0], key_[1], tag, value), siphash(key_[2], key_[3], tag, value)};
  }
  template <class T>
  Digest raw(Tag tag, const T& value) const {
    return text({reinterpret_cast<const char*>(&value), sizeof value}, tag);
  }
  // 2 and 2.0 are the same number.
  Digest number(double value) const {
    if (std::nearbyint(value) == value && std::fabs(value) < 9e15)
      return raw(integer_tag, static_cast<std::int64_t>(value));
    return raw(float_tag, value);
  }
  Digest member(std::string_view key, const Digest& value) const {
    const Digest name = text(key);
    const std::array<std::uint64_t, 4> both = {name[0], name[1], value[0], value[1]};
    return raw(member_tag, both);
  }

 private:
  // The first half of SHA-256 over key, tag and text: cut off, it cannot be extended.
  Digest long_text(std::string_view value, Tag tag) const {
    const std::array<std::uint64_t, 5> head = {key_[0], key_[1], key_[2], key_[3], tag};
    const crypto::Sha256Digest hash = sha_.update(std::as_bytes(std::span(head))).update(as_bytes(value)).finish();
    return {load_word(hash.data()), load_word(hash.data() + 8)};
  }
  static std::uint64_t load_word(const std::byte* at) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
  }

  const Digester::Key& key_;
  crypto::Sha256& sha_;
};

// The two document models, seen alike.
struct Document {
  using Value = const Json&;
  template <class F>
  static void members(const Json& value, const F& visit) {
    for (auto at = value.begin(); at != value.end(); ++at) visit(std::string_view(at.key()), *at);
  }
  template <class F>
  static void elements(const Json& value, const F& visit) {
    for (const Json& element : value) visit(element);
  }
  static bool is_object(const Json& value) { return value.is_object(); }
  static bool is_list(const Json& value) { return value.is_array(); }
  static bool is_null(const Json& value) { return value.is_null(); }
  static bool is_true(const Json& value) { return value.is_boolean() && value.get<bool>(); }
  static std::string_view text(const Json& value) {
    return value.is_string() ? std::string_view(value.get_ref<const std::string&>()) : std::string_view();
  }
  static Digest scalar(const Hasher& hasher, const Json& value) {
    switch (value.type()) {
      case Json::value_t::string: return hasher.text(value.get_ref<const std::string&>());
      case Json::value_t::boolean: return hasher.text({}, value.get<bool>() ? true_tag : false_tag);
      case Json::value_t::number_float: return hasher.number(value.get<double>());
      case Json::value_t::number_integer: return hasher.raw(integer_tag, value.get<std::int64_t>());
      case Json::value_t::number_unsigned: return hasher.raw(integer_tag, value.get<std::uint64_t>());
      default: return hasher.text({}, null_tag);
    }
  }
};

struct Scanned {
  using Value = simdjson::dom::element;
  template <class F>
  static void members(Value value, const F& visit) {
    // value_unsafe() refers into the result, which must outlive the loop.
    const simdjson::dom::object object = value.get_object().value_unsafe();
    for (const auto& member : object) visit(member.key, member.value);
  }
  template <class F>
  static void elements(Value value, const F& visit) {
    const simdjson::dom::array array = value.get_array().value_unsafe();
    for (const Value element : array) visit(element);
  }
  static bool is_object(Value value) { return value.is_object(); }
  static bool is_list(Value value) { return value.is_array(); }
  static bool is_null(Value value) { return value.is_null(); }
  static bool is_true(Value value) { return value.is_bool() && value.get_bool().value_unsafe(); }
  static std::string_view text(Value value) {
    return value.is_string() ? value.get_string().value_unsafe() : std::string_view();
  }
  static Digest scalar(const Hasher& hasher, Value value) {
    using enum simdjson::dom::element_type;
    switch (value.type()) {
      case STRING: return hasher.text(value.get_string().value_unsafe());
      case BOOL: return hasher.text({}, value.get_bool().value_unsafe() ? true_tag : false_tag);
      case DOUBLE: return hasher.number(value.get_double().value_unsafe());
      case INT64: return hasher.raw(integer_tag, value.get_int64().value_unsafe());
      case UINT64: return hasher.raw(integer_tag, value.get_uint64().value_unsafe());
      default: return hasher.text({}, null_tag);
    }
  }
};

bool is_left_out_of_object(std::string_view key) { return key == "apiVersion" || key == "kind" || key == "status"; }

bool is_left_out_of_metadata(std::string_view key) {
  for (const std::string_view out :
       {"name", "namespace", "generateName", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp",
        "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "managedFields"}) {
    if (key == out) return true;
  }
  return false;
}

template <class Model>
class Walk {
 public:
  using Value = typename Model::Value;
  Walk(const Hasher& hasher, Digester::FromText& found) : hasher_(hasher), found_(found) {}

  Digest object(Value value) {
    return collect(value, [&](std::string_view key, Value member) -> Digest {
      if (is_left_out_of_object(key)) return {};
      return hasher_.member(key, key == "metadata" && Model::is_object(member) ? metadata(member) : plain(member));
    });
  }

 private:
  // The sum over the members that are not null, hashed.
  template <class F>
  Digest collect(Value value, const F& hash_member) {
    Digest sum{};
    Model::members(value, [&](std::string_view key, Value member) {
      if (Model::is_null(member)) return;
      const Digest hash = hash_member(key, member);
      sum[0] += hash[0];
      sum[1] += hash[1];
    });
    return hasher_.raw(object_tag, sum);
  }

  Digest plain(Value value) {
    if (Model::is_object(value)) {
      return collect(value, [&](std::string_view key, Value member) { return hasher_.member(key, plain(member)); });
    }
    if (!Model::is_list(value)) return Model::scalar(hasher_, value);
    Digest state{};
    Model::elements(value, [&](Value element) {
      const Digest next = plain(element);
      state = hasher_.raw(list_tag, std::array{state[0], state[1], next[0], next[1]});
    });
    return hasher_.raw(list_tag, state);
  }

  Digest metadata(Value value) {
    return collect(value, [&](std::string_view key, Value member) -> Digest {
      if (is_left_out_of_metadata(key)) {
        note_identity(key, member);
        return {};
      }
      const bool is_map = (key == "labels" || key == "annotations") && Model::is_object(member);
      if (!is_map) return hasher_.member(key, plain(member));
      bool empty = true;
      const Digest hash = collect(member, [&](std::string_view name, Value text) -> Digest {
        if (key == "labels" && note_restore_label(name, text)) return {};
        empty = false;
        return hasher_.member(name, plain(text));
      });
      return empty ? Digest{} : hasher_.member(key, hash);
    });
  }

  void note_identity(std::string_view key, Value value) {
    if (key == "name") found_.name = Model::text(value);
    if (key == "namespace") found_.ns = Model::text(value);
    if (key != "ownerReferences" || !Model::is_list(value)) return;
    Model::elements(value, [&](Value owner) {
      if (Model::is_object(owner)) {
        Model::members(owner, [&](std::string_view name, Value of) {
          if (name == "controller") found_.controlled = found_.controlled || Model::is_true(of);
        });
      }
    });
  }

  bool note_restore_label(std::string_view name, Value text) {
    if (name == kBackupLabel) found_.backup_label = Model::text(text);
    if (name == kRestoreLabel) found_.restore_label = Model::text(text);
    return name == kBackupLabel || name == kRestoreLabel;
  }

  const Hasher& hasher_;
  Digester::FromText& found_;
};

}  // namespace

struct Digester::Buffers {
  simdjson::dom::parser parser;
  crypto::Sha256 sha;
};

Digester::Digester(Rng& rng) : Digester(Key{rng.next(), rng.next(), rng.next(), rng.next()}) {}
Digester::Digester(const Key& key) : key_(key), buffers_(std::make_shared<Buffers>()) {}

Digest Digester::of(const Json& object) const {
  const Hasher hasher(key_, buffers_->sha);
  FromText found;
  return Walk<Document>(hasher, found).object(object);
}

Result<Digester::FromText> Digester::of(std::string_view text) {
  const Hasher hasher(key_, buffers_->sha);
  FromText found;
  simdjson::dom::element root;
  if (buffers_->parser.parse(text.data(), text.size()).get(root) == simdjson::SUCCESS && root.is_object()) {
    found.digest = Walk<Scanned>(hasher, found).object(root);
    return found;
  }
  // Numbers beyond 64 bits are valid JSON that only the document model holds; it also words the error better.
  const Json document = TRY(codec::parse_json(text));
  if (!document.is_object()) return Error(Code::invalid, "the object is no JSON object");
  found.digest = Walk<Document>(hasher, found).object(document);
  return found;
}

}  // namespace salvor::restore
