// The words of a command line, read as pflag reads them for velero.
#include "cli/parser.h"

#include <gmock/gmock.h>

#include "cli/commands.h"

namespace salvor::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

const Environment kLocated = {{"SALVOR_LOCATION", "/backups"}};

Parsed parsed(std::vector<std::string_view> words, const Environment& environment = kLocated) {
  return parse(words, environment);
}

Arguments arguments(std::vector<std::string_view> words, const Environment& environment = kLocated) {
  Parsed result = parsed(words, environment);
  if (const auto* error = std::get_if<UsageError>(&result)) ADD_FAILURE() << error->message;
  return std::move(std::get<Arguments>(result));
}

Arguments create(std::vector<std::string_view> words) {
  words.insert(words.begin(), {"backup", "create", "nightly"});
  return arguments(words);
}

UsageError refused(std::vector<std::string_view> words, const Environment& environment = kLocated) {
  Parsed result = parsed(words, environment);
  if (auto* error = std::get_if<UsageError>(&result)) return *error;
  ADD_FAILURE() << "was accepted";
  return {};
}

TEST(Parser, FindsTheCommandAndItsName) {
  const Arguments backup = arguments({"backup", "create", "nightly", "--location", "/mnt/nas"});
  EXPECT_EQ(path_of(backup.command()), "backup create");
  EXPECT_EQ(backup.name(), "nightly");
  EXPECT_EQ(backup.text("location"), "/mnt/nas");
}

TEST(Parser, TakesVelerosOtherOrderOfWords) {
  EXPECT_EQ(path_of(arguments({"create", "backup", "nightly"}).command()), "backup create");
  EXPECT_EQ(path_of(arguments({"get", "backups"}).command()), "backup get");
  EXPECT_EQ(path_of(arguments({"describe", "restore", "r"}).command()), "restore describe");
}

TEST(Parser, TakesGlobalFlagsBeforeTheCommand) {
  const Arguments backup = arguments({"--kubeconfig", "/k", "-n", "ops", "backup", "--quiet", "get"});
  EXPECT_EQ(backup.text("kubeconfig"), "/k");
  EXPECT_EQ(backup.text("namespace"), "ops");
  EXPECT_TRUE(backup.flag("quiet"));
}

TEST(Parser, ReadsEverySpellingOfAShortFlag) {
  EXPECT_EQ(create({"-l", "app=web"}).text("selector"), "app=web");
  EXPECT_EQ(create({"-lapp=web"}).text("selector"), "app=web");
  EXPECT_EQ(create({"-l=app=web"}).text("selector"), "app=web");
  const Arguments both = create({"-qw"});
  EXPECT_TRUE(both.flag("quiet"));
  EXPECT_TRUE(both.flag("wait"));
}

TEST(Parser, KeepsAnEmptyValueAndWhatFollowsIt) {
  const Arguments backup = arguments({"backup", "create", "--selector=", "nightly", "--ttl", "1h"});
  EXPECT_TRUE(backup.given("selector"));
  EXPECT_EQ(backup.text("selector"), "");
  EXPECT_EQ(backup.name(), "nightly");
}

TEST(Parser, TakesAValueThatBeginsWithADash) {
  EXPECT_EQ(create({"--data-mover", "--odd"}).text("data-mover"), "--odd");
}

TEST(Parser, TakesEverythingAfterTwoDashesAsNames) {
  EXPECT_THAT(arguments({"backup", "get", "--", "-l", "--quiet"}).positionals(), ElementsAre("-l", "--quiet"));
}

TEST(Parser, ASwitchNeverTakesTheNextWord) {
  const Arguments backup = arguments({"backup", "create", "--snapshot-volumes", "false"});
  EXPECT_EQ(backup.optional_bool("snapshot-volumes"), true);
  EXPECT_EQ(backup.name(), "false");
}

TEST(Parser, TellsUnsaidFromFalse) {
  EXPECT_EQ(create({}).optional_bool("include-cluster-resources"), std::nullopt);
  EXPECT_EQ(create({"--include-cluster-resources=false"}).optional_bool("include-cluster-resources"), false);
  EXPECT_EQ(create({"--include-cluster-resources=T"}).optional_bool("include-cluster-resources"), true);
  EXPECT_EQ(create({"--include-cluster-resources="}).optional_bool("include-cluster-resources"), std::nullopt);
  EXPECT_THAT(refused({"backup", "create", "n", "--include-cluster-resources=yes"}).message, HasSubstr("yes"));
}

TEST(Parser, SplitsListsAsVeleroDoes) {
  EXPECT_THAT(create({"--include-namespaces", "a,b"}).list("include-namespaces"), ElementsAre("a", "b"));
  EXPECT_THAT(create({"--include-namespaces", "a, b,"}).list("include-namespaces"), ElementsAre("a", " b", ""));
  EXPECT_THAT(create({"--include-namespaces="}).list("include-namespaces"), ElementsAre(""));
  EXPECT_THAT(create({}).list("include-namespaces"), ElementsAre("*"));
  EXPECT_THAT(create({}).list("exclude-namespaces"), IsEmpty());
}

TEST(Parser, ARepeatedListReplacesAsInVeleroAndSaysSo) {
  const Arguments backup = create({"--include-namespaces", "a", "--include-namespaces", "b"});
  EXPECT_THAT(backup.list("include-namespaces"), ElementsAre("b"));
  EXPECT_THAT(backup.warnings(), ElementsAre(HasSubstr("--include-namespaces")));
}

TEST(Parser, ItemsAreAddedWhenTheyAreGivenAgain) {
  const Arguments add = arguments({"location", "add", "n", "/x", "--encrypt", "a,b", "--encrypt=c"});
  EXPECT_THAT(add.list("encrypt"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(add.warnings(), IsEmpty());
  EXPECT_THAT(arguments({"location", "add", "n", "/x"}).list("encrypt"), IsEmpty());
}

TEST(Parser, ReadsMapsWithQuotesAndAddsRepeatedOnes) {
  EXPECT_THAT(create({"--labels", R"("k1=a=b,c=d",k2=v2)"}).map("labels"),
              ElementsAre(Pair("k1", "a=b,c=d"), Pair("k2", "v2")));
  EXPECT_THAT(create({"--labels", R"("k=say ""hi""")"}).map("labels"), ElementsAre(Pair("k", "say \"hi\"")));
  EXPECT_THAT(create({"--labels", "a=1,b=2", "--labels", "b=3"}).map("labels"),
              ElementsAre(Pair("a", "1"), Pair("b", "3")));
  EXPECT_THAT(refused({"backup", "create", "n", "--labels", "a"}).message, HasSubstr("KEY=VALUE"));
  EXPECT_THAT(refused({"backup", "create", "n", "--labels", "\"a=b"}).message, HasSubstr("quote"));
  EXPECT_THAT(refused({"backup", "create", "n", "--labels", "a=\"b\""}).message, HasSubstr("quote"));
}

TEST(Parser, ReadsNamespaceMappingsWithColons) {
  const Arguments restore =
      arguments({"restore", "create", "--from-backup", "b", "--namespace-mappings", "one:two,three:four"});
  EXPECT_THAT(restore.map("namespace-mappings"), ElementsAre(Pair("one", "two"), Pair("three", "four")));
}

TEST(Parser, ReadsDurationsAndNumbers) {
  EXPECT_EQ(create({"--ttl", "720h"}).duration("ttl"), hours(720));
  EXPECT_EQ(create({}).duration("csi-snapshot-timeout"), minutes(10));
  EXPECT_EQ(create({"--parallel-files-upload", "4"}).integer("parallel-files-upload"), 4);
  EXPECT_THAT(refused({"backup", "create", "n", "--ttl", "soon"}).message, HasSubstr("--ttl"));
  EXPECT_THAT(refused({"backup", "create", "n", "--parallel-files-upload", "-1"}).message,
              HasSubstr("--parallel-files-upload"));
  EXPECT_THAT(refused({"backup", "create", "n", "--parallel-files-upload", "99999999999999999999"}).message,
              HasSubstr("whole number"));
}

TEST(Parser, NamesTheChoicesOfARefusedOne) {
  EXPECT_THAT(refused({"backup", "get", "-o", "xml"}).message, HasSubstr("table, json, yaml, name"));
}

TEST(Parser, SuggestsTheNearestFlagAndCommand) {
  EXPECT_EQ(refused({"backup", "create", "n", "--include-namespace", "a"}).suggestion, "--include-namespaces");
  EXPECT_EQ(refused({"backup", "craete"}).suggestion, "salvor backup create");
  EXPECT_EQ(refused({"bakcup", "create"}).suggestion, "salvor backup");
  EXPECT_EQ(refused({"backup", "create", "n", "--zzzzzzzz"}).suggestion, "");
}

TEST(Parser, KnowsAliasesOfFlags) {
  EXPECT_EQ(create({"--storage-location", "s3://b"}).text("location"), "s3://b");
  EXPECT_EQ(create({"--kubecontext", "home"}).text("context"), "home");
  EXPECT_TRUE(arguments({"backup", "delete", "n", "--yes"}).flag("confirm"));
}

TEST(Parser, ReadsTheEnvironmentOnlyWhenTheFlagIsAbsent) {
  EXPECT_EQ(create({}).text("location"), "/backups");
  EXPECT_EQ(create({"--location", "/other"}).text("location"), "/other");
  EXPECT_THAT(refused({"backup", "get"}, {{"SALVOR_LOCATION", "/b"}, {"SALVOR_LOG_LEVEL", "loud"}}).message,
              HasSubstr("SALVOR_LOG_LEVEL"));
}

TEST(Parser, AsksForWhatIsMissing) {
  EXPECT_THAT(refused({"backup", "get"}, {}).message, HasSubstr("--location LOC is needed"));
  EXPECT_THAT(refused({"backup", "create"}).message, HasSubstr("NAME is missing"));
  EXPECT_THAT(refused({"restore", "create"}).message, HasSubstr("--from-backup or --from-schedule or --from-file"));
  EXPECT_THAT(refused({"backup", "create", "n", "--ttl"}).message, HasSubstr("--ttl needs a value"));
  EXPECT_THAT(refused({"backup", "logs", "a", "b"}).message, HasSubstr("\"b\""));
  EXPECT_EQ(refused({"completion", "bsah"}).suggestion, "bash");
}

TEST(Parser, ANameMayBeLeftOutWhenAFileOrScheduleGivesIt) {
  EXPECT_EQ(arguments({"backup", "create", "--from-schedule", "daily"}).name(), "");
  EXPECT_EQ(arguments({"backup", "create", "--from-file", "b.yaml"}).name(), "");
}

TEST(Parser, RefusesFlagsThatContradictEachOther) {
  EXPECT_THAT(refused({"backup", "create", "n", "-l", "a=b", "--or-selector", "a=b or c=d"}).message,
              HasSubstr("--selector and --or-selector"));
  EXPECT_THAT(
      refused({"backup", "create", "n", "--include-resources", "pods", "--include-cluster-scoped-resources", "*"})
          .message,
      HasSubstr("--include-resources and --include-cluster-scoped-resources"));
}

TEST(Parser, RefusesWhatItWouldOtherwisePassOver) {
  EXPECT_THAT(refused({"restore", "create", "--from-backup", "b", "--resource-policies-configmap", "p"}).message,
              HasSubstr("--resource-policies-configmap: filter policies are not supported"));
}

TEST(Parser, AsksForHelpWhereverItStands) {
  for (const std::vector<std::string_view>& words : std::vector<std::vector<std::string_view>>{
           {"--help", "backup", "create"}, {"backup", "-h", "create"}, {"backup", "create", "n", "--help"}}) {
    const Parsed result = parsed(words, {});
    ASSERT_TRUE(std::holds_alternative<HelpRequest>(result));
    EXPECT_EQ(path_of(*std::get<HelpRequest>(result).command), "backup create");
  }
  EXPECT_EQ(std::get<HelpRequest>(parsed({"backup"})).group, &kBackupCommands);
  EXPECT_EQ(std::get<HelpRequest>(parsed({})).group, nullptr);
  EXPECT_TRUE(std::holds_alternative<VersionRequest>(parsed({"--version"})));
}

TEST(Parser, MakesHostileWordsVisible) {
  EXPECT_EQ(refused({"\033[2J"}).message, "there is no command \"\\x1b[2J\"");
  EXPECT_EQ(refused({"backup", "get", "--\033]0;x\a"}).message, "unknown flag --\\x1b]0;x\\x07");
}

}  // namespace
}  // namespace salvor::cli
