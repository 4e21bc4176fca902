#include "cli/records.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/report.h"
#include "cli/text.h"
#include "codec/gzip.h"
#include "codec/json_access.h"
#include "codec/yaml.h"
#include "kube/labels.h"
#include "store/directory.h"

namespace salvor::cli {

namespace {

constexpr std::size_t kCopyBytes = 256 << 10;

kube::Labels labels_of(const Json& record) {
  kube::Labels labels;
  const Json& found = codec::object_member(codec::object_member(record, "metadata"), "labels");
  for (const auto& [key, value] : found.items()) {
    if (value.is_string()) labels.emplace_back(key, value.get<std::string>());
  }
  return labels;
}

std::string start_of(const Json& record) { return codec::text_at(record, {"status", "startTimestamp"}); }

std::string labels_text(const Json& record) {
  std::string text;
  for (const auto& [key, value] : labels_of(record)) text += (text.empty() ? "" : ",") + key + "=" + value;
  return text.empty() ? "<none>" : text;
}

// The bytes of an object, piece by piece.
Result<> copy(store::ReadStream& from, const std::function<Result<>(ByteView)>& to) {
  Bytes buffer(kCopyBytes);
  for (;;) {
    const std::size_t got = TRY(from.read(buffer));
    if (got == 0) return {};
    TRY(to(ByteView(buffer).first(got)));
  }
}

Result<> save(store::ReadStream& from, store::Storage& folder, const std::string& name, store::Exists exists,
              std::stop_token stop) {
  const auto target = TRY(folder.create(name, exists, stop));
  TRY(copy(from, [&](ByteView bytes) { return target->write(bytes); }));
  return target->commit();
}

void append_spec(std::string& out, const Json& value, const std::string& indent) {
  for (const auto& [key, member] : value.items()) {
    if (member.is_object()) {
      out += indent + escape_controls(key) + ":\n";
      append_spec(out, member, indent + "  ");
    } else {
      const std::string text = member.is_string() ? member.get<std::string>() : codec::dump_json(member);
      out += indent + escape_controls(key) + ": " + escape_controls(text) + "\n";
    }
  }
}

}  // namespace

std::string name_of(const Json& record) { return codec::text_at(record, {"metadata", "name"}); }

Result<std::vector<Json>> read_records(const Invocation& invocation, store::Storage& storage, const RecordKind& kind) {
  std::vector<Json> records;
  const StringList& wanted = invocation.arguments.positionals();
  for (const std::string& name : wanted) records.push_back(TRY(kind.read(storage, name, invocation.stop)));
  if (!wanted.empty()) return records;
  const kube::LabelSelector selector = TRY(kube::parse_label_selector(invocation.arguments.text("selector")));
  for (const std::string& name : TRY(kind.names(storage, invocation.stop))) {
    Result<Json> record = kind.read(storage, name, invocation.stop);
    if (!record.ok() && record.error().code() == Code::corrupt) {
      report_error(invocation.console, record.error());
      continue;
    }
    if (!record.ok()) return std::move(record).error();
    if (selector.matches(labels_of(*record))) records.push_back(std::move(*record));
  }
  std::stable_sort(records.begin(), records.end(),
                   [](const Json& a, const Json& b) { return start_of(a) < start_of(b); });
  return records;
}

Result<Outcome> print_records(const Invocation& invocation, std::string_view word, const std::vector<Json>& records,
                              std::vector<Column> columns, Row row) {
  const Arguments& arguments = invocation.arguments;
  Table table{std::move(columns), {}};
  for (const std::string& label : arguments.list("label-columns")) table.columns.push_back({label});
  if (arguments.flag("show-labels")) table.columns.push_back({"LABELS"});
  for (const Json& record : records) {
    std::vector<std::string> cells = row(record);
    const kube::Labels labels = labels_of(record);
    for (const std::string& label : arguments.list("label-columns")) {
      const std::string* value = kube::find_label(labels, label);
      cells.push_back(value ? *value : "<none>");
    }
    if (arguments.flag("show-labels")) cells.push_back(labels_text(record));
    table.rows.push_back(std::move(cells));
  }
  return print(invocation, word, table, records);
}

Result<Outcome> describe_records(const Invocation& invocation, std::string_view word, const std::vector<Json>& records,
                                 const Describe& describe) {
  const std::string& format = invocation.arguments.text("output");
  if (format != "table" && format != "plaintext") return print(invocation, word, {}, records);
  bool first = true;
  for (const Json& record : records) {
    if (!first) invocation.console.out("\n");
    first = false;
    invocation.console.out(TRY(describe(record, invocation.arguments.flag("details"))));
  }
  return Outcome::done;
}

std::string record_block(const Json& record) {
  const Json& status = codec::object_member(record, "status");
  std::string out = "Name:          " + escape_controls(name_of(record)) + "\n";
  out += "Namespace:     " + escape_controls(codec::text_at(record, {"metadata", "namespace"})) + "\n";
  out += "Labels:        " + escape_controls(labels_text(record)) + "\n";
  out += "Phase:         " + escape_controls(codec::text_member(status, "phase")) + "\n";
  for (const auto& [title, key] :
       {std::pair{"Started:       ", "startTimestamp"}, std::pair{"Completed:     ", "completionTimestamp"},
        std::pair{"Expires:       ", "expiration"}, std::pair{"Failure:       ", "failureReason"}}) {
    const std::string value = codec::text_member(status, key);
    if (!value.empty()) out += title + escape_controls(value) + "\n";
  }
  if (const Json* progress = codec::member(status, "progress")) {
    const std::int64_t items = std::max(codec::integer_member(*progress, "totalItems", 0),
                                        codec::integer_member(*progress, "itemsRestored", 0));
    out += "Items:         " + std::to_string(items) + "\n";
  }
  out += "Errors:        " + std::to_string(codec::integer_member(status, "errors", 0)) + "\n";
  out += "Warnings:      " + std::to_string(codec::integer_member(status, "warnings", 0)) + "\n";
  out += "Asked for:\n";
  append_spec(out, codec::object_member(record, "spec"), "  ");
  return out;
}

std::string resource_block(const Json& list) {
  std::string out = "Objects:\n";
  for (const auto& [kind, names] : list.items()) {
    out += "  " + escape_controls(kind) + ":\n";
    for (const Json& name : names) {
      if (name.is_string()) out += "    - " + escape_controls(name.get<std::string>()) + "\n";
    }
  }
  return out;
}

Result<Outcome> print_log(const Invocation& invocation, store::Storage& storage, const std::string& key) {
  const auto file = TRY(storage.open(key, {}, invocation.stop));
  codec::GunzipStream text([&](MutableByteView into) { return file->read(into); }, 16ull << 30);
  Bytes buffer(kCopyBytes);
  for (;;) {
    const std::size_t got = TRY(text.read(buffer).context(key));
    if (got == 0) return Outcome::done;
    invocation.console.out(as_text(ByteView(buffer).first(got)));
  }
}

Result<Outcome> download(const Invocation& invocation, store::Storage& storage, const std::string& key,
                         const std::string& path) {
  const auto file = TRY(storage.open(key, {}, invocation.stop));
  if (path == "-") {
    TRY(copy(*file, [&](ByteView bytes) -> Result<> {
      invocation.console.out(as_text(bytes));
      return {};
    }));
    return Outcome::done;
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  SystemRng rng;
  const auto target = TRY(store::DirectoryStorage::open_path(folder, store::Missing::refuse, rng));
  const auto exists = invocation.arguments.flag("force") ? store::Exists::replace : store::Exists::refuse;
  Result<> written = save(*file, *target, path.substr(slash + 1), exists, invocation.stop);
  if (!written.ok()) return std::move(written).error().hint("--force replaces an existing file.");
  invocation.console.err("Written to " + path + ".\n");
  return Outcome::done;
}

}  // namespace salvor::cli
