#include "config/file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "config/edit.h"
#include "os/file.h"
#include "os/temporary_directory.h"

namespace salvor::config {
namespace {

using testing::HasSubstr;

struct ConfigFile : testing::Test {
  ConfigFile() : where{ground.path() + "/deep/down/config.yaml"} {}

  Result<> add(const std::string& name, Clock& clock) {
    return update_config(
        where, [&](std::string_view text, const Config&) { return with_location(text, name, {{"url", "/" + name}}); },
        clock, {});
  }
  void write(std::string_view text, unsigned mode = 0600) {
    std::filesystem::create_directories(std::filesystem::path(where.path).parent_path());
    ASSERT_TRUE(os::write_file_durable(where.path, as_bytes(text), mode).ok());
    ASSERT_EQ(::chmod(where.path.c_str(), mode), 0);
  }
  unsigned mode_of(const std::string& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
  }

  os::TemporaryDirectory ground = os::TemporaryDirectory::make().value();
  ConfigPath where;
  SystemClock clock;
};

TEST(ConfigPlace, IsTheVariableThenXdgThenHome) {
  const auto path = [](std::map<std::string, std::string> variables) {
    return config_path(os::environment_of(std::move(variables)));
  };
  EXPECT_EQ(path({{"SALVOR_CONFIG", "x.yaml"}, {"HOME", "/h"}}).path, "x.yaml");
  EXPECT_TRUE(path({{"SALVOR_CONFIG", "x.yaml"}}).chosen);
  EXPECT_EQ(path({{"XDG_CONFIG_HOME", "/x"}, {"HOME", "/h"}}).path, "/x/salvor/config.yaml");
  EXPECT_EQ(path({{"XDG_CONFIG_HOME", "relative"}, {"HOME", "/h"}}).path, "/h/.config/salvor/config.yaml");
  EXPECT_EQ(path({}).path, "");
}

TEST_F(ConfigFile, ThatIsAbsentIsEmptyUnlessItWasChosen) {
  EXPECT_TRUE(load_config(where).value().locations.empty());
  EXPECT_TRUE(load_config({}).value().locations.empty());
  where.chosen = true;
  EXPECT_THAT(to_string(load_config(where).error()), HasSubstr("SALVOR_CONFIG"));
  EXPECT_TRUE(add("nas", clock).ok()) << "adding makes the file that was chosen";
}

TEST_F(ConfigFile, IsMadeForItsOwnerOnly) {
  ASSERT_TRUE(add("nas", clock).ok());
  EXPECT_EQ(load_config(where).value().locations.at("nas").url, "/nas");
  EXPECT_EQ(mode_of(where.path), 0600u);
  EXPECT_EQ(mode_of(ground.path() + "/deep/down"), 0700u);
}

TEST_F(ConfigFile, ThatIsOpenBecomesPrivateWhenItIsChanged) {
  write("# hi\n", 0644);
  ASSERT_TRUE(add("nas", clock).ok());
  EXPECT_EQ(mode_of(where.path), 0600u);
}

TEST_F(ConfigFile, BehindASymbolicLinkIsChangedWhereItIs) {
  write("# hi\n");
  const std::string link = ground.path() + "/link.yaml";
  std::filesystem::create_symlink(where.path, link);
  const ConfigPath real = where;
  where.path = link;
  ASSERT_TRUE(add("nas", clock).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(load_config(real).value().locations.size(), 1u);
}

TEST_F(ConfigFile, WithAnInlineSecretMustBePrivate) {
  const std::string text =
      "locations:\n  x:\n    url: s3://bucket\n    s3:\n      accessKeyId: env:A\n      secretAccessKey: "
      "inline:sesame\n";
  write(text, 0640);
  const auto refused = load_config(where);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(to_string(refused.error()), testing::AllOf(HasSubstr("chmod 600"), testing::Not(HasSubstr("sesame"))));
  write(text, 0600);
  EXPECT_TRUE(load_config(where).ok());
}

TEST_F(ConfigFile, ThatIsBrokenIsNotChanged) {
  write("locations: [\n");
  EXPECT_FALSE(add("nas", clock).ok());
  EXPECT_EQ(os::read_file(where.path, 100).value(), "locations: [\n");
}

TEST_F(ConfigFile, ThatAnEditWouldBreakIsNotChanged) {
  const auto edit = [](std::string_view, const Config&) -> Result<std::string> { return std::string("nonsense: 1\n"); };
  EXPECT_FALSE(update_config(where, edit, clock, {}).ok());
  EXPECT_FALSE(std::filesystem::exists(where.path));
}

TEST_F(ConfigFile, ChangedByAnEditorMeanwhileIsNotOverwritten) {
  write("# hi\n");
  const auto edit = [&](std::string_view text, const Config&) -> Result<std::string> {
    write("# an editor was here\n");
    return with_location(text, "nas", {{"url", "/nas"}});
  };
  EXPECT_EQ(update_config(where, edit, clock, {}).error().code(), Code::conflict);
  EXPECT_EQ(os::read_file(where.path, 100).value(), "# an editor was here\n");
}

TEST_F(ConfigFile, KeepsEveryOneOfManyChangesMadeAtOnce) {
  {
    std::vector<std::jthread> writers;
    for (int thread = 0; thread < 4; ++thread) {
      writers.emplace_back([this, thread] {
        for (int i = 0; i < 5; ++i) {
          EXPECT_TRUE(add("l" + std::to_string(thread) + "-" + std::to_string(i), clock).ok());
        }
      });
    }
  }
  EXPECT_EQ(load_config(where).value().locations.size(), 20u);
}

}  // namespace
}  // namespace salvor::config
