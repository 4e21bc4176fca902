#include "s3/credential_plan.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "net/url.h"
#include "s3/container_credentials.h"
#include "s3/instance_metadata.h"
#include "s3/region.h"

namespace salvor::s3 {

namespace {

constexpr std::size_t kMaxProfileChain = 16;

std::string in_quotes(std::string_view name) { return '"' + std::string(name.substr(0, 128)) + '"'; }

Error bad_profile(std::string_view profile, std::string_view why) {
  return Error(Code::invalid, "profile " + in_quotes(profile) + " " + std::string(why));
}

class Planner {
 public:
  Planner(const CredentialOptions& options, const net::Environment& environment, const ReadFile& files)
      : options_(options), environment_(environment), files_(files) {}

  Result<CredentialPlan> plan() {
    if (options_.keys) return plan_of(UseKeys{options_.keys->copy()}, "the location's own access key");
    const bool file_was_named = !options_.profile.empty() || !options_.credentials_file.empty();
    if (!file_was_named) {
      if (has("AWS_ACCESS_KEY_ID")) return from_variables();
      looked_.push_back("the variable AWS_ACCESS_KEY_ID (not set)");
      if (has("AWS_WEB_IDENTITY_TOKEN_FILE")) return from_web_identity_variables();
      looked_.push_back("AWS_WEB_IDENTITY_TOKEN_FILE (not set)");
    }
    config_ = TRY(load_shared_config(shared_config_paths(options_.credentials_file, environment_), files_));
    sts_ = TRY(find_sts(options_, environment_, config_));
    looked_.insert(looked_.end(), config_.looked.begin(), config_.looked.end());
    const std::string name = profile_name(options_, environment_);
    if (config_.profiles.contains(name)) return from_profile(name);
    const bool was_asked_for = file_was_named || has("AWS_PROFILE") || has("AWS_DEFAULT_PROFILE");
    if (was_asked_for) return no_such_profile(name);
    looked_.push_back("profile " + in_quotes(name) + " (none of these files has it)");
    return from_surroundings();
  }

 private:
  bool has(std::string_view variable) const { return !environment_(variable).empty(); }

  template <class Step>
  CredentialPlan plan_of(Step step, std::string description) const {
    CredentialPlan plan{std::move(step), std::move(description), sts_, false, {}};
    return plan;
  }

  Error no_such_profile(const std::string& name) const {
    std::string known;
    for (const auto& [other, profile] : config_.profiles) {
      if (known.size() < 200) known += (known.empty() ? "" : ", ") + other.substr(0, 64);
    }
    std::string where;
    for (const std::string& file : config_.looked) where += (where.empty() ? "" : ", ") + file;
    return Error(Code::unauthenticated, "no profile " + in_quotes(name) + " in " + (where.empty() ? "any file" : where))
        .hint(known.empty() ? "Check AWS_PROFILE and the names of the files." : "The files have: " + known + ".");
  }

  Result<CredentialPlan> from_variables() const {
    Credentials keys;
    keys.access_key_id = environment_("AWS_ACCESS_KEY_ID");
    keys.secret_access_key = os::Secret::take(environment_("AWS_SECRET_ACCESS_KEY"));
    if (keys.secret_access_key.empty()) {
      return Error(Code::unauthenticated, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not")
          .hint("Set both, or neither to use other credentials.");
    }
    keys.session_token = os::Secret::take(environment_("AWS_SESSION_TOKEN"));
    if (keys.session_token.empty()) keys.session_token = os::Secret::take(environment_("AWS_SECURITY_TOKEN"));
    if (const std::string expires = environment_("AWS_CREDENTIAL_EXPIRATION"); !expires.empty()) {
      keys.expires = TRY(parse_rfc3339(expires).context("AWS_CREDENTIAL_EXPIRATION"));
    }
    return plan_of(UseKeys{std::move(keys)}, "the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }

  // The profile is only asked where STS is, and a broken file must not take a pod's own identity away.
  Result<CredentialPlan> from_web_identity_variables() {
    if (!has("AWS_ROLE_ARN")) {
      return Error(Code::unauthenticated, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not")
          .hint("Annotate the service account with eks.amazonaws.com/role-arn, or set the variable.");
    }
    Result<SharedConfig> config = load_shared_config(shared_config_paths({}, environment_), files_);
    if (config.ok()) config_ = std::move(*config);
    sts_ = TRY(find_sts(options_, environment_, config_));
    AssumeRoleWithToken step{environment_("AWS_WEB_IDENTITY_TOKEN_FILE"), environment_("AWS_ROLE_ARN"),
                             environment_("AWS_ROLE_SESSION_NAME")};
    std::string description = "web identity " + step.token_file + " as " + step.role_arn;
    return plan_of(std::move(step), std::move(description));
  }

  Result<CredentialPlan> from_profile(const std::string& name) {
    const bool is_first = visited_.empty();
    const Profile& profile = config_.profiles.find(name)->second;
    const Settings& settings = profile.settings;
    TRY(check_keys(name, profile));
    const bool has_keys = !setting(settings, "aws_access_key_id").empty();
    // Below the first, and where a profile names itself, keys count before roles.
    if (has_keys && !is_first) return from_keys(name, profile);
    if (!visited_.insert(name).second) return bad_profile(name, "is its own source, by way of source_profile");
    if (visited_.size() > kMaxProfileChain) return bad_profile(name, "stands on too many other profiles");
    TRY(check_contradictions(name, settings));
    CredentialPlan source = TRY(base_of(name, profile));
    const std::string role = setting(settings, "role_arn");
    const bool is_assumed_already =
        setting(settings, "source_profile").empty() && std::holds_alternative<AssumeRoleWithToken>(source.step);
    if (role.empty() || is_assumed_already) return source;
    return with_role(name, settings, std::move(source));
  }

  // What the profile stands on, before its role.
  Result<CredentialPlan> base_of(const std::string& name, const Profile& profile) {
    const Settings& settings = profile.settings;
    if (const std::string source = setting(settings, "source_profile"); !source.empty()) {
      if (!config_.profiles.contains(source)) {
        return bad_profile(name, "has source_profile " + in_quotes(source) + ", but there is no such profile");
      }
      const Profile& below = config_.profiles.find(source)->second;
      if (!can_be_source(below.settings)) {
        return bad_profile(name, "has source_profile " + in_quotes(source) + ", which has no credentials");
      }
      return from_profile(source);
    }
    if (!setting(settings, "aws_access_key_id").empty()) return from_keys(name, profile);
    if (const std::string source = setting(settings, "credential_source"); !source.empty()) {
      return from_credential_source(name, source);
    }
    if (const std::string token_file = setting(settings, "web_identity_token_file"); !token_file.empty()) {
      AssumeRoleWithToken step{token_file, setting(settings, "role_arn"), setting(settings, "role_session_name")};
      return plan_of(std::move(step), "web identity " + token_file + " of profile " + in_quotes(name));
    }
    TRY(check_supported(name, settings));
    if (const auto process = settings.find("credential_process");
        process != settings.end() && !process->second.empty()) {
      return plan_of(RunProcess{process->second.copy()}, "credential_process of profile " + in_quotes(name));
    }
    looked_.push_back("profile " + in_quotes(name) + " (has no credentials)");
    return from_surroundings();
  }

  Result<> check_keys(const std::string& name, const Profile& profile) const {
    const bool id = !setting(profile.settings, "aws_access_key_id").empty();
    const auto secret = profile.settings.find("aws_secret_access_key");
    if (id == (secret != profile.settings.end() && !secret->second.empty())) return {};
    return bad_profile(name, std::string("in ") + profile.keys_file + (id ? " has no" : " has only the") +
                                 " aws_secret_access_key")
        .hint("aws_access_key_id and aws_secret_access_key belong into one file together.");
  }

  static Result<> check_contradictions(const std::string& name, const Settings& settings) {
    std::string_view first;
    for (const std::string_view kind :
         {"source_profile", "credential_source", "credential_process", "web_identity_token_file"}) {
      if (setting(settings, kind).empty()) continue;
      if (!first.empty()) return bad_profile(name, "has both " + std::string(first) + " and " + std::string(kind));
      first = kind;
    }
    if (!first.empty() && first != "credential_process" && setting(settings, "role_arn").empty()) {
      return bad_profile(name, "has " + std::string(first) + ", but no role_arn");
    }
    return {};
  }

  static bool can_be_source(const Settings& settings) {
    constexpr std::string_view kAny[] = {"aws_access_key_id",  "source_profile",          "credential_source",
                                         "credential_process", "web_identity_token_file", "sso_session",
                                         "sso_start_url",      "sso_account_id",          "sso_role_name"};
    return std::any_of(std::begin(kAny), std::end(kAny),
                       [&](std::string_view name) { return !setting(settings, name).empty(); });
  }

  static Result<> check_supported(const std::string& name, const Settings& settings) {
    for (const std::string_view sign :
         {"sso_session", "sso_start_url", "sso_account_id", "sso_role_name", "login_session"}) {
      if (setting(settings, sign).empty()) continue;
      return Error(Code::unsupported, "profile " + in_quotes(name) + " logs in with a browser (" + std::string(sign) +
                                          "), which salvor does not do")
          .hint(
              "Let the AWS CLI do it: add a profile with `credential_process = aws configure export-credentials "
              "--profile " +
              name.substr(0, 64) + "` and use that one.");
    }
    return {};
  }

  CredentialPlan from_keys(const std::string& name, const Profile& profile) const {
    const auto secret = [&](std::string_view option) {
      const auto found = profile.settings.find(option);
      return found == profile.settings.end() ? os::Secret() : found->second.copy();
    };
    Credentials keys{setting(profile.settings, "aws_access_key_id"),
                     secret("aws_secret_access_key"),
                     secret("aws_session_token"),
                     {}};
    if (keys.session_token.empty()) keys.session_token = secret("aws_security_token");
    return plan_of(UseKeys{std::move(keys)}, "profile " + in_quotes(name) + " in " + profile.keys_file);
  }

  Result<CredentialPlan> from_credential_source(const std::string& name, const std::string& source) {
    if (source == "Environment") {
      if (has("AWS_ACCESS_KEY_ID")) return from_variables();
      return Error(Code::unauthenticated, "profile " + in_quotes(name) +
                                              " has credential_source Environment, but AWS_ACCESS_KEY_ID is not set");
    }
    if (source == "EcsContainer") {
      if (auto container = TRY(find_container(environment_))) {
        return plan_of(std::move(*container), "the container's endpoint");
      }
      return Error(Code::unauthenticated, "profile " + in_quotes(name) + " has credential_source EcsContainer, but " +
                                              "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set");
    }
    if (source == "Ec2InstanceMetadata") {
      if (auto instance = TRY(find_instance(environment_, settings_of_profile()))) {
        return plan_of(std::move(*instance), "the EC2 instance's metadata");
      }
      return Error(Code::unauthenticated, "profile " + in_quotes(name) +
                                              " has credential_source Ec2InstanceMetadata, " +
                                              "but AWS_EC2_METADATA_DISABLED is true");
    }
    return bad_profile(name, "has a credential_source other than Environment, EcsContainer and Ec2InstanceMetadata");
  }

  const Settings& settings_of_profile() const { return settings_of(config_, profile_name(options_, environment_)); }

  Result<CredentialPlan> from_surroundings() {
    if (auto container = TRY(find_container(environment_))) {
      std::string description = "the container's endpoint " + container->shown;
      return plan_of(std::move(*container), std::move(description));
    }
    looked_.push_back("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI (not set)");
    auto instance = TRY(find_instance(environment_, settings_of_profile()));
    if (!instance) {
      looked_.push_back("EC2 instance metadata (AWS_EC2_METADATA_DISABLED is true)");
      return nothing_found(looked_);
    }
    CredentialPlan plan = plan_of(std::move(*instance), "the EC2 instance's metadata");
    plan.last_resort = true;
    plan.looked = looked_;
    return plan;
  }

  Result<CredentialPlan> with_role(const std::string& name, const Settings& settings, CredentialPlan source) const {
    if (!setting(settings, "mfa_serial").empty()) {
      return Error(Code::unsupported, "profile " + in_quotes(name) +
                                          " asks for a one-time code (mfa_serial), which "
                                          "nobody is there to type")
          .hint("Use a role without MFA, or a credential_process that does it.");
    }
    AssumeRole step{setting(settings, "role_arn"),
                    setting(settings, "role_session_name"),
                    setting(settings, "external_id"),
                    {},
                    nullptr};
    if (const std::string text = setting(settings, "duration_seconds"); !text.empty()) {
      int seconds = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
      if (error != std::errc() || end != text.data() + text.size() || seconds < 900 || seconds > 43'200) {
        return bad_profile(name, "has a duration_seconds that is not between 900 and 43200");
      }
      step.duration = std::chrono::seconds(seconds);
    }
    std::string description = "role " + step.role_arn + " of profile " + in_quotes(name) + ", by " + source.description;
    step.source = std::make_unique<CredentialPlan>(std::move(source));
    return plan_of(std::move(step), std::move(description));
  }

  const CredentialOptions& options_;
  const net::Environment& environment_;
  const ReadFile& files_;
  SharedConfig config_;
  StsEndpoint sts_;
  std::set<std::string> visited_;
  std::vector<std::string> looked_;
};

}  // namespace

Result<CredentialPlan> plan_credentials(const CredentialOptions& options, const net::Environment& environment,
                                        const ReadFile& files) {
  return Planner(options, environment, files).plan();
}

Error nothing_found(const std::vector<std::string>& looked) {
  std::string where;
  for (const std::string& place : looked) where += (where.empty() ? "" : "; ") + place;
  return Error(Code::unauthenticated, "no credentials found. Looked at: " + where)
      .hint(
          "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile of ~/.aws/credentials in the location or "
          "in AWS_PROFILE; in a cluster give the pod's service account a role.");
}

}  // namespace salvor::s3
