// salvor object get: one object of a backup, without reading the rest of the archive.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "archive/archive.h"
#include "backup/catalog.h"
#include "cli/bodies.h"
#include "cli/text.h"
#include "cli/wire.h"
#include "codec/json.h"
#include "codec/yaml.h"

namespace salvor::cli {

namespace {

struct ObjectName {
  std::string resource, ns, name;
};

// RESOURCE[.GROUP]/[NAMESPACE/]NAME; names of cluster-scoped objects may hold ':' but never '/'.
Result<ObjectName> parse_object(std::string_view text) {
  const std::size_t first = text.find('/');
  const std::size_t last = text.rfind('/');
  if (first == std::string_view::npos || first == 0 || last + 1 == text.size() ||
      std::count(text.begin(), text.end(), '/') > 2) {
    return Error(Code::invalid, "\"" + std::string(text) + "\" does not name an object")
        .hint("Write RESOURCE/NAMESPACE/NAME, or RESOURCE/NAME for an object without a namespace: secrets/shop/db.");
  }
  ObjectName object{std::string(text.substr(0, first)), {}, std::string(text.substr(last + 1))};
  if (first != last) object.ns = text.substr(first + 1, last - first - 1);
  return object;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

// Without a cluster there are no short names; plural, kind and either with its group are understood.
bool names(const archive::Section& section, const std::string& wanted) {
  const std::string plural = section.group_resource.substr(0, section.group_resource.find('.'));
  const std::string group = section.group();
  const std::string kind = lower(section.kind);
  return wanted == section.group_resource || wanted == plural || wanted == kind ||
         (!group.empty() && wanted == kind + "." + group);
}

Result<std::string> read_object(const archive::Archive& archive, const ObjectName& object, const std::string& backup,
                                std::stop_token stop) {
  bool kind_known = false;
  for (const archive::Section& section : archive.sections()) {
    if (!section.preferred || !names(section, lower(object.resource))) continue;
    kind_known = true;
    const auto record = TRY(archive.find(section, object.ns, object.name, stop));
    if (record) return archive.read(section, *record, stop);
  }
  const std::string what = object.resource + " " + (object.ns.empty() ? "" : object.ns + "/") + object.name;
  return Error(Code::not_found, "backup \"" + backup + "\" holds no " + what)
      .hint(kind_known ? "`salvor backup describe " + backup + " --details` lists every object."
                       : "The backup holds nothing of that kind. Write its plural name with its group, such as "
                         "deployments.apps.");
}

}  // namespace

Result<Outcome> run_object_get(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const ObjectName object = TRY(parse_object(arguments.name()));
  Wire wire(invocation);
  const auto storage = TRY(wire.open_location(Wire::Purpose::read));
  const std::string& backup = arguments.text("from-backup");
  TRY(backup::read_openable_backup(*storage, backup, invocation.stop));
  const backup::BackupKeys keys(backup);
  const auto archive = TRY(archive::Archive::open(
      *storage, {.archive_key = keys.contents(), .index_key = keys.index(), .spool_directory = wire.spool_directory()},
      invocation.stop));
  const std::string text = TRY(read_object(*archive, object, backup, invocation.stop));
  const std::string& format = arguments.text("output");
  if (format == "name") {
    invocation.console.out(escape_controls(arguments.name()) + "\n");
    return Outcome::done;
  }
  const Json document = TRY(codec::parse_json(text));
  invocation.console.out(format == "json" ? codec::dump_json_pretty(document) + "\n" : codec::dump_yaml(document));
  return Outcome::done;
}

}  // namespace salvor::cli
