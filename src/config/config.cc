#include "config/config.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "config/reader.h"
#include "crypto/age_keys.h"
#include "s3/bucket_config.h"
#include "store/location.h"

namespace salvor::config {

namespace {

constexpr std::size_t kMaxLocations = 1000;

constexpr std::string_view kTopKeys[] = {"locations"};
constexpr std::string_view kLocationKeys[] = {"url",        "encrypt", "passphrase", "identityFile",
                                              "priceClass", "s3",      "limits"};
constexpr std::string_view kLimitKeys[] = {"upload", "download", "requests", "schedule"};
constexpr std::string_view kSecretKeys[] = {"accessKeyId", "secretAccessKey", "sessionToken", "customerKey"};
bool is_secret_key(std::string_view key) {
  return std::find(std::begin(kSecretKeys), std::end(kSecretKeys), key) != std::end(kSecretKeys);
}

std::optional<SecretReference>& secret_of(S3Settings& s3, std::string_view key) {
  if (key == "accessKeyId") return s3.access_key_id;
  if (key == "secretAccessKey") return s3.secret_access_key;
  return key == "sessionToken" ? s3.session_token : s3.customer_key;
}

Error recipient_error(const std::string& what, const std::string& hint) {
  return Error(Code::invalid, "encrypt: " + what).hint(hint);
}

// The form of an X25519 recipient: "age1" and 58 characters of bech32. A private key in its place is not repeated.
Result<> check_recipient(std::string_view recipient) {
  static constexpr std::string_view kBech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  if (recipient.starts_with("AGE-SECRET-KEY-")) {
    return recipient_error("this is a private key, and a recipient is public",
                           "Give the line \"public key: age1...\" of the identity file. The private key stays secret.");
  }
  const std::string hint = "A recipient begins with age1 and has 62 characters; `salvor key show` prints it.";
  if (!recipient.starts_with("age1")) return recipient_error("a recipient does not begin with age1", hint);
  const std::string_view data = recipient.substr(4);
  if (data.size() != 58)
    return recipient_error(
        "the recipient " + std::string(recipient.substr(0, 80)) + " is too " + (data.size() < 58 ? "short" : "long"),
        hint);
  if (data.find_first_not_of(kBech32) != std::string_view::npos) {
    return recipient_error("the recipient " + std::string(recipient) + " has a character that none can have", hint);
  }
  if (!crypto::age::Recipient::parse(recipient).ok()) {
    return recipient_error("the recipient " + std::string(recipient) + " is mistyped: its checksum does not fit",
                           "Copy it again; `salvor key show` prints it.");
  }
  return {};
}

Result<> check_url(const std::string& url) {
  if (url.empty()) return Error(Code::invalid, "url is missing").hint("Name a directory or a bucket.");
  const store::Location location =
      TRY(store::parse_location(url, {.configured = {}, .is_directory = [](const std::string&) { return true; }}));
  if (const auto* directory = std::get_if<store::DirectoryLocation>(&location)) {
    if (directory->path.starts_with('/')) return {};
    return Error(Code::invalid, "url is the relative path " + url)
        .hint("The working directory is not always the same: write the whole path, or an s3:// location.");
  }
  for (const auto& [name, value] : std::get<store::S3Location>(location).options) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    for (std::string_view word : {"secret", "token", "password", "accesskey", "access-key", "access_key"}) {
      if (lower.find(word) == std::string::npos) continue;
      return Error(Code::invalid, "url holds credentials: " + name)  // and its value is not repeated
          .hint("Give them under s3: accessKeyId and secretAccessKey, by reference.");
    }
  }
  return {};
}

// "08:00"
std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text) {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : 99; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hours = digit(0) * 10 + digit(1), minutes = digit(3) * 10 + digit(4);
  if (hours > 23 || minutes > 59) return std::nullopt;
  return std::chrono::minutes(hours * 60 + minutes);
}

std::string time_of_day(std::chrono::minutes at) {
  const auto two = [](std::int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return two(at.count() / 60) + ":" + two(at.count() % 60);
}

Json limits_json(const Limits& limits) {
  Json json = Json::object();
  if (limits.upload) json["upload"] = limits.upload;
  if (limits.download) json["download"] = limits.download;
  if (limits.requests) json["requests"] = limits.requests;
  return json;
}

class ConfigReader {
 public:
  explicit ConfigReader(const Reader& reader) : reader_(reader) {}

  Result<Config> read() {
    Config config;
    TRY(reader_.members(reader_.root(), {}, kTopKeys, [&](const std::string& key, const Json& value) -> Result<> {
      if (value.size() > kMaxLocations) return reader_.error({key}, "there are more than 1000 locations");
      return reader_.entries(value, {key}, [&](const std::string& name, const Json& one) -> Result<> {
        const Reader::Path path = {key, name};
        if (const Result<> named = check_location_name(name); !named.ok()) return reader_.error(path, named.error());
        config.locations[name] = TRY(location(one, path));
        return {};
      });
    }));
    return config;
  }

 private:
  Result<LocationSettings> location(const Json& value, const Reader::Path& path) {
    LocationSettings settings;
    TRY(reader_.members(value, path, kLocationKeys, [&](const std::string& key, const Json& one) {
      return field(settings, key, one, below(path, key));
    }));
    if (const Result<> fine = check_location(path.back(), settings); !fine.ok())
      return reader_.error(path, fine.error());
    return settings;
  }

  Result<> field(LocationSettings& settings, const std::string& key, const Json& value, const Reader::Path& path) {
    if (key == "url") {
      settings.url = TRY(reader_.text(value, path));
      if (const Result<> fine = check_url(settings.url); !fine.ok()) return reader_.error(path, fine.error());
    } else if (key == "encrypt") {
      settings.encrypt = TRY(reader_.texts(value, path));
      for (const std::string& one : settings.encrypt) {
        if (const Result<> fine = check_recipient(one); !fine.ok()) return reader_.error(path, fine.error());
      }
    } else if (key == "passphrase") {
      settings.passphrase = TRY(secret(value, path));
    } else if (key == "identityFile") {
      settings.identity_file = TRY(reader_.text(value, path));
    } else if (key == "priceClass") {
      settings.price_class = TRY(reader_.text(value, path));
    } else if (key == "s3") {
      settings.s3 = TRY(s3(value, path));
    } else {
      settings.limits = TRY(limits(value, path, &settings.limit_schedule));
    }
    return {};
  }

  Result<S3Settings> s3(const Json& value, const Reader::Path& path) {
    std::vector<std::string_view> known = s3::bucket_config_keys();
    known.insert(known.end(), std::begin(kSecretKeys), std::end(kSecretKeys));
    S3Settings settings;
    TRY(reader_.members(value, path, known, [&](const std::string& key, const Json& one) -> Result<> {
      if (is_secret_key(key)) {
        secret_of(settings, key) = TRY(secret(one, below(path, key)));
      } else {
        settings.options[key] = TRY(reader_.scalar(one, below(path, key)));
      }
      return {};
    }));
    return settings;
  }

  using Schedule = std::map<std::chrono::minutes, Limits>;

  // Without a `schedule` to fill none may be there.
  Result<Limits> limits(const Json& value, const Reader::Path& path, Schedule* schedule) {
    Limits limits;
    const auto known = std::span(kLimitKeys).first(schedule ? std::size(kLimitKeys) : std::size(kLimitKeys) - 1);
    TRY(reader_.members(value, path, known, [&](const std::string& key, const Json& one) -> Result<> {
      if (key == "schedule") return read_schedule(one, below(path, key), *schedule);
      const std::string text = TRY(reader_.scalar(one, below(path, key)));
      const Result<std::uint64_t> rate = parse_rate(text);
      if (!rate.ok()) return reader_.error(below(path, key), rate.error());
      (key == "upload" ? limits.upload : key == "download" ? limits.download : limits.requests) = *rate;
      return {};
    }));
    return limits;
  }

  Result<> read_schedule(const Json& value, const Reader::Path& path, Schedule& schedule) {
    return reader_.entries(value, path, [&](const std::string& at, const Json& one) -> Result<> {
      const auto minutes = parse_time_of_day(at);
      if (!minutes) return reader_.error(below(path, at), "a time of day is written as \"08:00\"");
      schedule[*minutes] = TRY(limits(one, below(path, at), nullptr));
      return {};
    });
  }

  Result<SecretReference> secret(const Json& value, const Reader::Path& path) {
    if (!value.is_string()) return reader_.error(path, path.back() + " must be a text");
    Result<SecretReference> reference = SecretReference::parse(value.get_ref<const std::string&>());
    if (reference.ok()) return reference;
    return reader_.error(path, std::move(reference).error().context(path.back()));
  }

  const Reader& reader_;
};

}  // namespace

bool LocationSettings::has_inline_secret() const {
  for (const auto* one : {&passphrase, &s3.access_key_id, &s3.secret_access_key, &s3.session_token, &s3.customer_key}) {
    if (one->has_value() && (*one)->kind() == SecretReference::Kind::literal) return true;
  }
  return false;
}

Result<Config> parse_config(std::string_view text, const std::string& file) {
  const Reader reader = TRY(Reader::parse(text, file));
  return ConfigReader(reader).read();
}

Result<> check_location_name(std::string_view name) {
  if (store::is_location_name(name) && name.size() <= 100) return {};
  return Error(Code::invalid, "\"" + std::string(name.substr(0, 100)) + "\" cannot be the name of a location")
      .hint("Use letters, digits, '_', '.' and '-', beginning with a letter or digit, such as nas or offsite-1.");
}

Result<> check_location(const std::string& name, const LocationSettings& settings) {
  TRY(check_location_name(name));
  TRY(check_url(settings.url));
  for (const std::string& recipient : settings.encrypt) TRY(check_recipient(recipient));
  if (!settings.encrypt.empty() && settings.passphrase) {
    return Error(Code::invalid, "encrypt and passphrase do not go together")
        .hint("age encrypts either to recipients or with a passphrase.");
  }
  const std::string& identity = settings.identity_file;
  if (!identity.empty() && !identity.starts_with('/') && !identity.starts_with("~/")) {
    return Error(Code::invalid, "identityFile is the relative path " + identity).hint("Write the whole path.");
  }
  if (settings.limits != Limits{} && !settings.limit_schedule.empty()) {
    return Error(Code::invalid, "limits has a schedule and limits beside it")
        .hint("Say in the schedule what holds from which time; the last one of a day runs into the next.");
  }
  const bool is_s3 = settings.url.starts_with("s3://");
  if (!is_s3 && !(settings.s3 == S3Settings())) {
    return Error(Code::invalid, "s3 options are given for a location that is no bucket");
  }
  const std::vector<std::string_view> known = s3::bucket_config_keys();
  for (const auto& [option, value] : settings.s3.options) {
    if (std::ranges::find(known, option) != known.end()) continue;
    return Error(Code::invalid, "there is no s3 option " + option);
  }
  if (settings.s3.access_key_id.has_value() != settings.s3.secret_access_key.has_value()) {
    return Error(Code::invalid, "accessKeyId and secretAccessKey belong together, and one of them is missing");
  }
  return {};
}

Json to_json(const LocationSettings& settings, Secrets secrets) {
  const auto reference = [&](const SecretReference& one) {
    return secrets == Secrets::shown ? one.show() : std::string(one.text().reveal());
  };
  Json json = {{"url", settings.url}};
  if (!settings.encrypt.empty()) json["encrypt"] = settings.encrypt;
  if (settings.passphrase) json["passphrase"] = reference(*settings.passphrase);
  if (!settings.identity_file.empty()) json["identityFile"] = settings.identity_file;
  if (!settings.price_class.empty()) json["priceClass"] = settings.price_class;
  for (const auto& [key, value] : settings.s3.options) json["s3"][key] = value;
  S3Settings s3 = settings.s3;
  for (std::string_view key : kSecretKeys) {
    if (const auto& one = secret_of(s3, key)) json["s3"][std::string(key)] = reference(*one);
  }
  if (settings.limits != Limits{}) json["limits"] = limits_json(settings.limits);
  for (const auto& [at, limits] : settings.limit_schedule) {
    json["limits"]["schedule"][time_of_day(at)] = limits_json(limits);
  }
  return json;
}

Result<std::uint64_t> parse_rate(std::string_view text) {
  static constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {{"", 1},
                                                                          {"B", 1},
                                                                          {"K", 1ull << 10},
                                                                          {"KiB", 1ull << 10},
                                                                          {"k", 1ull << 10},
                                                                          {"kB", 1000},
                                                                          {"KB", 1000},
                                                                          {"M", 1ull << 20},
                                                                          {"MiB", 1ull << 20},
                                                                          {"MB", 1'000'000},
                                                                          {"G", 1ull << 30},
                                                                          {"GiB", 1ull << 30},
                                                                          {"GB", 1'000'000'000}};
  const Error bad = Error(Code::invalid, "\"" + std::string(text.substr(0, 40)) + "\" is not an amount per second")
                        .hint("Write a number with a unit, such as 20MiB or 500kB.");
  std::string_view rest = text.ends_with("/s") ? text.substr(0, text.size() - 2) : text;
  std::uint64_t whole = 0, thousandths = 0;
  const auto number = std::from_chars(rest.data(), rest.data() + rest.size(), whole);
  if (number.ec != std::errc() || whole > (1ull << 40)) return bad.clone();
  rest.remove_prefix(static_cast<std::size_t>(number.ptr - rest.data()));
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits == 0 || digits > 3) return bad.clone();
    for (std::size_t i = 0; i < 3; ++i) {
      thousandths = thousandths * 10 + (i < digits ? static_cast<std::uint64_t>(rest[i] - '0') : 0);
    }
    rest.remove_prefix(digits);
  }
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  for (const auto& [name, factor] : kUnits) {
    if (rest != name || (factor == 1 && thousandths != 0)) continue;
    if (whole > (1ull << 50) / factor) return bad.clone();
    const std::uint64_t rate = whole * factor + thousandths * factor / 1000;
    if (rate == 0) break;
    return rate;
  }
  return bad.clone();
}

}  // namespace salvor::config
