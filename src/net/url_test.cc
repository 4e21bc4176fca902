#include "net/url.h"

#include <gtest/gtest.h>

namespace salvor::net {
namespace {

TEST(Url, TakesAnAddressApart) {
  const Url url = parse_url("HTTPS://ann:p%40ss@Example.COM:6443/a/b?x=1&y=2").value();
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.user, "ann");
  EXPECT_EQ(url.password, "p@ss");
  EXPECT_EQ(url.host, "example.com");
  EXPECT_EQ(url.port, 6443);
  EXPECT_EQ(url.path, "/a/b");
  EXPECT_EQ(url.query, "x=1&y=2");
  EXPECT_EQ(url.origin(), "https://example.com:6443");
}

TEST(Url, KnowsTheSchemesOwnPort) {
  EXPECT_EQ(parse_url("https://a").value().host_and_port(), "a:443");
  EXPECT_EQ(parse_url("http://a/").value().authority(), "a");
  EXPECT_EQ(parse_url("socks5h://a").value().port, 1080);
}

TEST(Url, KeepsBracketsOutOfAnIPv6Host) {
  const Url url = parse_url("https://[FE80::1]:8443/x").value();
  EXPECT_EQ(url.host, "fe80::1");
  EXPECT_EQ(url.host_and_port(), "[fe80::1]:8443");
  EXPECT_EQ(parse_url("https://[::1]").value().authority(), "[::1]");
}

class RefusedUrl : public testing::TestWithParam<std::string> {};

TEST_P(RefusedUrl, IsInvalidAndNotRepeatedInTheMessage) {
  const auto url = parse_url(GetParam());
  ASSERT_FALSE(url.ok());
  EXPECT_EQ(url.error().code(), Code::invalid);
  EXPECT_EQ(to_string(url.error()).find("hunter2"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Each, RefusedUrl,
                         testing::Values("", "example.com", "https://", "https:///x", "ftp://a", "https://a b",
                                         "https://a\r\nX: y", "https://a#f", "https://a:0", "https://a:65536",
                                         "https://a:x", "https://[::1", "https://[::1]x", "https://[name]",
                                         "https://u:hunter2@", "https://u:hunter2@a:port", "https://%zz@a",
                                         "https://a\"b", "socksx://a"));

TEST(PercentEncoding, LeavesOnlyUnreservedCharactersAsTheyAre) {
  EXPECT_EQ(percent_encode("aZ09-._~ /?%\xC3\xA4"), "aZ09-._~%20%2F%3F%25%C3%A4");
  EXPECT_EQ(percent_encode("a/b c", "/"), "a/b%20c");
}

TEST(PercentEncoding, IsUndoneExactly) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encode(every)).value(), every);
}

TEST(PercentEncoding, RefusesAStrayPercentSign) {
  for (const char* text : {"%", "%4", "a%", "%g1", "%1g"}) EXPECT_FALSE(percent_decode(text).ok()) << text;
}

}  // namespace
}  // namespace salvor::net
