#include "config/secret_reference.h"

#include <gmock/gmock.h>

#include "os/file.h"
#include "os/process.h"
#include "os/temporary_directory.h"

namespace salvor::config {
namespace {

using testing::HasSubstr;
using testing::Not;

SecretSources sources() {
  return {os::environment_of({{"KEY", "sesame"}, {"EMPTY", ""}, {"TWO", "a\nb"}, {"HOME", "/home/of/me"}}),
          os::inherited_environment(), std::chrono::milliseconds(20'000)};
}

SecretReference reference(std::string_view text) { return SecretReference::parse(text).value(); }

// The secret, or its error.
std::string resolved(std::string_view text, const SecretSources& from = sources()) {
  const auto secret = resolve(reference(text), from, {});
  return secret.ok() ? std::string(secret->reveal()) : "error: " + to_string(secret.error());
}

TEST(SecretReference, TextThatIsNoReferenceIsRefusedAndNotRepeated) {
  for (const char* wrong :
       {"", "wJalrXUtnFEMI", "file:", "env:", "command:", "inline:", "http://x", "FILE:/x", "file:relative", "env:1A",
        "env:A B", "env:sesame!", "command:'open", "command:  ", "command:a\nb", "file:/a\x01"}) {
    const auto refused = SecretReference::parse(wrong);
    ASSERT_FALSE(refused.ok()) << wrong;
    EXPECT_EQ(refused.error().code(), Code::invalid);
    if (std::string_view(wrong).size() > 9) {
      EXPECT_THAT(to_string(refused.error()), Not(HasSubstr(std::string(wrong).substr(5))));
    }
  }
}

TEST(SecretReference, IsShownWithoutWhatMayBeSecret) {
  EXPECT_EQ(reference("file:/run/x").show(), "file:/run/x");
  EXPECT_EQ(reference("env:KEY").show(), "env:KEY");
  EXPECT_EQ(reference("command:vault read -token=sesame x").show(), "command:vault ...");
  EXPECT_EQ(reference("inline:sesame").show(), "inline");
}

TEST(SecretReference, IsWrittenAsItWasRead) {
  for (const char* text : {"file:~/x", "env:KEY", "command:pass  show 'a b'", "inline:se:same"}) {
    EXPECT_EQ(reference(text).text().reveal(), text);
    EXPECT_EQ(reference(text), reference(text));
  }
  EXPECT_FALSE(reference("inline:a") == reference("inline:b"));
}

TEST(SecretReference, CommandsAreSplitLikeAShellWould) {
  EXPECT_THAT(reference(R"(command:pass show "a b" 'c "d"' e\ f "g\"h" '')").words(),
              testing::ElementsAre("pass", "show", "a b", "c \"d\"", "e f", "g\"h", ""));
}

TEST(Resolve, FindsTheSecretWithoutItsLineEnd) {
  const auto ground = os::TemporaryDirectory::make().value();
  ASSERT_TRUE(os::write_file_durable(ground.path() + "/s", as_bytes("sesame\r\n")).ok());
  EXPECT_EQ(resolved("file:" + ground.path() + "/s"), "sesame");
  EXPECT_EQ(resolved("env:KEY"), "sesame");
  EXPECT_EQ(resolved("inline:sesame"), "sesame");
  EXPECT_EQ(resolved("command:printf '%s\\n' 'sesame street'"), "sesame street");
  SecretSources at_home = sources();
  at_home.environment = os::environment_of({{"HOME", ground.path()}});
  EXPECT_EQ(resolved("file:~/s", at_home), "sesame");
}

TEST(Resolve, RefusesWhatIsNoSecret) {
  const auto ground = os::TemporaryDirectory::make().value();
  ASSERT_TRUE(os::write_file_durable(ground.path() + "/two", as_bytes("sesame\nuser: me\n")).ok());
  EXPECT_THAT(resolved("file:" + ground.path() + "/two"),
              testing::AllOf(HasSubstr("one line"), Not(HasSubstr("sesame"))));
  EXPECT_THAT(resolved("env:EMPTY"), HasSubstr("empty"));
  EXPECT_THAT(resolved("env:TWO"), HasSubstr("one line"));
  EXPECT_THAT(resolved("env:ABSENT"), HasSubstr("ABSENT"));
  EXPECT_THAT(resolved("file:/nonexistent/secret"), HasSubstr("/nonexistent/secret"));
  EXPECT_THAT(resolved("command:true"), HasSubstr("empty"));
  EXPECT_THAT(resolved("command:head -c 100000 /dev/zero"), HasSubstr("too much"));
}

TEST(Resolve, NothingThatACommandSaidIsInAnError) {
  for (const char* command : {"command:sh -c 'echo sesame; echo sesame >&2; exit 3'",
                              "command:sh -c 'printf sesame; printf sesame >&2; kill -9 $$'",
                              "command:sh -c 'printf \"sesame\\nmore\"'", "command:/nonexistent/program sesame"}) {
    const std::string said = resolved(command);
    EXPECT_THAT(said, HasSubstr("error: ")) << command;
    EXPECT_THAT(said, Not(HasSubstr("sesame"))) << command;
  }
  EXPECT_THAT(resolved("command:sh -c 'exit 3'"), HasSubstr("exit status 3"));
}

TEST(Resolve, WaitsForACommandOnlySoLong) {
  SecretSources impatient = sources();
  impatient.command_timeout = std::chrono::milliseconds(50);
  const auto late = resolve(reference("command:sleep 600"), impatient, {});
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code(), Code::deadline);
}

TEST(ExpandHome, NeedsAHome) {
  EXPECT_EQ(expand_home("~/x", os::environment_of({{"HOME", "/h"}})).value(), "/h/x");
  EXPECT_EQ(expand_home("/x~/", {}).value(), "/x~/");
  EXPECT_FALSE(expand_home("~/x", os::environment_of({})).ok());
}

}  // namespace
}  // namespace salvor::config
