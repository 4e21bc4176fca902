#include "store/location.h"

#include <algorithm>

#include "store/s3_location.h"

namespace salvor::store {

namespace {

constexpr std::string_view kWordCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

bool is_word(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kWordCharacters) == std::string_view::npos && text[0] != '.' &&
         text[0] != '_' && text[0] != '-';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// '+' stays '+': it is a legal character of paths and regions, and forms are not what people write here.
Result<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    const bool is_text = high >= 0 && low >= 0 && high * 16 + low >= 0x20;
    if (!is_text) return Error(Code::invalid, "a location has '%' without two hexadecimal digits of a character");
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

Result<Location> parse_file_url(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view host = rest.substr(0, slash);
  if (slash == std::string_view::npos || (!host.empty() && host != "localhost")) {
    return Error(Code::invalid, "a file:// location names another machine or no directory")
        .hint("Write file:///absolute/path, with three slashes.");
  }
  return Location(DirectoryLocation{TRY(percent_decode(rest.substr(slash)))});
}

Result<> parse_s3_parameters(std::string_view query, S3Location& location) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      return Error(Code::invalid, "an s3:// location has a parameter without a name or value")
          .hint("Write s3://bucket/prefix?endpoint=https://host&region=name.");
    }
    const std::string name = TRY(percent_decode(pair.substr(0, equals)));
    std::string value = TRY(percent_decode(pair.substr(equals + 1)));
    std::string& place = name == "endpoint" ? location.endpoint
                         : name == "region" ? location.region
                                            : location.options[name];
    if (!place.empty()) return Error(Code::invalid, "an s3:// location gives " + name + " twice");
    place = std::move(value);
  }
  return {};
}

Result<Location> parse_s3_url(std::string_view rest) {
  const std::size_t question = std::min(rest.find('?'), rest.size());
  const std::string_view path = rest.substr(0, question);
  const std::size_t slash = std::min(path.find('/'), path.size());
  S3Location location;
  location.bucket = path.substr(0, slash);
  if (location.bucket.find('@') != std::string::npos) {
    return Error(Code::invalid, "an s3:// location must not contain credentials")  // and none of it is repeated here
        .hint("Give credentials by environment variables, a credentials file or the pod's service account.");
  }
  const bool legal = location.bucket.size() >= 3 && location.bucket.size() <= 63 && is_word(location.bucket);
  if (!legal) {
    return Error(Code::invalid, "an s3:// location does not begin with the name of a bucket")
        .hint("Write s3://bucket/prefix?endpoint=https://host&region=name.");
  }
  location.prefix = TRY(percent_decode(path.substr(slash)));
  const std::size_t begin = std::min(location.prefix.find_first_not_of('/'), location.prefix.size());
  location.prefix.erase(0, begin);
  location.prefix.erase(location.prefix.find_last_not_of('/') + 1);
  if (!location.prefix.empty()) TRY(check_key(location.prefix).context("the prefix of an s3:// location"));
  if (question < rest.size()) TRY(parse_s3_parameters(rest.substr(question + 1), location));
  return Location(std::move(location));
}

Result<Location> parse_word(const std::string& word, const LocationContext& context) {
  if (const auto meant = context.configured ? context.configured(word) : std::nullopt) {
    LocationContext no_more_names{{}, [](const std::string&) { return false; }};
    return parse_location(*meant, no_more_names).context("location " + word + " in the configuration");
  }
  if (context.is_directory && context.is_directory(word)) return Location(DirectoryLocation{word});
  return Error(Code::not_found, "location " + word + " is neither configured nor a directory here")
      .hint("Check the spelling; for a new directory write ./" + word + ".");
}

}  // namespace

bool is_location_name(std::string_view text) { return is_word(text); }

Result<Location> parse_location(std::string_view text, const LocationContext& context) {
  if (text.empty()) return Error(Code::invalid, "the location is empty").hint("Name a directory or a bucket.");
  if (text.find('\0') != std::string_view::npos) return Error(Code::invalid, "the location holds a NUL character");
  if (text.starts_with("file://")) return parse_file_url(text.substr(7));
  if (text.starts_with("s3://")) return parse_s3_url(text.substr(5));
  const std::size_t scheme = text.find("://");
  if (scheme != std::string_view::npos && is_word(text.substr(0, scheme))) {
    return Error(Code::invalid, "locations of kind " + std::string(text.substr(0, scheme)) + ":// are not known")
        .hint("Use a directory, file:///path or s3://bucket/prefix.");
  }
  if (is_word(text)) return parse_word(std::string(text), context);
  return Location(DirectoryLocation{std::string(text)});
}

Result<std::unique_ptr<Storage>> open_location(const Location& location, Missing missing, Rng& rng, const S3Doors* s3,
                                               os::SilenceWatch* watch) {
  if (const auto* directory = std::get_if<DirectoryLocation>(&location)) {
    return TRY(DirectoryStorage::open_path(directory->path, missing, rng, watch));
  }
  if (s3) return TRY(open_s3_location(std::get<S3Location>(location), rng, *s3));
  return Error(Code::unsupported, "s3:// locations cannot be opened by this version")
      .hint("Use a directory, on a local disk or an NFS mount.");
}

}  // namespace salvor::store
