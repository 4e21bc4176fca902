// Output: the results of a command as a table, JSON, YAML or names.
//
// A table is for people: columns as kubectl and velero set them, names of columns in capitals, no spaces at line ends,
// foreign text made safe. The other forms are for programs and carry the whole records. `-o name` prints kind/name, one
// a line, as kubectl does, so that it can be piped on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/invocation.h"
#include "codec/json.h"

namespace salvor::cli {

struct Column {
  std::string name;  // "STORAGE LOCATION"
};

// Whether the arguments name the records, as in `backup get NAME`: one that was named is printed by itself, not as a
// list; so is the only one that there can be.
enum class Records { named, found, only };

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // each with a cell for every column
};

enum class Headers { show, hide };

std::string render_table(const Table& table, Headers headers = Headers::show);

// One record alone when one was asked for by name, otherwise a v1 List, as kubectl has it.
Json document_of(const std::vector<Json>& records, std::size_t names_given);

// "backup/nightly": by metadata.name, or by a member named like the word.
std::string record_name(std::string_view word, const Json& record);

// Prints in the form that --output chooses. `table` is what a table shows of `records`.
Result<Outcome> print(const Invocation& invocation, std::string_view word, const Table& table,
                      const std::vector<Json>& records, Records are = Records::named);

}  // namespace salvor::cli
