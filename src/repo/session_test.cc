#include "repo/session.h"

#include <gtest/gtest.h>

#include "repo/blob_id.h"

namespace salvor::repo {
namespace {

const Time kStart(std::chrono::nanoseconds(1'795'346'982'522'194'880));

// json.Marshal of stock's content.SessionInfo.
const std::string kGolden = R"({"id":"s0011223344556677147","startTime":"2026-11-22T11:29:42.52219488Z",)"
                            R"("checkpointTime":"2026-11-22T11:29:43Z","username":"default","hostname":"default"})";
const std::string kOdd =
    R"({"id":"s0011223344556677147","startTime":"2026-11-22T13:29:42.52219488+02:00",)"
    R"("checkpointTime":"2026-11-22T13:29:43.52219488+02:00","username":"ro\u003cot","hostname":"n\ufffdode"})";

TEST(SessionMarker, IsWrittenAndReadAsStockDoes) {
  const SessionMarker marker{.id = "s0011223344556677147",
                             .start = kStart,
                             .checkpoint = Time(std::chrono::seconds(1'795'346'983)),
                             .user = "default",
                             .host = "default"};
  EXPECT_EQ(encode(marker), kGolden);
  EXPECT_EQ(parse_session_marker(kGolden).value(), marker);
}

TEST(SessionMarker, OfAClientInAnotherTimeZoneIsTheSameTime) {
  const auto marker = parse_session_marker(kOdd);
  ASSERT_TRUE(marker.ok());
  EXPECT_EQ(marker->start, kStart);
  EXPECT_EQ(marker->user, "ro<ot");
  EXPECT_EQ(marker->host, "n\xef\xbf\xbdode");
}

TEST(SessionMarker, ThatIsCutOrOfAnotherShapeIsCorrupt) {
  for (std::size_t size = 0; size < kGolden.size(); ++size) {
    const auto marker = parse_session_marker(std::string_view(kGolden).substr(0, size));
    ASSERT_FALSE(marker.ok()) << size;
    EXPECT_EQ(marker.error().code(), Code::corrupt);
  }
  EXPECT_FALSE(parse_session_marker("[]").ok());
  EXPECT_FALSE(parse_session_marker(R"({"id":1})").ok());
  EXPECT_FALSE(parse_session_marker(R"({"startTime":"yesterday"})").ok());
}

TEST(SessionId, HasTheMonthOfStock) {
  SeededRng rng(1);
  // Seconds and months as stock's generateSessionID counts them.
  for (const auto& [seconds, month] : {std::pair(946'684'800, "0"), std::pair(1'795'305'600, "147"),
                                       std::pair(1'796'068'800, "147"), std::pair(0, "0")}) {
    const std::string id = new_session_id(rng, Time(std::chrono::seconds(seconds)));
    EXPECT_EQ(id.size(), 17 + std::string(month).size());
    EXPECT_EQ(id.substr(17), month);
    EXPECT_TRUE(parse_blob_id("p00112233445566778899aabbccddeeff-" + id).has_value()) << id;
  }
  EXPECT_NE(new_session_id(rng, kStart), new_session_id(rng, kStart));
}

}  // namespace
}  // namespace salvor::repo
