// SecretReference: where a secret is, instead of the secret.
//
//   file:/run/secrets/s3          the file's content; "~/" is the home directory
//   env:BACKUP_S3_SECRET          an environment variable
//   command:pass show backup/s3   what a program prints; quotes as in a shell, but no shell is run
//   inline:...                    the secret itself; the configuration must then be readable by its owner only
//
// A final line end does not belong to the secret. One that is empty or has more lines is refused: it is not what was
// meant, and the store would only say "denied".
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/environment.h"
#include "os/secret.h"

namespace salvor::config {

class SecretReference {
 public:
  enum class Kind { file, environment, command, literal };

  // `invalid` for anything else; the message never repeats the text, which may be the secret.
  static Result<SecretReference> parse(std::string_view text);

  Kind kind() const { return kind_; }
  // As people may see it: "file:/run/secrets/s3", "command:pass", "inline".
  std::string show() const;
  // As it stands in the configuration; for an inline secret that is the secret.
  os::Secret text() const;
  // The words of a command.
  const std::vector<std::string>& words() const { return words_; }
  // The path of a file, the name of a variable.
  const std::string& target() const { return target_; }
  const os::Secret& literal() const { return *literal_; }

  bool operator==(const SecretReference& other) const;

 private:
  Kind kind_ = Kind::file;
  std::string target_;  // what follows the colon; empty for an inline secret
  std::vector<std::string> words_;
  std::shared_ptr<const os::Secret> literal_;  // shared: a configuration may be copied, the secret is not
};

struct SecretSources {
  os::Environment environment;
  std::vector<std::string> command_environment;  // "NAME=value", the whole of it
  std::chrono::milliseconds command_timeout{30'000};
};

// The secret. Errors name the file, variable or program and hold nothing that any of them gave: not_found, denied,
// invalid (empty, several lines, longer than 64 KiB), unauthenticated (the program failed), deadline, cancelled.
Result<os::Secret> resolve(const SecretReference& reference, const SecretSources& sources, std::stop_token stop);

// "~/x" below the home directory; any other path as it is. `invalid` when there is no HOME.
Result<std::string> expand_home(const std::string& path, const os::Environment& environment);

}  // namespace salvor::config
