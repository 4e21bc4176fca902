// Reading a whole collection, page by page, each item handed on while it arrives.
//
// All pages come from one snapshot: the continue token of a page carries its resourceVersion. Two things can go wrong:
//   - The token expires (410). The refusal brings a token that goes on at the same key in a newer state; objects that
//     did not change in between are still seen exactly once. ListEnd says that there was more than one snapshot.
//   - The connection breaks inside a page. The page is asked for again at the same resourceVersion and the items that
//     were already handed on are passed over; a snapshot has one order, so nothing is lost or doubled.
//
// The page size decides the speed, because each page costs the server what still remains: 900,000 Secrets of 1 KB take
// 27 s at limit=10000 and 13 s at limit=50000. The first page is short and tells how large the objects are; the others
// hold what 64 MiB hold, because a server before 1.33 builds a page in memory.
//
// The continue token stands before the items, so the next page is fetched (kube/page_ahead.h) while this one is read.
//
// Built-in kinds are asked for as protobuf where it says all that JSON does; it costs the server half as much. A newer
// server may send what this program does not know; the rest of the list is then read as JSON.

#include <algorithm>
#include <optional>

#include "kube/call.h"
#include "kube/list_reader.h"
#include "kube/page_ahead.h"
#include "kube/status.h"

namespace salvor::kube {

namespace {

constexpr std::uint32_t kFirstPage = 500;
constexpr std::uint64_t kSmallestPage = 16, kLargestPage = 50'000;
constexpr std::uint64_t kPageBytes = 64 << 20;
constexpr std::uint64_t kMostGrowth = 400;  // times the objects seen so far, which may not be like those that follow
constexpr int kMaxFailedPages = 5;          // in a row
constexpr std::uint64_t kItemsBeforeLookingAhead = 64;
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kProtobufOrJson = "application/vnd.kubernetes.protobuf,application/json";

// Where the reading stands between two requests.
struct Position {
  std::string continue_token;
  std::string exact_version;    // ask for this snapshot again after the first page broke
  std::uint64_t pass_over = 0;  // items of the page that were already handed on

  bool operator==(const Position&) const = default;
};

std::string page_path(const std::string& collection, const ListOptions& options, const Position& at,
                      std::uint32_t limit) {
  std::string path = collection + "?limit=" + std::to_string(limit);
  if (!options.label_selector.empty()) path += "&labelSelector=" + percent_encode(options.label_selector);
  if (!options.field_selector.empty()) path += "&fieldSelector=" + percent_encode(options.field_selector);
  if (!at.continue_token.empty()) {
    path += "&continue=" + percent_encode(at.continue_token);
  } else if (!at.exact_version.empty()) {
    path += "&resourceVersion=" + at.exact_version + "&resourceVersionMatch=Exact";
  }
  return path;
}

std::uint32_t next_limit(const ListEnd& so_far) {
  if (so_far.items == 0) return kFirstPage;
  const std::uint64_t average = std::max<std::uint64_t>(so_far.bytes / so_far.items, 1);
  const std::uint64_t most = std::clamp(kMostGrowth * so_far.items, kSmallestPage, kLargestPage);
  return static_cast<std::uint32_t>(std::clamp(kPageBytes / average, kSmallestPage, most));
}

// What came of asking for one page.
struct Page {
  Result<codec::JsonListHead> head = codec::JsonListHead{};
  bool began = false;        // an answer came; if none did, send() has repeated the call already
  std::uint64_t items = 0;   // that the server sent, passed over or not
  bool sink_failed = false;  // the reader's owner does not want to go on
  std::string snapshot;      // resourceVersion, known once the head has arrived
  std::string refusal_body;
};

// Where to go on after a failed page; nothing when the failure is final. can_change_form: what is unsupported in
// protobuf can be had as JSON.
std::optional<Position> position_after(const Page& page, const Position& at, bool can_change_form) {
  if (page.sink_failed) return std::nullopt;
  const Code code = page.head.error().code();
  // The token of the refusal leads to the start of this page in a newer state. Behind items that were handed on there
  // is no way to tell which of them come again, so the list ends there, and its owner says so.
  if (code == Code::expired && !at.continue_token.empty() && at.pass_over == 0) {
    const std::string token = continue_token_of(page.refusal_body);
    if (token.empty()) return std::nullopt;
    return Position{.continue_token = token, .exact_version = {}, .pass_over = 0};
  }
  const bool worth_another =
      is_retryable(code) || code == Code::corrupt || (code == Code::unsupported && can_change_form);
  if (!page.began || !worth_another) return std::nullopt;
  Position again = at;
  again.pass_over = std::max(at.pass_over, page.items);
  if (again.pass_over == 0 || !at.continue_token.empty()) return again;
  if (at.exact_version.empty()) again.exact_version = page.snapshot;
  if (again.exact_version.empty()) return std::nullopt;
  return again;
}

std::optional<ProtoKind> complete_protobuf_of(const Resource& resource) {
  const auto kind = ProtoKind::find(resource.api_version(), resource.kind);
  return kind && kind->is_complete() ? kind : std::nullopt;
}

}  // namespace

// One list from its first page to its last.
class Client::Lister {
 public:
  Lister(Client& client, const Resource& resource, const ListOptions& options, const ItemSink& sink,
         std::stop_token stop)
      : client_(client),
        options_(options),
        sink_(sink),
        stop_(std::move(stop)),
        protobuf_(complete_protobuf_of(resource)),
        what_("list " + resource.group_resource() + (options.ns.empty() ? "" : " in " + options.ns)),
        collection_(path_of(resource, options.ns, {})) {}

  Result<ListEnd> run();

 private:
  Page read_page(const Position& at);
  Call call_for(const Position& at, std::string* refusal_body) const;
  std::uint32_t limit() const { return options_.page_limit ? options_.page_limit : next_limit(end_); }
  // Begins to fetch the page after the one that is being read, once its name is known and its size can be judged.
  void look_ahead(const std::string& continue_token);

  // A page under way, and where it begins.
  struct Ahead {
    Position at;
    std::string refusal_body;
    std::unique_ptr<PageAhead> page;
  };

  Client& client_;
  const ListOptions& options_;
  const ItemSink& sink_;
  const std::stop_token stop_;
  std::optional<ProtoKind> protobuf_;  // while protobuf is asked for
  const std::string what_;
  const std::string collection_;
  ListEnd end_;
  std::unique_ptr<Ahead> ahead_;
};

Client::Call Client::Lister::call_for(const Position& at, std::string* refusal_body) const {
  // What has a second page is large: read so, the server needs a twentieth less CPU for it.
  return {.what = what_,
          .path = page_path(collection_, options_, at, limit()),
          .accept = std::string(protobuf_ ? kProtobufOrJson : kJson),
          .is_bulk = !at.continue_token.empty(),
          .refusal_body = refusal_body};
}

void Client::Lister::look_ahead(const std::string& continue_token) {
  if (ahead_ || continue_token.empty()) return;
  ahead_ = std::make_unique<Ahead>();
  ahead_->at.continue_token = continue_token;
  ahead_->page = std::make_unique<PageAhead>(
      [this, call = call_for(ahead_->at, &ahead_->refusal_body)](const net::BodySink& body, std::stop_token stop) {
        return client_.send(call, body, std::move(stop));
      },
      stop_);
}

Page Client::Lister::read_page(const Position& at) {
  const std::unique_ptr<Ahead> fetched = std::exchange(ahead_, nullptr);
  Page page;
  ListReader reader(protobuf_, [&](std::string_view item) -> Result<> {
    if (page.items++ < at.pass_over) return {};
    ++end_.items;
    end_.bytes += item.size();
    if (page.items == kItemsBeforeLookingAhead) look_ahead(reader.head().continue_token);
    Result<> taken = sink_(item);
    page.sink_failed = !taken.ok();
    return taken;
  });
  const auto feed = [&](std::string_view piece) {
    page.began = true;
    return reader.feed(piece);
  };
  auto answer = [&] {
    if (!fetched || !(fetched->at == at)) return client_.send(call_for(at, &page.refusal_body), feed, stop_);
    auto ended = fetched->page->drain(feed, stop_);
    page.refusal_body = std::move(fetched->refusal_body);
    return ended;
  }();
  page.began |= answer.ok();
  page.head = answer.ok() ? reader.finish().context(what_) : Result<codec::JsonListHead>(std::move(answer).error());
  page.snapshot = reader.head().resource_version;
  return page;
}

Result<ListEnd> Client::Lister::run() {
  Position at;
  for (int failures = 0;;) {
    Page page = read_page(at);
    if (page.head.ok()) {
      end_.resource_version = page.head->resource_version;
      if (page.head->continue_token.empty()) return end_;
      at = {.continue_token = page.head->continue_token, .exact_version = {}, .pass_over = 0};
      failures = 0;
      continue;
    }
    ahead_.reset();
    const std::optional<Position> next = position_after(page, at, protobuf_.has_value());
    if (!next || ++failures > kMaxFailedPages) return std::move(page.head).error();
    if (page.head.error().code() == Code::unsupported) protobuf_.reset();
    if (page.head.error().code() == Code::expired) end_.one_snapshot = false;
    client_.log_.debug("page failed, going on",
                       {{"call", what_}, {"reason", page.head.error()}, {"passed", next->pass_over}});
    at = *next;
  }
}

Result<ListEnd> Client::list(const Resource& resource, const ListOptions& options, const ItemSink& sink,
                             std::stop_token stop) {
  return Lister(*this, resource, options, sink, std::move(stop)).run();
}

}  // namespace salvor::kube
