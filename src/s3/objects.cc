#include "s3/objects.h"

#include <algorithm>
#include <charconv>

#include "codec/base64.h"
#include "crypto/md5.h"
#include "net/retry.h"
#include "s3/checksum.h"

namespace salvor::s3 {

namespace {

constexpr std::size_t kDeleteAtOnce = 1000;  // what DeleteObjects takes
constexpr std::string_view kMetadata = "x-amz-meta-";
constexpr std::string_view kWriteId = "salvor-write";

std::string text_of(const net::HttpResponse& response, std::string_view name) {
  return std::string(response.header(name).value_or(""));
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error odd_answer(const Client& client, const std::string& key, std::string_view what) {
  return Error(Code::corrupt,
               "the server's answer about " + key + " in " + client.describe() + " " + std::string(what));
}

// "bytes 0-9/443"
struct ContentRange {
  std::uint64_t first = 0, last = 0, total = 0;
};

std::optional<ContentRange> parse_content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  const std::size_t dash = text.find('-'), slash = text.find('/');
  if (dash == text.npos || slash == text.npos || slash < dash) return std::nullopt;
  const auto first = number_of(text.substr(0, dash)), last = number_of(text.substr(dash + 1, slash - dash - 1)),
             total = number_of(text.substr(slash + 1));
  if (!first || !last || !total || *first > *last || *last >= *total) return std::nullopt;
  return ContentRange{*first, *last, *total};
}

Result<Got> read_got(const Client& client, const std::string& key, const GetOptions& options, Answer answer) {
  Got got;
  got.etag = text_of(answer.response, "etag");
  got.version_id = text_of(answer.response, "x-amz-version-id");
  const auto length = number_of(text_of(answer.response, "content-length"));
  if (answer.response.status == 206) {
    const auto range = parse_content_range(text_of(answer.response, "content-range"));
    if (!range || range->first != options.offset) return odd_answer(client, key, "is not the range that was asked for");
    const std::uint64_t whole = range->last - range->first + 1;
    if (answer.cut ? answer.body.size() > whole : answer.body.size() != whole) {
      return odd_answer(client, key, "has another length than it says");
    }
    got.total_size = range->total;
    got.offset = range->first;
  } else {
    if (options.offset > 0) {
      return Error(Code::unsupported, client.describe() + " does not give ranges of objects");
    }
    if (answer.cut && !length) return odd_answer(client, key, "does not tell its length");
    got.total_size = length.value_or(answer.body.size());
    if (!answer.cut && answer.body.size() != got.total_size) {
      return odd_answer(client, key, "has another length than it says");
    }
  }
  const bool is_whole = got.offset == 0 && answer.body.size() == got.total_size;
  if (is_whole) TRY(verify_checksum(answer.response, as_bytes(answer.body), key + " in " + client.describe()));
  got.checksum = stored_checksum(answer.response);
  got.bytes = std::move(answer.body);
  if (options.length && got.bytes.size() > *options.length) got.bytes.resize(*options.length);
  return got;
}

void add_version(Call& call, const std::string& version_id) {
  if (!version_id.empty()) call.query.emplace_back("versionId", version_id);
}

}  // namespace

Result<ObjectHead> head_object(Client& client, const std::string& key, const std::string& version_id,
                               std::stop_token stop) {
  Call call{.method = "HEAD", .key = key, .headers = client.customer_key_headers()};
  add_version(call, version_id);
  const Answer answer = TRY(client.call(call, stop));
  const net::HttpResponse& response = answer.response;
  ObjectHead head;
  const auto size = number_of(text_of(response, "content-length"));
  if (!size) return odd_answer(client, key, "does not tell its size");
  head.size = *size;
  head.etag = text_of(response, "etag");
  head.modified = net::parse_http_date(text_of(response, "last-modified")).value_or(Time{});
  head.version_id = text_of(response, "x-amz-version-id");
  head.storage_class = text_of(response, "x-amz-storage-class");
  head.encryption = text_of(response, "x-amz-server-side-encryption");
  if (!text_of(response, "x-amz-server-side-encryption-customer-algorithm").empty()) head.encryption = "customer";
  for (const auto& [name, value] : response.headers) {
    if (name.starts_with(kMetadata)) head.metadata.emplace(name.substr(kMetadata.size()), value);
  }
  if (const auto mode = response.header("x-amz-object-lock-mode")) {
    auto until = parse_rfc3339(text_of(response, "x-amz-object-lock-retain-until-date"));
    head.retention = Retention{std::string(*mode), until.ok() ? *until : Time{}};
  }
  head.legal_hold = response.header("x-amz-object-lock-legal-hold") == "ON";
  return head;
}

Result<std::uint64_t> first_part_size(Client& client, const std::string& key, const std::string& etag,
                                      std::stop_token stop) {
  Call call{.method = "HEAD", .key = key, .query = {{"partNumber", "1"}}, .headers = client.customer_key_headers()};
  call.headers.emplace_back("if-match", etag);
  const Answer answer = TRY(client.call(call, stop));
  const auto size = number_of(text_of(answer.response, "content-length"));
  if (!size) return odd_answer(client, key, "does not tell the size of a part");
  return *size;
}

Result<Got> get_object(Client& client, const std::string& key, const GetOptions& options, std::stop_token stop) {
  CHECK(!options.length || *options.length > 0);
  Call call{.key = key,
            .headers = client.customer_key_headers(),
            .spare = options.spare,
            .answer_limit = options.limit,
            .may_cut = true};
  add_version(call, options.version_id);
  if (!options.if_match.empty()) call.headers.emplace_back("if-match", options.if_match);
  if (options.offset == 0 && !options.length) {
    call.headers.emplace_back("x-amz-checksum-mode", "ENABLED");
  } else {
    const std::uint64_t furthest = UINT64_MAX - options.offset;
    const std::string last =
        options.length && *options.length <= furthest ? std::to_string(options.offset + *options.length - 1) : "";
    call.headers.emplace_back("range", "bytes=" + std::to_string(options.offset) + "-" + last);
  }
  Answer answer = TRY(client.ask(call, stop));
  if (answer.fault && answer.fault->status == 412) {
    return Error(Code::conflict, key + " in " + client.describe() + " was replaced while it was read");
  }
  if (answer.fault) return client.error_of(call, *answer.fault);
  return read_got(client, key, options, std::move(answer));
}

Result<bool> was_written_as(Client& client, const std::string& key, const std::string& write_id, std::stop_token stop) {
  const auto head = head_object(client, key, "", stop);
  if (!head.ok() && head.error().code() == Code::not_found) return false;
  if (!head.ok()) return head.error().clone();
  const auto found = head->metadata.find(std::string(kWriteId));
  return found != head->metadata.end() && found->second == write_id;
}

namespace {

// By the store's clock, as far as it is known.
std::optional<Retention> configured_retention(const Client& client) {
  const BucketConfig& config = client.config();
  if (config.lock_mode.empty()) return std::nullopt;
  const Time now = client.clock().now() + client.clock_skew().value_or(Duration{});
  return Retention{config.lock_mode,
                   std::chrono::floor<std::chrono::seconds>(now) + std::chrono::hours(24) * config.lock_days};
}

}  // namespace

std::vector<net::Header> headers_for_new_object(const Client& client, const PutOptions& options) {
  const BucketConfig& config = client.config();
  std::vector<net::Header> headers = client.customer_key_headers();
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) headers.emplace_back(name, value);
  };
  add("content-type", options.content_type.empty() ? "application/octet-stream" : options.content_type);
  add("x-amz-server-side-encryption", config.encryption);
  add("x-amz-server-side-encryption-aws-kms-key-id", config.kms_key_id);
  add("x-amz-storage-class", options.storage_class.value_or(config.storage_class));
  add("x-amz-tagging", options.tagging.value_or(config.tagging));
  if (const auto retention = options.retention ? options.retention : configured_retention(client)) {
    add("x-amz-object-lock-mode", retention->mode);
    add("x-amz-object-lock-retain-until-date", format_rfc3339(retention->until));
  }
  if (options.legal_hold) add("x-amz-object-lock-legal-hold", "ON");
  for (const auto& [name, value] : options.metadata) add(std::string(kMetadata) + name, value);
  add(std::string(kMetadata) + std::string(kWriteId), options.write_id);
  return headers;
}

void add_conditions(const PutOptions& options, std::vector<net::Header>& headers) {
  if (options.refuse_existing) headers.emplace_back("if-none-match", "*");
  if (!options.if_match.empty()) headers.emplace_back("if-match", options.if_match);
}

Error refused_condition(const Client& client, const Call& call, const Fault& fault, const PutOptions& options) {
  if (options.refuse_existing && fault.status == 412) {
    return Error(Code::already_exists, call.key + " exists already in " + client.describe());
  }
  if (!options.if_match.empty() && (fault.status == 412 || fault.status == 404)) {
    return Error(Code::conflict, call.key + " in " + client.describe() + " is not what it was when it was read");
  }
  return client.error_of(call, fault);
}

Result<Written> put_object(Client& client, const std::string& key, ByteView bytes, const PutOptions& options,
                           std::stop_token stop) {
  Call call{.method = "PUT", .key = key, .body = as_text(bytes), .doing = "write"};
  call.headers = headers_for_new_object(client, options);
  add_conditions(options, call.headers);
  const ChecksumKind kind = client.config().checksum;
  if (kind != ChecksumKind::none) {
    call.headers.emplace_back("x-amz-sdk-checksum-algorithm", checksum_names(kind).algorithm);
    call.headers.emplace_back(checksum_names(kind).header, checksum_of(kind, bytes));
  }
  const Answer answer = TRY(client.ask(call, stop));
  if (answer.fault && answer.fault->status == 412 && !options.write_id.empty()) {
    // What the condition met may be ours: an attempt of which no answer came, or a proxy that sent the request twice.
    if (TRY(was_written_as(client, key, options.write_id, stop))) return Written{};
  }
  if (answer.fault) return refused_condition(client, call, *answer.fault, options);
  return Written{text_of(answer.response, "etag"), text_of(answer.response, "x-amz-version-id")};
}

Result<Written> copy_object(Client& client, const std::string& from, const std::string& from_version,
                            const std::string& to, const PutOptions& options, std::stop_token stop) {
  Call call{.method = "PUT", .key = to, .doing = "copy to", .hides_errors = true};
  call.headers = headers_for_new_object(client, options);
  std::string source = "/" + client.config().bucket + "/" + encode_path(from);
  if (!from_version.empty()) source += "?versionId=" + encode_query(from_version);
  call.headers.emplace_back("x-amz-copy-source", source);
  for (auto& header : client.customer_key_headers("copy-source-")) call.headers.push_back(std::move(header));
  const Answer answer = TRY(client.ask(call, stop));
  if (answer.fault && answer.fault->code == "NoSuchKey") {
    return Error(Code::not_found, "there is no " + from + " in " + client.describe());
  }
  if (answer.fault) return client.error_of(call, *answer.fault);
  return Written{TRY(parse_result_etag(answer.body)), text_of(answer.response, "x-amz-version-id")};
}

Result<> delete_object(Client& client, const KeyVersion& object, bool bypass_governance, std::stop_token stop) {
  Call call{.method = "DELETE", .key = object.key, .doing = "delete"};
  add_version(call, object.version_id);
  if (bypass_governance) call.headers.emplace_back("x-amz-bypass-governance-retention", "true");
  const Answer answer = TRY(client.ask(call, stop));
  if (!answer.fault || answer.fault->code == "NoSuchKey" || answer.fault->code == "NoSuchVersion") return {};
  return client.error_of(call, *answer.fault);
}

namespace {

// Nothing when the store has no such verb.
Result<std::optional<std::vector<DeleteFailure>>> delete_at_once(Client& client, std::span<const KeyVersion> objects,
                                                                 bool bypass_governance, std::stop_token stop) {
  const std::string document = delete_document(objects);
  Call call{.method = "POST", .query = {{"delete", ""}}, .body = document, .doing = "delete from"};
  call.headers = {{"content-type", "application/xml"},
                  {"content-md5", codec::encode_base64(as_text(crypto::md5(as_bytes(document))))}};
  if (bypass_governance) call.headers.emplace_back("x-amz-bypass-governance-retention", "true");
  const Answer answer = TRY(client.ask(call, stop));
  if (answer.fault && (answer.fault->code == "NotImplemented" || answer.fault->code == "MethodNotAllowed")) {
    return std::optional<std::vector<DeleteFailure>>{};
  }
  if (answer.fault) return client.error_of(call, *answer.fault);
  return std::optional(TRY(parse_deleted(answer.body)));
}

Result<std::vector<DeleteFailure>> delete_one_by_one(Client& client, std::span<const KeyVersion> objects,
                                                     bool bypass_governance, std::stop_token stop) {
  std::vector<DeleteFailure> failures;
  for (const KeyVersion& object : objects) {
    const auto deleted = delete_object(client, object, bypass_governance, stop);
    if (deleted.ok()) continue;
    const Code code = deleted.error().code();
    if (code != Code::denied && code != Code::not_found && code != Code::conflict) return deleted.error().clone();
    failures.push_back({object.key, object.version_id, std::string(to_string(code)), deleted.error().message()});
  }
  return failures;
}

}  // namespace

Result<std::vector<DeleteFailure>> delete_objects(Client& client, std::span<const KeyVersion> objects,
                                                  bool bypass_governance, std::stop_token stop) {
  std::vector<DeleteFailure> failures;
  bool has_verb = true;
  while (!objects.empty()) {
    const auto some = objects.first(std::min(objects.size(), kDeleteAtOnce));
    std::optional<std::vector<DeleteFailure>> failed;
    if (has_verb) failed = TRY(delete_at_once(client, some, bypass_governance, stop));
    has_verb = failed.has_value();
    if (!failed) failed = TRY(delete_one_by_one(client, some, bypass_governance, stop));
    failures.insert(failures.end(), failed->begin(), failed->end());
    objects = objects.subspan(some.size());
  }
  std::erase_if(failures, [](const DeleteFailure& f) { return f.code == "NoSuchKey" || f.code == "NoSuchVersion"; });
  return failures;
}

}  // namespace salvor::s3
