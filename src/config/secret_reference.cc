#include "config/secret_reference.h"

#include <algorithm>

#include "os/file.h"
#include "os/process.h"

namespace salvor::config {

namespace {

constexpr std::size_t kMaxSecretBytes = 64 << 10;
constexpr std::size_t kMaxWords = 64;

constexpr std::pair<std::string_view, SecretReference::Kind> kKinds[] = {
    {"file:", SecretReference::Kind::file},
    {"env:", SecretReference::Kind::environment},
    {"command:", SecretReference::Kind::command},
    {"inline:", SecretReference::Kind::literal},
};

Error not_a_reference() {
  return Error(Code::invalid, "a secret must be given by reference")
      .hint("Write file:/absolute/path, env:NAME or command:PROGRAM ARGUMENTS.");
}

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

// The words of a command, with the quotes of a shell and nothing else of it.
Result<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && c == ' ') {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    inside = true;
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      words.back() += text[++i];
    } else {
      words.back() += c;
    }
    if (words.size() > kMaxWords) return Error(Code::invalid, "the command of a secret has too many words");
  }
  if (quote != 0) return Error(Code::invalid, "a quote is not closed in the command of a secret");
  if (words.empty() || words.front().empty()) return Error(Code::invalid, "the command of a secret is empty");
  return words;
}

bool is_variable_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// What a source gave, without its final line end; wiped where it was.
Result<os::Secret> checked(std::string text, const std::string& from) {
  std::string_view line = text;
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const bool empty = line.empty(), several = has_controls(line), long_one = line.size() > kMaxSecretBytes;
  os::Secret secret(line);
  os::wipe(text);
  if (empty) return Error(Code::invalid, from + " holds no secret: it is empty");
  if (several) return Error(Code::invalid, from + " holds more than one line").hint("Let it hold the secret alone.");
  if (long_one) return Error(Code::invalid, from + " holds more than " + std::to_string(kMaxSecretBytes) + " bytes");
  return secret;
}

Result<os::Secret> run(const SecretReference& reference, const SecretSources& sources, std::stop_token stop) {
  const std::string from = "the command " + reference.words().front() + ", which should print a secret,";
  const os::Command command{.program = TRY(expand_home(reference.words().front(), sources.environment)),
                            .arguments = {reference.words().begin() + 1, reference.words().end()},
                            .environment = sources.command_environment,
                            .timeout = sources.command_timeout,
                            .max_output = kMaxSecretBytes + 2};
  Result<os::ProcessResult> ran = os::run_process(command, std::move(stop));
  if (!ran.ok()) {
    // Its message is about the program, never of what the program said; too much output is `invalid`.
    if (ran.error().code() != Code::invalid) return std::move(ran).error().context("a secret");
    return Error(Code::invalid, from + " prints too much");
  }
  os::wipe(ran->errors);
  if (ran->succeeded()) return checked(std::move(ran->output), from);
  os::wipe(ran->output);
  const std::string how =
      ran->signal != 0 ? "signal " + std::to_string(ran->signal) : "exit status " + std::to_string(ran->exit_code);
  return Error(Code::unauthenticated, from + " ended with " + how).hint("Run it by hand to see what it says.");
}

}  // namespace

Result<SecretReference> SecretReference::parse(std::string_view text) {
  const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                 [&](const auto& known) { return text.starts_with(known.first); });
  if (kind == std::end(kKinds) || text.size() > kMaxSecretBytes) return not_a_reference();
  const std::string_view rest = text.substr(kind->first.size());
  if (rest.empty()) return not_a_reference();
  if (has_controls(rest)) return Error(Code::invalid, "a secret's reference holds control characters");
  SecretReference reference;
  reference.kind_ = kind->second;
  if (kind->second == Kind::literal) {
    reference.literal_ = std::make_shared<const os::Secret>(rest);
    return reference;
  }
  reference.target_ = rest;
  if (kind->second == Kind::command) reference.words_ = TRY(split_words(rest));
  if (kind->second == Kind::file && rest[0] != '/' && !rest.starts_with("~/")) {
    return Error(Code::invalid, "the file of a secret must be named by an absolute path")
        .hint("The working directory is not always the same: write file:/path or file:~/path.");
  }
  if (kind->second == Kind::environment && !is_variable_name(rest)) {
    return Error(Code::invalid, "env: of a secret is not followed by the name of a variable");
  }
  return reference;
}

std::string SecretReference::show() const {
  switch (kind_) {
    case Kind::file: return "file:" + target_;
    case Kind::environment: return "env:" + target_;
    case Kind::command: return "command:" + words_.front() + (words_.size() > 1 ? " ..." : "");
    case Kind::literal: break;
  }
  return "inline";
}

os::Secret SecretReference::text() const {
  if (kind_ != Kind::literal) {
    const auto kind =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&](auto& one) { return one.second == kind_; });
    return os::Secret::take(std::string(kind->first) + target_);
  }
  return os::Secret::take("inline:" + std::string(literal_->reveal()));
}

bool SecretReference::operator==(const SecretReference& other) const {
  if (kind_ != other.kind_ || target_ != other.target_) return false;
  return kind_ != Kind::literal || *literal_ == *other.literal_;
}

Result<std::string> expand_home(const std::string& path, const os::Environment& environment) {
  if (!path.starts_with("~/")) return path;
  const std::optional<std::string> home = environment ? environment("HOME") : std::nullopt;
  if (!home || !home->starts_with('/')) {
    return Error(Code::invalid, path + " cannot be found: HOME is not set").hint("Write the whole path.");
  }
  return *home + path.substr(1);
}

Result<os::Secret> resolve(const SecretReference& reference, const SecretSources& sources, std::stop_token stop) {
  switch (reference.kind()) {
    case SecretReference::Kind::literal: return reference.literal().copy();
    case SecretReference::Kind::command: return run(reference, sources, std::move(stop));
    case SecretReference::Kind::file: {
      const std::string path = TRY(expand_home(reference.target(), sources.environment));
      return checked(TRY(os::read_file(path, kMaxSecretBytes + 2).context("a secret")), path);
    }
    case SecretReference::Kind::environment: break;
  }
  const std::string& name = reference.target();
  std::optional<std::string> value = sources.environment ? sources.environment(name) : std::nullopt;
  if (value) return checked(std::move(*value), "the variable " + name);
  return Error(Code::not_found, "the variable " + name + ", which should hold a secret, is not set");
}

}  // namespace salvor::config
