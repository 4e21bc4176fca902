#include "s3/credential_process.h"

#include "codec/json_access.h"
#include "os/process.h"
#include "s3/credential_http.h"
#include "s3/words.h"

#include <nlohmann/json.hpp>

namespace salvor::s3 {

namespace {

constexpr std::chrono::minutes kProcessTimeout{1};

Error failed(std::string why) {
  return Error(Code::unauthenticated, "credential_process " + std::move(why))
      .hint("Run it by hand: it must print a JSON object with Version 1, AccessKeyId and SecretAccessKey.");
}

}  // namespace

Result<Credentials> run_credential_process(const os::Secret& command_line, std::stop_token stop) {
  Result<std::vector<std::string>> words = split_words(command_line.reveal());
  if (!words.ok()) return failed("cannot be cut into words: " + words.error().message());
  if (words->empty()) return failed("is empty");
  os::Command command{
      words->front(), {words->begin() + 1, words->end()}, os::inherited_environment(), {}, kProcessTimeout};
  command.max_output = 64 << 10;
  Result<os::ProcessResult> end = os::run_process(command, stop);
  if (!end.ok()) {
    switch (end.error().code()) {
      case Code::cancelled: return std::move(end).error();
      case Code::deadline: return Error(Code::deadline, "credential_process did not end within a minute");
      case Code::not_found: return failed("names a program that does not exist");
      case Code::denied: return failed("names a program that may not be run");
      default: return failed("printed more than 64 KiB, or could not be run");
    }
  }
  const os::Secret output = os::Secret::take(std::move(end->output));
  os::wipe(end->errors);
  if (end->signal != 0) return failed("was ended by signal " + std::to_string(end->signal));
  if (end->exit_code != 0) return failed("ended with exit status " + std::to_string(end->exit_code));
  return parse_process_output(output.reveal());
}

Result<Credentials> parse_process_output(std::string_view output) {
  const Result<Json> document = codec::parse_json(output);
  if (!document.ok() || !document->is_object()) return failed("printed no JSON object");
  if (codec::integer_member(*document, "Version", 0) != 1) return failed("printed another Version than 1");
  Result<Credentials> credentials = parse_json_credentials(output, "SessionToken");
  if (!credentials.ok()) return failed("printed something else: " + credentials.error().message());
  return credentials;
}

}  // namespace salvor::s3
