#include "s3/xml.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/rng.h"

namespace salvor::s3 {
namespace {

TEST(Xml, ReadsElementsTextAndEntities) {
  const auto xml =
      Xml::parse("<?xml version='1.0'?><s3:A xmlns:s3='x'><B>a &amp; &#66;&#x43;</B><C/><B>2</B></s3:A>\n");
  ASSERT_TRUE(xml.ok());
  EXPECT_EQ(xml->root().name(), "A");
  EXPECT_EQ(xml->root().text("B"), "a & BC");
  EXPECT_EQ(xml->root().text("C"), "");
  EXPECT_EQ(xml->root().text("D"), "");
  EXPECT_FALSE(xml->root().child("D").child("E"));
  std::vector<std::string> texts;
  EXPECT_TRUE(xml->root().each("B", [&](XmlElement b) { return (texts.emplace_back(b.text()), Result<>{}); }).ok());
  EXPECT_EQ(texts, (std::vector<std::string>{"a & BC", "2"}));
}

TEST(Xml, ExpandsNoEntitiesOfADocumentType) {
  const auto bomb = Xml::parse("<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;\">]><x>&b;&a;</x>");
  EXPECT_TRUE(!bomb.ok() || bomb->root().text() == "&b;&a;");
  const auto file = Xml::parse("<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><x>&f;</x>");
  EXPECT_TRUE(!file.ok() || file->root().text() == "&f;");
}

TEST(Xml, RefusesWhatIsNotOneDocument) {
  for (const char* text : {"", "text", "<a>", "<a></b>", "<a/><b/>", "<html><br></html>", "{\"a\":1}", "<a b></a>"}) {
    const auto xml = Xml::parse(text);
    ASSERT_FALSE(xml.ok()) << text;
    EXPECT_EQ(xml.error().code(), Code::corrupt) << text;
  }
}

TEST(Xml, RefusesMoreThanAnyAnswerHas) {
  EXPECT_FALSE(Xml::parse("<a>" + std::string(Xml::kMaxBytes, 'x') + "</a>").ok());
  std::string many = "<a>";
  for (std::size_t i = 0; i < 2 * Xml::kMaxElements; ++i) many += "<b/>";
  EXPECT_FALSE(Xml::parse(many + "</a>").ok());
  std::string deep;
  for (std::size_t i = 0; i < Xml::kMaxElements; ++i) deep += "<b>";
  EXPECT_FALSE(Xml::parse(deep).ok());
  std::string closed = deep;
  for (std::size_t i = 0; i < Xml::kMaxElements; ++i) closed += "</b>";
  EXPECT_TRUE(Xml::parse(closed).ok());  // and nothing here recurses
}

TEST(Xml, ReadsBackWhatItEscapes) {
  SeededRng rng(11);
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (std::uint64_t n = rng.below(30); n > 0; --n) text += static_cast<char>(1 + rng.below(126));
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) continue;  // no text at all for a parser
    const std::string written = "<a>" + xml_escape(text) + "</a>";
    const auto xml = Xml::parse(written);
    ASSERT_TRUE(xml.ok()) << written;
    EXPECT_EQ(xml->root().text(), text);
  }
}

}  // namespace
}  // namespace salvor::s3
