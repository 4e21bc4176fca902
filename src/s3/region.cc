#include "s3/region.h"

#include <array>
#include <utility>

#include "net/url.h"

namespace salvor::s3 {

namespace {

std::string first_of(const net::Environment& environment, std::initializer_list<std::string_view> variables) {
  for (const std::string_view variable : variables) {
    if (std::string value = environment(variable); !value.empty()) return value;
  }
  return {};
}

bool is_set(std::string_view value) { return value == "true" || value == "True" || value == "TRUE"; }

// The region becomes part of a host name that credentials are sent to: it must not bring another host along.
Result<std::string> checked_region(std::string region) {
  for (const char c : region) {
    const bool fits =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!fits) {
      return Error(Code::invalid, "the region has a character that no region has")
          .hint("Check AWS_REGION, AWS_DEFAULT_REGION and the profile's region; one looks like eu-central-1.");
    }
  }
  if (region.size() > 64) return Error(Code::invalid, "the region is longer than any region");
  return region;
}

Result<std::string> region_of(const CredentialOptions& options, const net::Environment& environment,
                              const SharedConfig& config) {
  std::string region = options.region;
  if (region.empty()) region = first_of(environment, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  if (region.empty()) region = setting(settings_of(config, profile_name(options, environment)), "region");
  return checked_region(std::move(region));
}

// Partitions by the beginning of a region's name. Source: botocore/data/partitions.json.
std::string_view domain_of(std::string_view region) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kDomains = {{{"cn-", "amazonaws.com.cn"},
                                                                                      {"us-isob-", "sc2s.sgov.gov"},
                                                                                      {"us-isof-", "csp.hci.ic.gov"},
                                                                                      {"us-iso-", "c2s.ic.gov"},
                                                                                      {"eusc-", "amazonaws.eu"}}};
  for (const auto& [prefix, domain] : kDomains) {
    if (region.starts_with(prefix)) return domain;
  }
  return "amazonaws.com";
}

std::string configured_sts(const net::Environment& environment, const SharedConfig& config,
                           const std::string& profile) {
  const Settings& settings = settings_of(config, profile);
  if (is_set(environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) ||
      is_set(setting(settings, "ignore_configured_endpoint_urls"))) {
    return {};
  }
  if (std::string url = first_of(environment, {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"}); !url.empty()) return url;
  if (const auto services = config.services.find(setting(settings, "services")); services != config.services.end()) {
    if (std::string url = nested_setting(services->second, "sts", "endpoint_url"); !url.empty()) return url;
  }
  return setting(settings, "endpoint_url");
}

}  // namespace

std::string profile_name(const CredentialOptions& options, const net::Environment& environment) {
  if (!options.profile.empty()) return options.profile;
  if (!options.credentials_file.empty()) return "default";
  const std::string named = first_of(environment, {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"});
  return named.empty() ? "default" : named;
}

Result<std::string> find_region(const CredentialOptions& options, const net::Environment& environment,
                                const ReadFile& files) {
  const SharedConfig none;
  if (std::string region = TRY(region_of(options, environment, none)); !region.empty()) return region;
  const SharedConfig config =
      TRY(load_shared_config(shared_config_paths(options.credentials_file, environment), files));
  return region_of(options, environment, config);
}

Result<StsEndpoint> find_sts(const CredentialOptions& options, const net::Environment& environment,
                             const SharedConfig& config) {
  StsEndpoint sts;
  sts.region = TRY(region_of(options, environment, config));
  const bool global = sts.region.empty() || sts.region == "aws-global";
  if (global) sts.region = "us-east-1";
  sts.url = options.sts_endpoint;
  if (sts.url.empty()) sts.url = configured_sts(environment, config, profile_name(options, environment));
  if (sts.url.empty()) {
    const std::string service = is_set(environment("AWS_USE_FIPS_ENDPOINT")) ? "sts-fips" : "sts";
    sts.url = "https://" + service + (global && service == "sts" ? "" : "." + sts.region) + "." +
              std::string(domain_of(sts.region));
  }
  Result<net::Url> url = net::parse_url(sts.url);
  if (!url.ok() || (url->scheme != "http" && url->scheme != "https") || !url->user.empty()) {
    return Error(Code::invalid, "the address of STS is no http or https address")
        .hint("Check AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL and the profile's endpoint_url.");
  }
  sts.url = url->origin() + (url->path.empty() ? "/" : url->path);
  if (!sts.url.ends_with('/')) sts.url += '/';
  return sts;
}

}  // namespace salvor::s3
