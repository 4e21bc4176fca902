// Following a collection: a list, then its changes from the list's resourceVersion on, with bookmarks so that a quiet
// watch does not grow too old. When the position is too old all the same (410), everything is listed again and the
// sink is told so first. A watch that merely ends is taken up where it stopped.

#include <nlohmann/json.hpp>

#include "codec/json_access.h"
#include "kube/call.h"

namespace salvor::kube {

namespace {

using EventSink = std::function<Result<>(const WatchEvent&)>;

// Cuts the stream into lines, each one event.
class EventReader {
 public:
  EventReader(const EventSink& sink, std::string& resource_version)
      : sink_(sink), resource_version_(resource_version) {}

  Result<> feed(std::string_view piece) {
    line_.append(piece);
    std::size_t start = 0;
    for (std::size_t end; (end = line_.find('\n', start)) != std::string::npos; start = end + 1) {
      TRY(take(std::string_view(line_).substr(start, end - start)));
    }
    line_.erase(0, start);
    if (line_.size() > kMaxEventBytes) return Error(Code::invalid, "a watch event is larger than 64 MiB");
    return {};
  }
  bool sink_failed() const { return sink_failed_; }

 private:
  static constexpr std::size_t kMaxEventBytes = 64 << 20;

  Result<> take(std::string_view line) {
    if (line.empty()) return {};
    const Json event = TRY(codec::parse_json(line));
    const std::string type = codec::text_member(event, "type");
    const Json* object = codec::member(event, "object");
    if (!object || !object->is_object()) return Error(Code::invalid, "a watch event without object");
    if (type == "ERROR") {
      const bool gone = codec::integer_member(*object, "code", 0) == 410;
      return Error(gone ? Code::expired : Code::unavailable, codec::text_member(*object, "message"));
    }
    if (std::string seen = codec::text_at(*object, {"metadata", "resourceVersion"}); !seen.empty()) {
      resource_version_ = std::move(seen);
    }
    Result<> taken = sink_({type_of(type), codec::dump_json(*object)});
    sink_failed_ = !taken.ok();
    return taken;
  }

  static WatchEventType type_of(const std::string& type) {
    if (type == "ADDED") return WatchEventType::added;
    if (type == "MODIFIED") return WatchEventType::modified;
    if (type == "DELETED") return WatchEventType::deleted;
    return WatchEventType::bookmark;
  }

  const EventSink& sink_;
  std::string& resource_version_;
  std::string line_;
  bool sink_failed_ = false;
};

std::string watch_path(const Resource& resource, const ListOptions& options, const std::string& resource_version) {
  std::string path = path_of(resource, options.ns, {}) +
                     "?watch=1&allowWatchBookmarks=true&resourceVersion=" + percent_encode(resource_version);
  if (!options.label_selector.empty()) path += "&labelSelector=" + percent_encode(options.label_selector);
  if (!options.field_selector.empty()) path += "&fieldSelector=" + percent_encode(options.field_selector);
  return path;
}

// A bookmark arrives about once a minute; two missed ones mean a dead connection.
constexpr std::chrono::milliseconds kWatchIdle{150'000};
// Between two connections, so that a server that ends every watch at once is not hammered.
constexpr std::chrono::milliseconds kPause{200};

}  // namespace

Result<> Client::watch(const Resource& resource, const ListOptions& options, const EventSink& sink,
                       std::stop_token stop) {
  std::string resource_version;
  for (bool first = true;; first = false) {
    if (!first) TRY(sink({WatchEventType::relisted, {}}));
    const ListEnd listed =
        TRY(list(resource, options, [&](std::string_view item) { return sink({WatchEventType::added, item}); }, stop));
    resource_version = listed.resource_version;
    for (bool expired = false; !expired;) {
      EventReader reader(sink, resource_version);
      const Call call{.what = "watch " + resource.group_resource(),
                      .path = watch_path(resource, options, resource_version),
                      .idle_timeout = kWatchIdle};
      auto ended = send(call, [&](std::string_view piece) { return reader.feed(piece); }, stop);
      if (stop.stop_requested()) return Error(Code::cancelled, call.what + ": stopped");
      if (!ended.ok()) {
        if (reader.sink_failed()) return std::move(ended).error();
        expired = ended.error().code() == Code::expired;
        if (!expired && !is_retryable(ended.error().code())) return std::move(ended).error();
      }
      clock_.wait(kPause, stop);
    }
  }
}

}  // namespace salvor::kube
