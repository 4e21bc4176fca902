#include "etcd/compare.h"

#include <algorithm>
#include <array>

#include "crypto/blake3.h"

namespace salvor::etcd {

namespace {

const std::array<std::byte, crypto::Blake3::kKeyBytes> kNoCompareKey{};

struct State {
  std::string key;
  std::int64_t created = 0, changed = 0;
  std::array<std::byte, 16> digest{};
};

Result<std::vector<State>> states_of(const ComparedState& at, const OfInterest& is_of_interest, std::stop_token stop) {
  std::vector<State> states;
  crypto::Blake3 hash(kNoCompareKey);
  const auto add = [&](const Change& change) -> Result<> {
    State state{std::string(change.kv.key), change.kv.create_revision, change.kv.mod_revision, {}};
    hash.update(as_bytes(change.kv.value)).finish(state.digest);
    states.push_back(std::move(state));
    return {};
  };
  TRY(each_live(*at.snapshot, at.revision, is_of_interest, add, std::move(stop)));
  std::ranges::sort(states, {}, &State::key);
  return states;
}

// An object that was created behind the last change that the older state knows was deleted in between.
Difference::What change_of(const State& before, const State& after) {
  return after.created > before.changed ? Difference::What::recreated : Difference::What::changed;
}

}  // namespace

std::string_view to_string(Difference::What what) {
  switch (what) {
    case Difference::What::added: return "added";
    case Difference::What::removed: return "removed";
    case Difference::What::changed: return "changed";
    case Difference::What::recreated: return "recreated";
  }
  return "changed";
}

Result<std::vector<Difference>> compare(const ComparedState& before, const ComparedState& after,
                                        const OfInterest& is_of_interest, std::stop_token stop) {
  const auto old_states = TRY(states_of(before, is_of_interest, stop).context("the first snapshot"));
  const auto new_states = TRY(states_of(after, is_of_interest, std::move(stop)).context("the second snapshot"));
  std::vector<Difference> all;
  auto was = old_states.begin();
  auto is = new_states.begin();
  while (was != old_states.end() || is != new_states.end()) {
    if (is == new_states.end() || (was != old_states.end() && was->key < is->key)) {
      all.push_back({Difference::What::removed, was->key, was->changed, 0});
      ++was;
    } else if (was == old_states.end() || is->key < was->key) {
      all.push_back({Difference::What::added, is->key, 0, is->changed});
      ++is;
    } else {
      if (was->digest != is->digest) all.push_back({change_of(*was, *is), is->key, was->changed, is->changed});
      ++was;
      ++is;
    }
  }
  return all;
}

}  // namespace salvor::etcd
