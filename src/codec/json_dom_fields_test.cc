#include "codec/json_dom_fields.h"

#include <gtest/gtest.h>

namespace salvor::codec {
namespace {

struct Values {
  std::string text = "before";
  bool yes = false;
  std::int64_t integer = 1;
  std::uint64_t size = 1;
  std::uint32_t number = 1;
  Time time{};
  std::vector<std::string> list;
};

Result<Values> read(std::string_view json) {
  JsonDom dom;
  Values values;
  TRY(each_field(json, dom, [&](std::string_view key, const Element& value) -> Result<> {
    if (key == "text") return take(key, value, values.text);
    if (key == "yes") return take(key, value, values.yes);
    if (key == "integer") return take(key, value, values.integer);
    if (key == "size") return take(key, value, values.size);
    if (key == "number") return take(key, value, values.number);
    if (key == "time") return take(key, value, values.time);
    if (key != "list") return {};
    return each_item(key, value, [&](const Element& item) { return take(key, item, values.list.emplace_back()); });
  }));
  return values;
}

std::string fault(std::string_view json) {
  const auto values = read(json);
  return values.ok() ? "" : std::string(to_string(values.error().code())) + ": " + values.error().message();
}

TEST(JsonDomFields, AreReadByTheirType) {
  const auto values = read(R"({"text":"\u00e9","yes":true,"integer":-5,"size":9223372036854775807,"number":4294967295,)"
                           R"("time":"2026-11-22T13:29:42.52219488Z","list":["a","b"]})");
  ASSERT_TRUE(values.ok()) << to_string(values.error());
  EXPECT_EQ(values->text, "é");
  EXPECT_TRUE(values->yes);
  EXPECT_EQ(values->integer, -5);
  EXPECT_EQ(values->size, static_cast<std::uint64_t>(INT64_MAX));
  EXPECT_EQ(values->number, UINT32_MAX);
  EXPECT_EQ(format_rfc3339_nano(values->time), "2026-11-22T13:29:42.52219488Z");
  EXPECT_EQ(values->list, (std::vector<std::string>{"a", "b"}));
}

TEST(JsonDomFields, StayAsTheyAreWhereNothingIsWritten) {
  for (const char* json :
       {"{}", R"({"text":null,"yes":null,"integer":null,"size":null,"time":null,"list":null,"x":[]})"}) {
    const auto values = read(json);
    ASSERT_TRUE(values.ok());
    EXPECT_EQ(values->text, "before");
    EXPECT_EQ(values->integer, 1);
  }
  EXPECT_EQ(read(R"({"text":"a","text":"b"})")->text, "b");
}

TEST(JsonDomFields, OfAnotherTypeAreCorrupt) {
  EXPECT_EQ(fault(R"({"text":1})"), "corrupt: \"text\" is not a text");
  EXPECT_EQ(fault(R"({"yes":"true"})"), "corrupt: \"yes\" is not true or false");
  EXPECT_EQ(fault(R"({"integer":1.0})"), "corrupt: \"integer\" is not an integer of 64 bits");
  EXPECT_EQ(fault(R"({"integer":9223372036854775808})"), "corrupt: \"integer\" is not an integer of 64 bits");
  EXPECT_EQ(fault(R"({"size":-1})"), "corrupt: \"size\" is not a size or a count");
  EXPECT_EQ(fault(R"({"size":9223372036854775808})"), "corrupt: \"size\" is not a size or a count");
  EXPECT_EQ(fault(R"({"number":4294967296})"), "corrupt: \"number\" is not a number of 32 bits");
  EXPECT_EQ(fault(R"({"time":"2026-13-22T13:29:42Z"})"), "corrupt: \"time\" is not a time");
  EXPECT_EQ(fault(R"({"list":{}})"), "corrupt: \"list\" is not a list");
  EXPECT_EQ(fault(R"({"list":[1]})"), "corrupt: \"list\" is not a text");
  EXPECT_EQ(fault("[]"), "corrupt: a value is not an object");
  EXPECT_EQ(fault("{").substr(0, 17), "corrupt: not JSON");
  EXPECT_EQ(fault(R"({"x":99999999999999999999})").substr(0, 17), "corrupt: not JSON");
}

}  // namespace
}  // namespace salvor::codec
