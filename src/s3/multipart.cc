#include "s3/multipart.h"

#include "s3/checksum.h"

namespace salvor::s3 {

namespace {

Error endless_upload_list(const Client& client) {
  return Error(Code::corrupt, "a list in " + client.describe() + " goes on from where it was already");
}

}  // namespace

Result<std::string> create_upload(Client& client, const std::string& key, const PutOptions& options,
                                  std::stop_token stop) {
  Call call{.method = "POST", .key = key, .query = {{"uploads", ""}}, .doing = "write"};
  call.headers = headers_for_new_object(client, options);
  if (client.config().checksum != ChecksumKind::none) {
    call.headers.emplace_back("x-amz-checksum-algorithm", checksum_names(client.config().checksum).algorithm);
  }
  const Answer answer = TRY(client.call(call, stop));
  return parse_created_upload(answer.body);
}

Result<Part> upload_part(Client& client, const std::string& key, const std::string& upload_id, std::uint32_t number,
                         ByteView bytes, std::stop_token stop) {
  Call call{.method = "PUT",
            .key = key,
            .query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id}},
            .headers = client.customer_key_headers(),
            .body = as_text(bytes),
            .doing = "write"};
  Part part{.number = number, .size = bytes.size()};
  const ChecksumKind kind = client.config().checksum;
  if (kind != ChecksumKind::none) {
    part.checksum = checksum_of(kind, bytes);
    call.headers.emplace_back("x-amz-sdk-checksum-algorithm", checksum_names(kind).algorithm);
    call.headers.emplace_back(checksum_names(kind).header, part.checksum);
  }
  const Answer answer = TRY(client.call(call, stop));
  part.etag = answer.response.header("etag").value_or("");
  if (part.etag.empty()) {
    return Error(Code::corrupt, "the server took part " + std::to_string(number) + " of " + key + " in " +
                                    client.describe() + " without giving it an ETag");
  }
  return part;
}

Result<Completed> complete_upload(Client& client, const std::string& key, const std::string& upload_id,
                                  std::span<const Part> parts, const PutOptions& options, std::stop_token stop) {
  const std::string document = complete_document(parts, checksum_names(client.config().checksum).element);
  Call call{.method = "POST",
            .key = key,
            .query = {{"uploadId", upload_id}},
            .headers = client.customer_key_headers(),
            .body = document,
            .doing = "write",
            .hides_errors = true};
  call.headers.emplace_back("content-type", "application/xml");
  add_conditions(options, call.headers);
  const Answer answer = TRY(client.ask(call, stop));
  // A request that went through, and of which no answer came, or which a proxy sent twice, ended the upload; and the
  // condition of the next one meets our own object.
  if (answer.fault && (answer.fault->code == "NoSuchUpload" || answer.fault->status == 412)) return Completed{{}, true};
  if (answer.fault) return refused_condition(client, call, *answer.fault, options);
  Completed done;
  done.written.etag = TRY(parse_result_etag(answer.body));
  done.written.version_id = answer.response.header("x-amz-version-id").value_or("");
  return done;
}

namespace {

Result<> ask_to_abort(Client& client, const std::string& key, const std::string& upload_id, std::stop_token stop) {
  const Call call{.method = "DELETE",
                  .key = key,
                  .query = {{"uploadId", upload_id}},
                  .doing = "abort the upload of",
                  .deadline = std::chrono::seconds(30)};
  const Answer answer = TRY(client.ask(call, stop));
  if (!answer.fault || answer.fault->code == "NoSuchUpload" || answer.fault->code == "NoSuchKey") return {};
  return client.error_of(call, *answer.fault);
}

}  // namespace

Result<> abort_upload(Client& client, const std::string& key, const std::string& upload_id, std::stop_token stop) {
  std::chrono::milliseconds pause{100};
  for (int round = 0; round < 6; ++round, pause *= 2) {
    TRY(ask_to_abort(client, key, upload_id, stop));
    const auto parts = list_parts(client, key, upload_id, stop);
    if (!parts.ok()) {
      if (parts.error().code() == Code::not_found) return {};
      return parts.error().clone();
    }
    if (!client.clock().wait(pause, stop)) return Error(Code::cancelled, "aborting the upload of " + key + " stopped");
  }
  return Error(Code::conflict, "the upload of " + key + " to " + client.describe() + " is there again after each abort")
      .hint("Does another program still send its parts?");
}

Result<> list_uploads(Client& client, const std::string& prefix,
                      const std::function<Result<>(const ListedUpload&)>& visit, std::stop_token stop) {
  std::string key_marker, upload_marker;
  for (;;) {
    Call call{.query = {{"uploads", ""}, {"encoding-type", "url"}, {"prefix", prefix}}, .doing = "list the uploads of"};
    if (!key_marker.empty()) {
      call.query.emplace_back("key-marker", key_marker);
      if (!upload_marker.empty()) call.query.emplace_back("upload-id-marker", upload_marker);
    }
    const Answer answer = TRY(client.call(call, stop));
    const UploadPage page = TRY(parse_uploads(answer.body));
    for (const ListedUpload& upload : page.uploads) {
      if (upload.key.starts_with(prefix)) TRY(visit(upload));
    }
    if (page.next_key.empty()) return {};
    if (page.next_key == key_marker && page.next_upload == upload_marker) return endless_upload_list(client);
    key_marker = page.next_key;
    upload_marker = page.next_upload;
  }
}

Result<std::vector<Part>> list_parts(Client& client, const std::string& key, const std::string& upload_id,
                                     std::stop_token stop) {
  std::vector<Part> parts;
  std::uint32_t marker = 0;
  for (;;) {
    Call call{.key = key, .query = {{"uploadId", upload_id}}, .headers = client.customer_key_headers()};
    if (marker > 0) call.query.emplace_back("part-number-marker", std::to_string(marker));
    const Answer answer = TRY(client.call(call, stop));
    const PartPage page = TRY(parse_parts(answer.body));
    parts.insert(parts.end(), page.parts.begin(), page.parts.end());
    if (!page.next_number) return parts;
    if (*page.next_number <= marker || parts.size() > kMaxParts) return endless_upload_list(client);
    marker = *page.next_number;
  }
}

}  // namespace salvor::s3
