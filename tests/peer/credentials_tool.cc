// credentials_tool: what we read out of shared config files and variables, for tests/peer/credentials_test.py.
//
//   in   {"environment":{NAME:VALUE},"profile":"","credentials_file":""}      one a line
//   out  {"profiles":{NAME:{OPTION:VALUE}},"region":"..","plan":{..}}, each of the three {"error":".."} instead
//        {"words":[..]} for {"split":"command line"}
//        {"keys":{..},"source":".."} or {"error":".."} for the first form with "get":true: the chain is really asked
//
// It prints secrets, which is what it is for: the test makes them up. Without "get" nothing is sent.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "codec/json.h"
#include "codec/json_access.h"
#include "net/curl_client.h"
#include "s3/credential_chain.h"
#include "s3/credential_plan.h"
#include "s3/region.h"
#include "s3/words.h"

namespace {

using namespace salvor;
using namespace salvor::s3;

Json shown(const CredentialPlan& plan);

Json shown_step(const UseKeys& step) {
  return {{"kind", "keys"},
          {"access_key", step.keys.access_key_id},
          {"secret_key", std::string(step.keys.secret_access_key.reveal())},
          {"token", std::string(step.keys.session_token.reveal())}};
}
Json shown_step(const AskContainer& step) {
  return {{"kind", "container"},
          {"url", step.url},
          {"token_file", step.token_file},
          {"token", std::string(step.token.reveal())}};
}
Json shown_step(const AskInstance& step) { return {{"kind", "instance"}, {"endpoint", step.endpoint}}; }
Json shown_step(const RunProcess& step) {
  return {{"kind", "process"}, {"command", std::string(step.command_line.reveal())}};
}
Json shown_step(const AssumeRoleWithToken& step) {
  return {{"kind", "web-identity"},
          {"token_file", step.token_file},
          {"role_arn", step.role_arn},
          {"session_name", step.session_name}};
}
Json shown_step(const AssumeRole& step) {
  return {{"kind", "role"},
          {"role_arn", step.role_arn},
          {"session_name", step.session_name},
          {"external_id", step.external_id},
          {"duration", step.duration ? Json(step.duration->count()) : Json()},
          {"source", shown(*step.source)}};
}

Json shown(const CredentialPlan& plan) {
  return std::visit([](const auto& step) { return shown_step(step); }, plan.step);
}

Json error(const Error& error) { return {{"error", error.message()}}; }

Json ask_chain(CredentialOptions options, const net::Environment& environment) {
  SystemClock clock;
  SystemRng rng;
  net::CurlClient http({}, clock);
  const auto chain = make_credential_chain(std::move(options), {environment, local_files(), http, http, clock, rng});
  auto keys = chain->get({});
  if (!keys.ok()) return error(keys.error());
  const std::optional<Time> end = keys->expires;
  Json out{{"keys", shown_step(UseKeys{std::move(*keys)})}, {"source", chain->describe()}};
  if (end) out["expires"] = format_rfc3339(*end);
  return out;
}

Json answer(const Json& request) {
  if (request.contains("split")) {
    const auto words = split_words(codec::text_member(request, "split"));
    return words.ok() ? Json{{"words", *words}} : error(words.error());
  }
  CredentialOptions options;
  options.profile = codec::text_member(request, "profile");
  options.credentials_file = codec::text_member(request, "credentials_file");
  const net::Environment environment = [&](std::string_view name) {
    return codec::text_member(codec::object_member(request, "environment"), name);
  };
  if (codec::bool_member(request, "get", false)) return ask_chain(std::move(options), environment);
  Json out;
  const auto config = load_shared_config(shared_config_paths(options.credentials_file, environment), local_files());
  Json& profiles = out["profiles"] = config.ok() ? Json::object() : error(config.error());
  if (config.ok()) {
    for (const auto& [name, profile] : config->profiles) {
      Json& settings = profiles[name] = Json::object();
      for (const auto& [option, value] : profile.settings) settings[option] = std::string(value.reveal());
    }
  }
  const auto region = find_region(options, environment, local_files());
  out["region"] = region.ok() ? Json(*region) : error(region.error());
  const auto plan = plan_credentials(options, environment, local_files());
  out["plan"] = plan.ok() ? shown(*plan) : error(plan.error());
  return out;
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto request = codec::parse_json(line);
    std::cout << codec::dump_json(request.ok() ? answer(*request) : error(request.error())) << std::endl;
  }
}
