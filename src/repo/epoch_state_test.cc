#include "repo/epoch_state.h"

#include <gmock/gmock.h>

namespace salvor::repo {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kHash = "00112233445566778899aabbccddeeff";

std::string index(Epoch epoch, const std::string& session = "s0123456789abcdef147") {
  return "xn" + std::to_string(epoch) + "_" + kHash + "-" + session + "-c1";
}
std::string compaction(Epoch epoch) { return "xs" + std::to_string(epoch) + "_" + kHash + "-s0123456789abcdef-c1"; }
std::string range(Epoch first, Epoch last) {
  return "xr" + std::to_string(first) + "_" + std::to_string(last) + "_" + kHash + "-s0123456789abcdef-c1";
}
std::string marker(Epoch epoch) { return "xe" + std::to_string(epoch); }

EpochState state_of(const std::vector<std::string>& ids) {
  std::vector<BlobMetadata> blobs;
  for (const std::string& id : ids) blobs.push_back({id, 1, Time(1h)});
  return read_epochs(blobs, Time(100h), default_epoch_parameters());
}

std::vector<std::string> view(const std::vector<std::string>& ids) {
  std::vector<std::string> found;
  for (const BlobMetadata& blob : state_of(ids).current_indexes()) found.push_back(blob.id);
  return found;
}

TEST(Epochs, OfAnEmptyRepositoryBeginWithZero) {
  const EpochState state = state_of({});
  EXPECT_EQ(state.write_epoch, 0);
  EXPECT_FALSE(state.watermark.has_value());
  EXPECT_THAT(state.current_indexes(), IsEmpty());
  EXPECT_FALSE(state.is_settled(0));
}

TEST(Epochs, AreSettledWhenTheirSecondNextHasBegun) {
  const EpochState state = state_of({marker(5)});
  EXPECT_TRUE(state.is_settled(3));
  EXPECT_FALSE(state.is_settled(4));
}

TEST(Epochs, ThatAreNotSettledAreReadAsTheyWereWritten) {
  EXPECT_THAT(view({marker(5), index(3), index(4), index(5), index(6), index(7), compaction(3), compaction(4)}),
              ElementsAre(compaction(3), index(4), index(5), index(6)));
}

TEST(Epochs, OfARangeAreReadFromIt) {
  EXPECT_THAT(view({marker(9), index(0), index(4), index(5), index(9), range(0, 3), compaction(2), compaction(5)}),
              ElementsAre(range(0, 3), index(4), compaction(5), index(9)));
}

TEST(Epochs, AreReadFromTheChainThatReachesFurthest) {
  EXPECT_THAT(view({marker(20), range(0, 3), range(0, 5), range(4, 9), range(6, 8), range(11, 15)}),
              ElementsAre(range(0, 3), range(4, 9)));
  EXPECT_THAT(view({marker(20), range(0, 9), range(0, 3), range(4, 9)}), ElementsAre(range(0, 9)));
  EXPECT_THAT(view({marker(20), range(1, 9)}), IsEmpty());
}

TEST(Epochs, OfARangeOfOneEpochInAChainAreReadFromIt) {
  // Stock never writes one. It would step over it, and over the epoch.
  EXPECT_THAT(view({marker(20), range(0, 3), range(4, 4), range(5, 9)}),
              ElementsAre(range(0, 3), range(4, 4), range(5, 9)));
  EXPECT_THAT(view({marker(20), index(0), range(0, 0)}), ElementsAre(index(0)));
}

TEST(Epochs, ThatCouldStillBeWrittenToAreReadAlsoWhereARangeClaimsThem) {
  EXPECT_THAT(view({marker(5), index(3), index(4), index(5), range(0, 99)}),
              ElementsAre(range(0, 99), index(4), index(5)));
}

TEST(Epochs, OfRangesThatLeadBackAreNoEndlessChain) {
  EXPECT_THAT(view({marker(20), "xr0_-1_" + kHash, "xr5_4_" + kHash, "xr0_4_" + kHash}), ElementsAre("xr0_4_" + kHash));
  std::vector<std::string> ids = {marker(200'000)};
  for (Epoch epoch = 0; epoch < 100'000; epoch += 2) ids.push_back(range(epoch, epoch + 1));
  EXPECT_EQ(view(ids).size(), 50'000u);
}

TEST(Epochs, OfAbsurdNumbersDoNoHarm) {
  const std::string most = "9223372036854775807", much = "4611686018427387904";
  EXPECT_EQ(state_of({"xe" + most}).write_epoch, 0);
  EXPECT_EQ(state_of({"xe" + much}).write_epoch, Epoch{1} << 62);
  EXPECT_THAT(view({"xe" + much, "xn" + most + "_1", "xr0_" + most + "_1", "xs" + most + "_1", index(7)}),
              ElementsAre(index(7)));
  EXPECT_THAT(view({"xe" + much, "xr0_" + much + "_1"}), ElementsAre("xr0_" + much + "_1"));
}

TEST(Epochs, AreToldByNamesAsStockReadsThem) {
  EXPECT_EQ(state_of({"xejunk7"}).write_epoch, 7);
  EXPECT_EQ(state_of({"xe-3"}).write_epoch, 3);
  EXPECT_EQ(state_of({"xe007"}).write_epoch, 7);
  EXPECT_EQ(state_of({"xe7x"}).write_epoch, 0);
  EXPECT_EQ(state_of({"xe7_x"}).write_epoch, 7);
  EXPECT_THAT(view({"xn00_1", "xnx0_1", "xn0", "xn0_"}), ElementsAre("xn0_"));
}

TEST(Epochs, HaveTheLatestWatermark) {
  EXPECT_EQ(state_of({"xw1790000000", "xw200", "xwx"}).watermark->time_since_epoch(), 1'790'000'000s);
  EXPECT_EQ(state_of({"xw1790000000", "xw200", "xwx"}).watermarks.size(), 3u);
}

TEST(Epochs, AreAViewForAsLongAsClientsMayRelyOnOne) {
  const EpochState state = state_of({});
  EXPECT_TRUE(state.is_valid(Time(100h)));
  EXPECT_TRUE(state.is_valid(Time(100h + 20min - 1ns)));
  EXPECT_FALSE(state.is_valid(Time(100h + 20min)));
  EXPECT_TRUE(state.is_valid(Time(100h + 5min - 1ns), 15min));
  EXPECT_FALSE(state.is_valid(Time(100h + 5min), 15min));
  EXPECT_EQ(read_epochs({}, Time::max(), default_epoch_parameters()).valid_until, Time::max());
}

}  // namespace
}  // namespace salvor::repo
