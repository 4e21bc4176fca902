// age_tool: salvor's own age from files to files, for tests/peer/age_test.py.
//
//   age_tool encrypt IN OUT RECIPIENT...             "passphrase:WORD" locks with a passphrase, work factor 10
//   age_tool decrypt IN OUT KEY...                   an identity file, or "passphrase:WORD"
//   age_tool rewrap IN OUT KEYS RECIPIENT...         KEYS is one identity file
//   age_tool range IN OUT KEY OFFSET LENGTH          plain bytes from an offset, by the chunks they lie in
//   age_tool dearmored IN OUT KEY...                 decrypt for small files, armored or not
//   age_tool padded IN OUT RECIPIENT...              encrypt with a header of 2048 bytes that names the recipients
//   age_tool generate                                a new identity file on standard output
//   age_tool speed MIB                               throughput of encryption and decryption in memory
//
// On failure it prints "CODE: message" and ends with status 1. A decryption that fails leaves in OUT what was
// authentic.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "crypto/age_decryptor.h"
#include "crypto/age_encryptor.h"
#include "crypto/age_key_files.h"

namespace {

using namespace salvor;
namespace age = crypto::age;
using Words = std::vector<std::string>;

constexpr std::string_view kPassphrase = "passphrase:";
constexpr std::size_t kPiece = 100'000;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; }

Result<age::Keyring> keyring_of(std::span<const std::string> keys) {
  age::Keyring keyring;
  for (const std::string& key : keys) {
    if (key.starts_with(kPassphrase)) {
      keyring.passphrases.emplace_back(key.substr(kPassphrase.size()));
    } else {
      for (age::Identity& identity : TRY(age::parse_identities(read_file(key)))) {
        keyring.identities.push_back(std::move(identity));
      }
    }
  }
  return keyring;
}

Result<age::Lock> lock_of(std::span<const std::string> recipients) {
  age::Lock lock;
  lock.work_factor = 10;
  for (const std::string& recipient : recipients) {
    if (recipient.starts_with(kPassphrase)) {
      lock.passphrase = os::Secret(recipient.substr(kPassphrase.size()));
    } else {
      lock.recipients.push_back(TRY(age::Recipient::parse(recipient)));
    }
  }
  return lock;
}

template <class Stream>
Result<> feed(Stream& stream, ByteView bytes) {
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), kPiece))) {
    TRY(stream.write(bytes.first(std::min(bytes.size(), kPiece))));
  }
  return stream.finish();
}

Result<> encrypt(const Words& words, std::size_t multiple) {
  SystemRng rng;
  std::string out;
  age::Lock lock = TRY(lock_of(std::span(words).subspan(3)));
  lock.header_multiple = multiple;
  const auto sink = [&](ByteView piece) { return (out.append(as_text(piece)), Result<>{}); };
  const auto encryptor = TRY(age::Encryptor::start(lock, rng, sink));
  TRY(feed(*encryptor, as_bytes(read_file(words[1]))));
  write_file(words[2], out);
  return {};
}

Result<> decrypt(const Words& words) {
  const age::Keyring keyring = TRY(keyring_of(std::span(words).subspan(3)));
  std::string out;
  age::Decryptor decryptor(keyring, [&](ByteView piece) { return (out.append(as_text(piece)), Result<>{}); });
  const auto done = feed(decryptor, as_bytes(read_file(words[1])));
  write_file(words[2], out);
  return done.ok() ? Result<>{} : Result<>(done.error().clone());
}

Result<> dearmored(const Words& words) {
  const age::Keyring keyring = TRY(keyring_of(std::span(words).subspan(3)));
  const os::Secret plain = TRY(age::decrypt_small(as_bytes(read_file(words[1])), keyring));
  write_file(words[2], plain.reveal());
  return {};
}

struct Split {
  std::string file;
  age::Header header;
  os::Secret file_key;
  ByteView payload;
};

Result<Split> split(const std::string& path, const std::string& keys) {
  Split parts;
  parts.file = read_file(path);
  const auto end = TRY(age::find_header_end(as_bytes(parts.file)));
  if (!end) return Error(Code::corrupt, "no header");
  parts.header = TRY(age::parse_header(as_bytes(parts.file).first(*end)));
  parts.file_key = TRY(age::open_header(parts.header, TRY(keyring_of(std::span(&keys, 1)))));
  parts.payload = as_bytes(parts.file).subspan(*end);
  return parts;
}

Result<> rewrap(const Words& words) {
  SystemRng rng;
  const Split parts = TRY(split(words[1], words[3]));
  const age::Lock lock = TRY(lock_of(std::span(words).subspan(4)));
  write_file(words[2], TRY(age::seal_header(parts.file_key, lock, rng)).append(as_text(parts.payload)));
  return {};
}

Result<> range(const Words& words) {
  const Split parts = TRY(split(words[1], words[3]));
  const std::uint64_t offset = std::stoull(words[4]), length = std::stoull(words[5]);
  const auto layout = TRY(age::PayloadLayout::of_payload(parts.payload.size()));
  age::PayloadCipher cipher(parts.file_key, parts.payload.first(age::kPayloadNonceBytes));
  std::string out;
  for (std::uint64_t chunk = offset / age::kChunkBytes; chunk * age::kChunkBytes < offset + length; ++chunk) {
    const std::uint64_t from = layout.chunk_offset(chunk), to = layout.chunk_offset(chunk + 1);
    Bytes plain(to - from - 16);
    TRY(cipher.open(chunk, chunk + 1 == layout.chunks(), parts.payload.subspan(from, to - from), plain));
    out += as_text(plain);
  }
  write_file(words[2], std::string_view(out).substr(offset % age::kChunkBytes, length));
  return {};
}

Result<> generate() {
  SystemRng rng;
  SystemClock clock;
  std::cout << age::identity_file(age::Identity::generate(rng), clock.now()).reveal();
  return {};
}

Result<> speed(std::size_t mebibytes) {
  SystemRng rng;
  SystemClock clock;
  age::Keyring keyring;
  keyring.identities.push_back(age::Identity::generate(rng));
  Bytes plain(std::size_t{1} << 20), file;
  rng.fill(plain);
  file.reserve((mebibytes + 1) << 20);
  const auto say = [&](const char* what, Duration since) {
    const double seconds = std::chrono::duration<double>(clock.monotonic() - since).count();
    std::printf("%s %.0f MB/s\n", what, static_cast<double>(mebibytes << 20) / seconds / 1e6);
  };
  const age::Lock lock{.recipients = {keyring.identities[0].recipient()}};
  const auto encrypt_all = [&](const age::Encryptor::Sink& sink) -> Result<> {
    const auto encryptor = TRY(age::Encryptor::start(lock, rng, sink));
    for (std::size_t i = 0; i < mebibytes; ++i) TRY(encryptor->write(plain));
    return encryptor->finish();
  };
  auto begun = clock.monotonic();
  TRY(encrypt_all([](ByteView) { return Result<>(); }));
  say("encrypt", begun);
  TRY(encrypt_all([&](ByteView piece) { return (append(file, piece), Result<>{}); }));
  age::Decryptor decryptor(keyring, [](ByteView) { return Result<>(); });
  begun = clock.monotonic();
  TRY(feed(decryptor, file));
  say("decrypt", begun);
  return {};
}

Result<> run(const Words& words) {
  if (words.empty()) return Error(Code::invalid, "no verb");
  if (words[0] == "generate") return generate();
  if (words.size() == 2 && words[0] == "speed") return speed(std::stoul(words[1]));
  if (words.size() < 4) return Error(Code::invalid, "too few words");
  if (words[0] == "encrypt") return encrypt(words, 0);
  if (words[0] == "padded") return encrypt(words, 2048);
  if (words[0] == "decrypt") return decrypt(words);
  if (words[0] == "dearmored") return dearmored(words);
  if (words[0] == "rewrap" && words.size() > 4) return rewrap(words);
  if (words[0] == "range" && words.size() == 6) return range(words);
  return Error(Code::invalid, "unknown verb " + words[0]);
}

}  // namespace

int main(int count, char** words) {
  const auto done = run(Words(words + 1, words + count));
  if (done.ok()) return 0;
  std::cout << to_string(done.error().code()) << ": " << to_string(done.error()) << '\n';
  return 1;
}
