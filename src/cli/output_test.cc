// Tables as kubectl sets them, and documents as it nests them.
#include "cli/output.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/parser.h"

namespace salvor::cli {
namespace {

const Table kTable = {{{"NAME"}, {"STATUS"}, {"NOTE"}}, {{"nightly", "Completed", ""}, {"küche-日本", "Failed", "x"}}};

TEST(Table, AlignsByDisplayWidthWithoutSpacesAtTheEnd) {
  EXPECT_EQ(render_table(kTable),
            "NAME         STATUS      NOTE\n"
            "nightly      Completed\n"
            "küche-日本   Failed      x\n");
  EXPECT_EQ(render_table(kTable, Headers::hide),
            "nightly      Completed\n"
            "küche-日本   Failed      x\n");
}

TEST(Table, KeepsColumnsInPlaceAcrossEmptyCells) {
  EXPECT_EQ(render_table({{{"A"}, {"B"}, {"C"}}, {{"1", "", "3"}, {"", "2", ""}}}),
            "A   B   C\n"
            "1       3\n"
            "    2\n");
}

TEST(Table, NeverLetsANameDrawOnTheScreen) {
  EXPECT_EQ(render_table({{{"NAME"}}, {{"a\033[2J\nb"}}}, Headers::hide), "a\\x1b[2J\\nb\n");
}

Json record(const char* name) { return {{"kind", "Backup"}, {"metadata", {{"name", name}}}}; }

std::string printed(std::vector<std::string_view> words, const Table& table, const std::vector<Json>& records) {
  words.insert(words.begin(), {"backup", "get", "--location", "/b"});
  const Environment environment;
  const Parsed parsed = parse(words, environment);
  CapturedConsole console;
  const Result<Outcome> outcome =
      print({std::get<Arguments>(parsed), environment, console, {}}, "backup", table, records);
  EXPECT_TRUE(outcome.ok());
  return console.standard_output;
}

TEST(Print, ShowsOneNamedRecordAloneAndManyAsAList) {
  EXPECT_EQ(printed({"nightly", "-o", "json"}, {}, {record("nightly")}),
            "{\n  \"kind\": \"Backup\",\n  \"metadata\": {\n    \"name\": \"nightly\"\n  }\n}\n");
  const Json list = Json::parse(printed({"-o", "json"}, {}, {record("nightly")}));
  EXPECT_EQ(list["kind"], "List");
  EXPECT_EQ(list["apiVersion"], "v1");
  EXPECT_EQ(list["items"].size(), 1u);
}

TEST(Print, WritesYaml) {
  EXPECT_EQ(printed({"n", "-o", "yaml"}, {}, {record("n")}), "kind: Backup\nmetadata:\n  name: \"n\"\n");
}

TEST(Print, WritesNamesThatCanBePipedOn) {
  EXPECT_EQ(printed({"-o", "name"}, {}, {record("a"), record("b")}), "backup/a\nbackup/b\n");
}

TEST(Print, LeavesOutHeadersOnRequest) {
  EXPECT_EQ(printed({"--no-headers"}, {{{"NAME"}}, {{"a"}}}, {record("a")}), "a\n");
  EXPECT_EQ(printed({}, {{{"NAME"}}, {{"a"}}}, {record("a")}), "NAME\na\n");
}

TEST(Print, PrintsNothingForPipesWhenThereIsNothing) { EXPECT_EQ(printed({}, {{{"NAME"}}, {}}, {}), ""); }

}  // namespace
}  // namespace salvor::cli
