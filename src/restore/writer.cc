#include "restore/writer.h"

#include <nlohmann/json.hpp>

#include "codec/json_access.h"
#include "restore/plain.h"

namespace salvor::restore {

struct Writer::Item {
  const PlannedKind& kind;
  Prepared& prepared;
  std::string ns, name;  // in the cluster
};

std::string described(const PlannedKind& kind, std::string_view ns, std::string_view name) {
  std::string text = kind.section.group_resource + " ";
  if (!ns.empty()) text += std::string(ns) + "/";
  return text += name;
}

Result<WriteAttempt> Writer::write(const PlannedKind& kind, const Entry& entry, std::string_view text,
                                   std::stop_token stop) {
  const std::string& target = request_.spec.mapped(entry.ns);
  std::optional<Result<kube::Warnings>> tried;
  if (entry.action == Action::create) tried = create_plain(kind, entry, text, stop);
  if (tried && tried->ok()) return WriteAttempt{.outcome = Outcome::created};
  auto prepared = preparer_.prepare(kind.section.group_resource, entry.ns, entry.name, text);
  if (!prepared.ok()) {
    return WriteAttempt{.problem = "error preparing " + described(kind, target, entry.name) + ": " +
                                   prepared.error().message()};
  }
  if (prepared->skip) return WriteAttempt{.outcome = Outcome::skipped};
  for (const Error& error : prepared->errors) {
    results_.error(target, described(kind, target, entry.name) + ": " + error.message());
  }
  prepared->errors.clear();
  const Json& metadata = prepared->object["metadata"];
  const Item item{kind, *prepared, codec::text_member(metadata, "namespace"), codec::text_member(metadata, "name")};
  if (entry.action != Action::create) return meet_existing(item, stop);
  return tried ? not_created(item, tried->error(), stop) : create(item, stop);
}

// Nothing when the object is not a plain one.
std::optional<Result<kube::Warnings>> Writer::create_plain(const PlannedKind& kind, const Entry& entry,
                                                           std::string_view text, std::stop_token stop) {
  if (!preparer_.is_plain(kind.section.group_resource, text)) return std::nullopt;
  const std::string& target = request_.spec.mapped(entry.ns);
  const auto edited = edit_plain(text, {.ns = entry.ns,
                                        .name = entry.name,
                                        .target_ns = target,
                                        .backup_label = label_value(request_.spec.backup),
                                        .restore_label = label_value(request_.name),
                                        .managed_fields = options_.managed_fields});
  if (!edited) return std::nullopt;
  auto created = patience_.over([&] { return cluster_.create(kind.resource, target, *edited, stop); }, stop);
  if (created.ok()) tell_losses(kind, target, entry.name, *created);
  return created;
}

// Lent to the object instead of copying both.
std::string Writer::text_to_create(Prepared& prepared) const {
  if (!options_.managed_fields || prepared.managed_fields.is_null()) return codec::dump_json(prepared.object);
  Json& metadata = prepared.object["metadata"];
  metadata["managedFields"] = std::move(prepared.managed_fields);
  std::string text = codec::dump_json(prepared.object);
  prepared.managed_fields = std::move(metadata["managedFields"]);
  metadata.erase("managedFields");
  return text;
}

Result<WriteAttempt> Writer::create(const Item& item, std::stop_token stop) {
  const std::string text = text_to_create(item.prepared);
  const auto created = patience_.over([&] { return cluster_.create(item.kind.resource, item.ns, text, stop); }, stop);
  if (!created.ok()) return not_created(item, created.error(), stop);
  tell_losses(item.kind, item.ns, item.name, *created);
  TRY(write_status(item, stop));
  return WriteAttempt{.outcome = Outcome::created};
}

Result<WriteAttempt> Writer::not_created(const Item& item, const Error& error, std::stop_token stop) {
  if (error.code() == Code::already_exists) return meet_existing(item, stop);
  if (item.kind.section.group_resource == "services" && is_port_taken(error)) {
    // Its own port, when the Service is there; another Service's otherwise.
    const auto live = patience_.over([&] { return cluster_.get(item.kind.resource, item.ns, item.name, stop); }, stop);
    if (live.ok()) return meet_existing(item, stop);
    if (live.error().code() != Code::not_found) return refused(item, "get", live.error());
  }
  return refused(item, "create", error);
}

Result<WriteAttempt> Writer::meet_existing(const Item& item, std::stop_token stop) {
  const auto live = patience_.over([&] { return cluster_.get(item.kind.resource, item.ns, item.name, stop); }, stop);
  if (!live.ok()) return refused(item, "get", live.error());
  const auto verdict = judge(preparer_, request_, item.kind.section.group_resource, item.prepared, *live);
  if (!verdict.ok()) return refused(item, "compare", verdict.error());
  switch (verdict->action) {
    case Action::update: return update(item, *verdict, stop);
    case Action::differs:
      results_.warn(item.ns, item.kind.section.kind + " \"" + item.name +
                                 "\" exists and differs from the backup; it is left as it is");
      return WriteAttempt{.outcome = Outcome::left_alone};
    default: return WriteAttempt{.outcome = Outcome::unchanged};
  }
}

Result<WriteAttempt> Writer::update(const Item& item, const Verdict& verdict, std::stop_token stop) {
  if (verdict.status) TRY(write_status(item, stop));
  if (verdict.patch.is_null()) return WriteAttempt{.outcome = Outcome::updated};
  return patch(item, verdict, stop);
}

// A patch that is refused is a warning; the restore's labels are then put on the object alone.
Result<WriteAttempt> Writer::patch(const Item& item, const Verdict& verdict, std::stop_token stop) {
  const auto send = [&](const Json& patch) {
    const std::string text = codec::dump_json(patch);
    return patience_.over([&] { return cluster_.patch(item.kind.resource, item.ns, item.name, text, stop); }, stop);
  };
  const auto patched = send(verdict.patch);
  if (patched.ok()) {
    tell_losses(item.kind, item.ns, item.name, *patched);
    return WriteAttempt{.outcome = Outcome::updated};
  }
  const Refusal refusal = judge_refusal(patched.error());
  if (refusal == Refusal::fatal || patience_.gave_up()) return patched.error().clone();
  if (refusal == Refusal::not_yet) return refused(item, "patch", patched.error());
  results_.warn(item.ns,
                "cannot update " + described(item.kind, item.ns, item.name) + ": " + patched.error().message());
  if (request_.spec.policy() == ExistingPolicy::update && verdict.patch != verdict.label_patch) {
    const auto labelled = send(verdict.label_patch);
    if (!labelled.ok()) return refused(item, "label", labelled.error());
  }
  return WriteAttempt{.outcome = Outcome::left_alone};
}

// A status that cannot be written is a warning: the object itself is there.
Result<> Writer::write_status(const Item& item, std::stop_token stop) {
  if (item.prepared.status.is_null()) return {};
  const std::string patch = codec::dump_json({{"status", item.prepared.status}});
  const auto written =
      patience_.over([&] { return cluster_.patch_status(item.kind.resource, item.ns, item.name, patch, stop); }, stop);
  if (written.ok()) {
    tell_losses(item.kind, item.ns, item.name, *written);
    return {};
  }
  if (judge_refusal(written.error()) == Refusal::fatal || patience_.gave_up()) return written.error().clone();
  results_.warn(item.ns, "the status of " + described(item.kind, item.ns, item.name) +
                             " is not restored: " + written.error().message());
  return {};
}

// The API server stored the object without a field that it does not know: an older server, or a changed definition.
void Writer::tell_losses(const PlannedKind& kind, std::string_view ns, std::string_view name,
                         const kube::Warnings& warnings) {
  for (const std::string& warning : warnings) {
    if (!kube::is_loss(warning)) continue;
    results_.warn(
        ns, described(kind, ns, name) + " was restored without a field that this API server does not know: " + warning);
  }
}

Result<WriteAttempt> Writer::refused(const Item& item, std::string_view verb, const Error& error) const {
  const Refusal refusal = judge_refusal(error);
  if (refusal == Refusal::fatal || patience_.gave_up()) return error.clone();
  return WriteAttempt{.outcome = refusal == Refusal::final ? Outcome::failed : Outcome::put_off,
                      .problem = "cannot " + std::string(verb) + " " + described(item.kind, item.ns, item.name) + ": " +
                                 error.message(),
                      .refusal = refusal,
                      .about_namespace = is_about_namespace(error)};
}

}  // namespace salvor::restore
