// The rule of Services: addresses and ports that the old cluster had assigned go, those that somebody asked for stay.
//
// Who asked is read from what `kubectl apply` left in the last-applied annotation or, without that annotation, from
// managedFields, where a port that some manager set has an f:nodePort.
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "codec/json_access.h"
#include "restore/rules_kinds.h"

namespace salvor::restore {
namespace {

using codec::array_member;
using codec::at;
using codec::integer_member;
using codec::member;
using codec::object_member;
using codec::text_at;
using codec::text_member;

constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

// What kubectl had been given; nothing without the annotation.
Result<std::optional<Json>> last_applied(const Json& service) {
  const Json* text = at(service, {"metadata", "annotations", kLastApplied});
  if (text == nullptr || !text->is_string()) return std::optional<Json>();
  auto parsed = codec::parse_json(text->get_ref<const std::string&>());
  if (!parsed.ok()) return std::move(parsed).error().context("annotation " + std::string(kLastApplied));
  return std::optional<Json>(std::move(*parsed));
}

struct AskedPorts {
  std::set<std::string> names;
  std::set<std::int64_t> numbers;  // of ports without a name
};

Result<AskedPorts> asked_by_apply(const Json& applied) {
  AskedPorts asked;
  for (const Json& port : array_member(object_member(applied, "spec"), "ports")) {
    const Json* given = member(port, "nodePort");
    if (given == nullptr) continue;
    std::int64_t number = integer_member(port, "nodePort", 0);
    if (given->is_string()) {
      const auto& text = given->get_ref<const std::string&>();
      const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (problem != std::errc() || end != text.data() + text.size()) {
        return Error(Code::invalid,
                     "nodePort \"" + text + "\" in annotation " + std::string(kLastApplied) + " is no number");
      }
    }
    if (number <= 0) continue;
    const std::string name = text_member(port, "name");
    if (name.empty()) {
      asked.numbers.insert(number);
    } else {
      asked.names.insert(name);
    }
  }
  return asked;
}

// Keys like k:{"port":80,"protocol":"TCP"} whose port number some manager set.
std::set<std::string> asked_by_managers(const Json& managed_fields) {
  std::set<std::string> keys;
  if (!managed_fields.is_array()) return keys;
  for (const Json& entry : managed_fields) {
    const Json* ports = at(entry, {"fieldsV1", "f:spec", "f:ports"});
    if (ports == nullptr || !ports->is_object()) continue;
    for (const auto& [key, port] : ports->items()) {
      if (member(port, "f:nodePort") != nullptr) keys.insert(key);
    }
  }
  return keys;
}

std::string manager_key(const Json& port) {
  return R"(k:{"port":)" + std::to_string(integer_member(port, "port", 0)) + R"(,"protocol":")" +
         text_member(port, "protocol") + "\"}";
}

Result<> drop_assigned_node_ports(Json& spec, const std::optional<Json>& applied, const Json& managed_fields) {
  if (text_member(spec, "type") == "ExternalName") return {};
  Json* ports = member(spec, "ports");
  if (ports == nullptr || !ports->is_array()) return {};
  AskedPorts asked;
  std::set<std::string> keys;
  if (applied) {
    asked = TRY(asked_by_apply(*applied));
  } else {
    keys = asked_by_managers(managed_fields);
  }
  for (Json& port : *ports) {
    const std::string name = text_member(port, "name");
    bool keep = keys.contains(manager_key(port));
    if (applied) {
      keep = name.empty() ? asked.numbers.contains(integer_member(port, "nodePort", 0)) : asked.names.contains(name);
    }
    if (!keep && port.is_object()) port.erase("nodePort");
  }
  return {};
}

void drop_assigned_health_port(Json& spec, const std::optional<Json>& applied, const Json& managed_fields) {
  if (text_member(spec, "externalTrafficPolicy") != "Local" || text_member(spec, "type") != "LoadBalancer") return;
  if (applied && integer_member(object_member(*applied, "spec"), "healthCheckNodePort", 0) != 0) return;
  if (managed_fields.is_array()) {
    for (const Json& entry : managed_fields) {
      if (at(entry, {"fieldsV1", "f:spec", "f:healthCheckNodePort"}) != nullptr) return;
    }
  }
  spec.erase("healthCheckNodePort");
}

}  // namespace

Result<> reset_service(Json& service, const Json& managed_fields, bool preserve_node_ports) {
  Json* spec = member(service, "spec");
  if (spec == nullptr || !spec->is_object()) return {};
  if (text_member(*spec, "clusterIP") != "None") {
    spec->erase("clusterIP");
    spec->erase("clusterIPs");
  }
  if (preserve_node_ports) return {};
  const std::optional<Json> applied = TRY(last_applied(service));
  TRY(drop_assigned_node_ports(*spec, applied, managed_fields));
  drop_assigned_health_port(*spec, applied, managed_fields);
  return {};
}

}  // namespace salvor::restore
