// Any text as the name of a blob: what is a name is printed as the same text, and as one of an epoch it is read with
// others into a view that holds no blob twice and plans to delete nothing that it needs.
#include <algorithm>
#include <set>

#include "input.h"
#include "repo/epoch_plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  const std::string_view text = input_text(data, size);
  std::vector<repo::BlobMetadata> blobs;
  std::set<std::string_view> seen;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view id = text.substr(start, end - start);
    if (const auto name = repo::parse_blob_id(id)) PROMISE(repo::encode(*name) == id);
    (void)repo::blob_iv(id).ok();
    PROMISE(id.find(repo::session_of(id)) != std::string_view::npos);
    // Times as odd as the names.
    const auto time = static_cast<std::int64_t>(std::hash<std::string_view>()(id));
    if (seen.insert(id).second) blobs.push_back({std::string(id), id.size(), Time(Duration(time))});
    start = end + 1;
  }
  std::ranges::sort(blobs, {}, &repo::BlobMetadata::id);
  const repo::EpochParameters parameters = repo::default_epoch_parameters();
  const repo::EpochState state = repo::read_epochs(blobs, Time{}, parameters);
  std::set<std::string> view;
  for (const auto& blob : state.current_indexes()) PROMISE(view.insert(blob.id).second);
  for (const auto& blob : repo::superseded_indexes(state, parameters)) PROMISE(!view.contains(blob.id));
  for (const auto& blob : repo::superseded_markers(state, parameters)) PROMISE(!view.contains(blob.id));
  (void)repo::should_advance(state, parameters);
  (void)repo::next_compaction(state);
  (void)repo::next_range(state, parameters);
  return 0;
}
