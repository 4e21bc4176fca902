#include "store/encrypted.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/age_armor.h"
#include "crypto/age_decryptor.h"
#include "crypto/age_encryptor.h"
#include "crypto/age_key_files.h"
#include "store/bytes_reader.h"
#include "store/decrypting_reader.h"
#include "store/stopped.h"

namespace salvor::store {

namespace age = crypto::age;

namespace {

constexpr std::size_t kHeaderMultiple = 2048;  // 12 recipients; as much again for each 12 more
constexpr std::size_t kFirstRead = 4096;       // holds nearly every header
constexpr std::size_t kMaxKept = 64, kMaxWritten = 256, kMaxPassphraseHeaders = 256;

age::Lock with_fixed_header(age::Lock lock) {
  lock.header_multiple = kHeaderMultiple;
  return lock;
}

bool has_readers(const age::Lock& lock) { return !lock.recipients.empty() || !lock.passphrase.empty(); }

// A header that cannot be understood is damage here: `invalid` would say that the question was wrong.
Error damaged(Error error, const std::string& name) {
  if (error.code() != Code::invalid) return std::move(error).context(name);
  return Error(Code::corrupt, name + ": " + error.message()).hint("Verify the backup, and use another copy of it.");
}

// The bytes of an object up to the end of its header and nonce, and what was read beyond.
struct Start {
  Bytes bytes;
  std::size_t header_size = 0;  // 0: it is not encrypted; `bytes` is what was read of it
};

Result<Start> read_start(ReadStream& stream) {
  Start start;
  std::optional<std::size_t> end;
  bool ended = false;
  do {
    const std::size_t before = start.bytes.size();
    start.bytes.resize(before + kFirstRead);
    const std::size_t got = TRY(stream.read(MutableByteView(start.bytes).subspan(before)));
    start.bytes.resize(before + got);
    ended = got == 0;
    if (start.bytes.size() < age::kArmorBegin.size() && !ended) continue;
    if (!age::is_age_file(as_text(start.bytes))) return start;
    end = TRY(age::find_header_end(start.bytes));
  } while (!ended && (!end || start.bytes.size() < *end + age::kPayloadNonceBytes));
  if (!end || start.bytes.size() < *end + age::kPayloadNonceBytes) {
    return Error(Code::corrupt, "the encrypted object is cut off at its beginning");
  }
  start.header_size = *end;
  return start;
}

}  // namespace

struct EncryptedStorage::Head {
  bool is_plain = false;
  age::Header header;
  Bytes nonce;
};

// What one range needs to know of an object, and the next ones need not ask for again.
struct EncryptedStorage::Opened {
  os::Secret file_key;
  Bytes nonce;
  std::uint64_t payload_at = 0;
  age::PayloadLayout layout;

  age::PayloadCipher cipher() const { return {file_key, nonce}; }
};

class EncryptedStorage::Writer final : public WriteStream {
 public:
  Writer(EncryptedStorage& storage, std::string key, std::unique_ptr<WriteStream> inner, std::stop_token stop)
      : storage_(storage), key_(std::move(key)), inner_(std::move(inner)), stop_(std::move(stop)) {}

  Result<> start() {
    encryptor_ = age::Encryptor::start(TRY(storage_.new_key().context(storage_.name_of(key_))), storage_.rng_,
                                       [this](ByteView piece) { return inner_->write(piece); });
    return {};
  }
  Result<> write(ByteView bytes) override {
    TRY(check_stop(stop_));
    return encryptor_->write(bytes);
  }
  Result<> commit() override {
    TRY(check_stop(stop_));
    TRY(encryptor_->finish());
    storage_.forget(key_);
    TRY(inner_->commit());
    storage_.written_.with([&](auto& written) {
      written.remove_if([&](const auto& entry) { return entry.first == key_; });
      written.emplace_front(key_, encryptor_->file_key().copy());
      if (written.size() > kMaxWritten) written.pop_back();
    });
    return {};
  }

 private:
  EncryptedStorage& storage_;
  const std::string key_;
  const std::unique_ptr<WriteStream> inner_;
  const std::stop_token stop_;
  std::unique_ptr<age::Encryptor> encryptor_;
};

EncryptedStorage::EncryptedStorage(std::unique_ptr<Storage> inner, Encryption encryption, Rng& rng)
    : ForwardingStorage(std::move(inner)),
      lock_(with_fixed_header(std::move(encryption.lock))),
      keyring_(std::move(encryption.keyring)),
      covers_(std::move(encryption.covers)),
      plain_(encryption.plain),
      rng_(rng) {}

EncryptedStorage::~EncryptedStorage() = default;

Error EncryptedStorage::refused_plain(const std::string& key) const {
  return Error(Code::denied, name_of(key) + " is not encrypted, but everything of its kind in this location should be")
      .hint(
          "It was written before the location was encrypted, or put there by somebody else. Reading such objects has "
          "to be allowed explicitly.");
}

EncryptedStorage::Kept EncryptedStorage::remembered(const std::string& key) {
  return kept_.with([&](auto& kept) -> Kept {
    const auto found = std::ranges::find(kept, key, [](const auto& entry) { return entry.first; });
    if (found == kept.end()) return nullptr;
    kept.splice(kept.begin(), kept, found);
    return kept.front().second;
  });
}

void EncryptedStorage::remember(const std::string& key, Kept object) {
  kept_.with([&](auto& kept) {
    kept.remove_if([&](const auto& entry) { return entry.first == key; });
    kept.emplace_front(key, std::move(object));
    if (kept.size() > kMaxKept) kept.pop_back();
  });
}

void EncryptedStorage::forget(const std::string& key) {
  kept_.with([&](auto& kept) { kept.remove_if([&](const auto& entry) { return entry.first == key; }); });
}

Result<age::SealedKey> EncryptedStorage::new_key() {
  if (lock_.passphrase.empty()) return age::seal_new_key(lock_, rng_);
  return passphrase_key_.with([&](std::optional<age::SealedKey>& one) -> Result<age::SealedKey> {
    if (!one) one = TRY(age::seal_new_key(lock_, rng_));
    return age::SealedKey{one->file_key.copy(), one->header};
  });
}

Result<os::Secret> EncryptedStorage::open_passphrase_header(const age::Header& header) {
  return passphrase_headers_.with([&](std::map<std::string, os::Secret>& known) -> Result<os::Secret> {
    std::string stanza = header.stanzas.front().body;
    for (const std::string& argument : header.stanzas.front().arguments) stanza += ' ' + argument;
    if (const auto found = known.find(stanza); found != known.end() && age::check_mac(header, found->second).ok()) {
      return found->second.copy();
    }
    os::Secret file_key = TRY(age::open_header(header, keyring_));
    if (known.size() < kMaxPassphraseHeaders) known.emplace(std::move(stanza), file_key.copy());
    return file_key;
  });
}

Result<os::Secret> EncryptedStorage::open_header(const std::string& key, const age::Header& header) {
  auto opened = age::is_for_passphrase(header) ? open_passphrase_header(header) : age::open_header(header, keyring_);
  if (opened.ok() || opened.error().code() != Code::denied) return opened;
  auto own = written_.with([&](const auto& written) -> std::optional<os::Secret> {
    const auto found = std::ranges::find(written, key, [](const auto& entry) { return entry.first; });
    return found == written.end() ? std::nullopt : std::optional(found->second.copy());
  });
  if (own && age::check_mac(header, *own).ok()) return *std::move(own);
  return opened;
}

Result<EncryptedStorage::Head> EncryptedStorage::read_head(const std::string& key, std::stop_token stop) {
  const auto first = TRY(inner().open(key, {0, kFirstRead}, stop));
  auto start = read_start(*first);
  if (!start.ok() && start.error().code() == Code::corrupt) {  // or the header is longer than the first read
    const auto again = TRY(inner().open(key, {0, age::kMaxHeaderBytes + age::kPayloadNonceBytes}, stop));
    start = read_start(*again);
  }
  if (!start.ok()) return damaged(std::move(start).error(), name_of(key));
  if (start->header_size == 0) return Head{.is_plain = true};
  auto header = age::parse_header(ByteView(start->bytes).first(start->header_size));
  if (!header.ok()) return damaged(std::move(header).error(), name_of(key));
  const ByteView nonce = ByteView(start->bytes).subspan(start->header_size, age::kPayloadNonceBytes);
  return Head{.header = *std::move(header), .nonce = Bytes(nonce.begin(), nonce.end())};
}

Result<std::unique_ptr<WriteStream>> EncryptedStorage::create(const std::string& key, Exists exists,
                                                              std::stop_token stop) {
  if (!is_covered(key)) return inner().create(key, exists, std::move(stop));
  if (!has_readers(lock_)) {
    return Error(Code::denied, name_of(key) + " would have to be encrypted, but nobody is named who could read it")
        .hint("Give the location at least one recipient.");
  }
  auto writer = std::make_unique<Writer>(*this, key, TRY(inner().create(key, exists, stop)), stop);
  TRY(writer->start());
  return writer;
}

// From the first byte to the last: one stream, and where it ends the payload must end.
Result<std::unique_ptr<ReadStream>> EncryptedStorage::open_whole(const std::string& key, std::stop_token stop) {
  auto stream = TRY(inner().open(key, {}, stop));
  auto start = read_start(*stream);
  if (!start.ok()) return damaged(std::move(start).error(), name_of(key));
  if (start->header_size == 0) {
    if (plain_ == PlainObjects::refuse) return refused_plain(key);
    return inner().open(key, {}, std::move(stop));
  }
  auto header = age::parse_header(ByteView(start->bytes).first(start->header_size));
  if (!header.ok()) return damaged(std::move(header).error(), name_of(key));
  auto file_key = open_header(key, *header);
  if (!file_key.ok()) return damaged(std::move(file_key).error(), name_of(key));
  const ByteView rest = ByteView(start->bytes).subspan(start->header_size);
  const ByteView begun = rest.subspan(age::kPayloadNonceBytes);
  Content about = stream->about();
  if (about.length) {
    const auto layout =
        age::PayloadLayout::of_payload(*about.length - std::min<std::uint64_t>(*about.length, start->header_size));
    about.length = layout.ok() ? std::optional(layout->plain_size()) : std::nullopt;
  }
  return std::make_unique<DecryptingReader>(std::move(stream), Bytes(begun.begin(), begun.end()),
                                            age::PayloadCipher(*file_key, rest.first(age::kPayloadNonceBytes)),
                                            SealedPart{}, std::move(about), name_of(key), std::move(stop));
}

Result<std::unique_ptr<ReadStream>> EncryptedStorage::open_range(const std::string& key, ByteRange range,
                                                                 const Kept& object, std::stop_token stop) {
  const age::PayloadLayout& layout = object->layout;
  if (range.offset > layout.plain_size()) {
    return Error(Code::invalid, name_of(key) + " has " + std::to_string(layout.plain_size()) +
                                    " bytes, none from byte " + std::to_string(range.offset) + " on");
  }
  const std::uint64_t wanted = std::min(range.length.value_or(UINT64_MAX), layout.plain_size() - range.offset);
  // An empty range has no chunk; the one it would begin in is fetched all the same, for the version.
  const std::uint64_t first = std::min(range.offset / age::kChunkBytes, layout.chunks() - 1);
  const std::uint64_t end = wanted == 0 ? first + 1 : (range.offset + wanted - 1) / age::kChunkBytes + 1;
  const std::uint64_t from = layout.chunk_offset(first);
  auto sealed = TRY(inner().open(key, {object->payload_at + from, layout.chunk_offset(end) - from}, stop));
  Content about{wanted, sealed->about().version};
  auto reader = std::make_unique<DecryptingReader>(
      std::move(sealed), Bytes(), object->cipher(),
      SealedPart{first, layout, range.offset - first * age::kChunkBytes, wanted}, std::move(about), name_of(key), stop);
  TRY(reader->begin());
  return reader;
}

// Reads header and last chunk. Requires: the object is encrypted.
Result<EncryptedStorage::Kept> EncryptedStorage::examine(const std::string& key, std::stop_token stop) {
  const Entry entry = TRY(inner().stat(key, stop));
  Head head = TRY(read_head(key, stop));
  if (head.is_plain) return Kept();
  auto file_key = open_header(key, head.header);
  if (!file_key.ok()) return damaged(std::move(file_key).error(), name_of(key));
  const std::uint64_t payload_at = head.header.size;
  const auto layout =
      TRY(age::PayloadLayout::of_payload(entry.size - std::min(entry.size, payload_at)).context(name_of(key)));
  const auto object = std::make_shared<const Opened>(*std::move(file_key), std::move(head.nonce), payload_at, layout);
  const std::uint64_t last = layout.chunks() - 1, at = layout.chunk_offset(last);
  const Bytes sealed = TRY(get_range(inner(), key, payload_at + at, layout.size() - at, stop));
  Bytes plain(sealed.size() - crypto::Aead::kTagBytes);
  TRY(object->cipher().open(last, true, sealed, plain).context(name_of(key)));
  remember(key, object);
  return object;
}

Result<std::unique_ptr<ReadStream>> EncryptedStorage::open_fresh(const std::string& key, ByteRange range,
                                                                 std::stop_token stop) {
  const Kept object = TRY(examine(key, stop));
  if (object) return open_range(key, range, object, std::move(stop));
  if (plain_ == PlainObjects::refuse) return refused_plain(key);
  return inner().open(key, range, std::move(stop));
}

Result<std::unique_ptr<ReadStream>> EncryptedStorage::open(const std::string& key, ByteRange range,
                                                           std::stop_token stop) {
  if (!is_covered(key)) return inner().open(key, range, std::move(stop));
  if (range.offset == 0 && !range.length) return open_whole(key, std::move(stop));
  const auto may_be_another = [](const Error& error) {
    return error.code() == Code::corrupt || error.code() == Code::invalid;
  };
  if (const Kept object = remembered(key)) {
    if (range.offset < object->layout.plain_size()) {
      auto reader = open_range(key, range, object, stop);
      if (reader.ok() || !may_be_another(reader.error())) return reader;
    }
    forget(key);
  }
  auto reader = open_fresh(key, range, stop);
  if (reader.ok() || reader.error().code() != Code::corrupt) return reader;
  forget(key);  // it may have been replaced between our looks at it
  return open_fresh(key, range, std::move(stop));
}

Result<Entry> EncryptedStorage::stat(const std::string& key, std::stop_token stop) {
  Entry entry = TRY(inner().stat(key, stop));
  if (!is_covered(key)) return entry;
  const Head head = TRY(read_head(key, std::move(stop)));
  if (head.is_plain) {
    if (plain_ == PlainObjects::refuse) return refused_plain(key);
    return entry;
  }
  const std::uint64_t header_size = head.header.size;
  const auto layout =
      TRY(age::PayloadLayout::of_payload(entry.size - std::min(entry.size, header_size)).context(name_of(key)));
  entry.size = layout.plain_size();
  return entry;
}

Result<> EncryptedStorage::list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                                std::stop_token stop) {
  const std::uint64_t header = has_readers(lock_) ? age::header_size(lock_) : kHeaderMultiple;
  const auto with_plain_size = [&](const Entry& sealed) -> Result<> {
    if (!is_covered(sealed.key)) return visit(sealed);
    Entry entry = sealed;
    const auto layout = age::PayloadLayout::of_payload(sealed.size - std::min(sealed.size, header));
    if (layout.ok()) entry.size = layout->plain_size();
    return visit(entry);
  };
  return inner().list(prefix, with_plain_size, std::move(stop));
}

Result<> EncryptedStorage::remove(const std::string& key, std::stop_token stop) {
  forget(key);
  return inner().remove(key, std::move(stop));
}

Result<std::optional<std::string>> EncryptedStorage::readers(const std::string& key, std::stop_token stop) {
  if (!is_covered(key)) return std::optional<std::string>();
  const Head head = TRY(read_head(key, std::move(stop)));
  if (head.is_plain) return std::optional<std::string>();
  return std::optional(age::describe_readers(head.header));
}

// The payload as it is. A decryptor that reads along vouches that it is the one of that header, and whole.
Result<> EncryptedStorage::copy_payload(const std::string& key, const std::string& header, WriteStream& to,
                                        std::stop_token stop) {
  age::Decryptor witness(keyring_, [](ByteView) { return Result<>(); });
  TRY(witness.write(as_bytes(header)));
  const auto from = TRY(inner().open(key, {header.size(), {}}, std::move(stop)));
  Bytes buffer(std::size_t{1} << 20);
  while (const std::size_t got = TRY(from->read(buffer))) {
    TRY(witness.write(ByteView(buffer).first(got)));
    TRY(to.write(ByteView(buffer).first(got)));
  }
  return witness.finish();
}

Result<bool> EncryptedStorage::rewrap(const std::string& key, std::stop_token stop) {
  CHECK(is_covered(key));
  const Head head = TRY(read_head(key, stop));
  if (head.is_plain) return refused_plain(key);
  const os::Secret file_key = TRY(open_header(key, head.header).context(name_of(key)));
  if (!lock_.recipients.empty() && age::named_recipients(head.header) == lock_.recipients) return false;
  const std::string header = TRY(age::seal_header(file_key, lock_, rng_).context(name_of(key)));
  const auto writer = TRY(inner().create(key, Exists::replace, stop));
  TRY(writer->write(as_bytes(header)));
  const std::string old_header = age::encode_header(head.header.stanzas, file_key);
  TRY(copy_payload(key, old_header, *writer, std::move(stop)).context(name_of(key)));
  forget(key);
  TRY(writer->commit());
  return true;
}

}  // namespace salvor::store
