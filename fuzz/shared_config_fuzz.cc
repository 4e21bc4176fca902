// Any text as shared config and credentials files: they are refused or read, every profile in them can be planned with,
// and no Error repeats what follows a separator. The first NUL parts the two files. The same text goes through the
// other readers of foreign credentials.

#include <cstdint>
#include <string>

#include "input.h"
#include "s3/credential_plan.h"
#include "s3/credential_process.h"
#include "s3/sts_answer.h"
#include "s3/words.h"

using namespace salvor;
using namespace salvor::s3;

namespace {

void plan_with(const SharedConfig& config, const ReadFile& files) {
  const net::Environment environment = [](std::string_view name) { return std::string(name == "HOME" ? "/h" : ""); };
  int tried = 0;
  for (const auto& [name, profile] : config.profiles) {
    if (++tried > 20) break;
    CredentialOptions options;
    options.profile = name;
    (void)plan_credentials(options, environment, files).ok();
    for (const auto& [option, value] : profile.settings) {
      PROMISE(!option.empty());
      for (const char c : option) PROMISE(!(c >= 'A' && c <= 'Z') && c != '\n' && c != '=');
      PROMISE(!value.reveal().ends_with('\n'));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = input_text(data, size);
  const std::size_t part = std::min(text.find('\0'), text.size());
  const std::string_view config_text = text.substr(0, part);
  const std::string_view credentials_text = text.substr(std::min(part + 1, text.size()));
  const ReadFile files = [&](const std::string& path) -> Result<os::Secret> {
    return os::Secret(path == "/h/.aws/config" ? config_text : credentials_text);
  };
  const auto config = load_shared_config({"/h/.aws/config", "/h/.aws/credentials", false}, files);
  if (config.ok()) {
    plan_with(*config, files);
  } else {
    PROMISE(config.error().code() == Code::invalid);
    PROMISE(config.error().message().size() < 200);
  }
  (void)split_words(text).ok();
  (void)parse_process_output(text).ok();
  (void)parse_sts_credentials(text, "AssumeRole").ok();
  (void)parse_sts_refusal(text);
  return 0;
}
