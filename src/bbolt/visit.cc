#include "bbolt/visit.h"

#include <string>

#include "base/hex.h"
#include "bbolt/little_endian.h"

namespace salvor::bbolt {

namespace {

constexpr int kMaxNesting = 16;

// A bucket's name as it can be shown: etcd's are plain words.
std::string shown(ByteView name) {
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f; };
  const std::string_view text = as_text(name);
  return std::all_of(text.begin(), text.end(), is_plain) ? std::string(text) : to_hex(name);
}

class Walk {
 public:
  Walk(const Database& database, Visitor& visitor, PageMarks* marks, std::stop_token stop)
      : database_(database), visitor_(visitor), marks_(marks), stop_(std::move(stop)) {}

  Result<> bucket(Bucket bucket, int nesting) {
    Cursor cursor(database_, std::move(bucket), marks_);
    for (bool more = TRY(cursor.first()); more; more = TRY(cursor.next())) {
      if (stop_.stop_requested()) return Error(Code::cancelled, "stopped");
      if (cursor.is_bucket()) {
        TRY(nested(cursor, nesting));
      } else if (nesting == 0) {
        return Error(Code::corrupt, "an entry lies beside the buckets");
      } else {
        TRY(visitor_.entry(cursor.key(), cursor.value()));
      }
    }
    return {};
  }

 private:
  Result<> nested(const Cursor& cursor, int nesting) {
    if (nesting == kMaxNesting) return Error(Code::corrupt, "buckets are nested too deeply");
    const std::string where = "bucket \"" + shown(cursor.key()) + "\"";
    Bucket inner = TRY(Bucket::parse(cursor.value()).context(where));
    TRY(visitor_.enter(cursor.key(), inner.sequence).context(where));
    TRY(bucket(std::move(inner), nesting + 1).context(where));
    return visitor_.leave().context(where);
  }

  const Database& database_;
  Visitor& visitor_;
  PageMarks* marks_;
  const std::stop_token stop_;
};

// The ids on the list of free pages; a count of 0xFFFF says that the first number is the count.
Result<> mark_free(const Database& database, PageMarks& marks) {
  const std::uint64_t id = database.meta().freelist;
  Bytes image;
  const PageHeader header = TRY(database.read_page(id, image));
  if (header.flags != kFreelistPage) return Error(Code::corrupt, "it is of another type");
  if (!marks.mark(id, std::uint64_t{header.overflow} + 1)) return Error(Code::corrupt, "it is used for something else");
  const bool is_long = header.count == 0xFFFF;
  const std::uint64_t room = (image.size() - kPageHeaderBytes) / 8;
  const std::uint64_t begin = is_long ? 1 : 0;
  const std::uint64_t count = is_long ? load_little_endian<std::uint64_t>(image, kPageHeaderBytes) : header.count;
  if (count > room - begin) return Error(Code::corrupt, "it is cut off");
  for (std::uint64_t i = begin; i < begin + count; ++i) {
    const auto free = load_little_endian<std::uint64_t>(image, kPageHeaderBytes + i * 8);
    if (free < 2 || free >= database.meta().page_count || !marks.mark(free, 1)) {
      return Error(Code::corrupt, "page " + std::to_string(free) + " is not free or not in the file");
    }
  }
  return {};
}

}  // namespace

Result<PageCounts> visit(const Database& database, Visitor& visitor, std::stop_token stop) {
  const std::uint64_t all = database.meta().page_count;
  PageMarks marks(all);
  CHECK(marks.mark(0, 2));
  TRY(Walk(database, visitor, &marks, std::move(stop)).bucket(database.root(), 0));
  PageCounts counts{.all = all, .used = marks.marked(), .has_freelist = database.meta().freelist != kNoFreelist};
  if (!counts.has_freelist) return counts;
  TRY(mark_free(database, marks).context("the list of free pages"));
  if (marks.marked() == all) return counts;
  return Error(Code::corrupt, std::to_string(all - marks.marked()) + " pages are neither used nor free");
}

Result<> visit_bucket(const Database& database, const Bucket& bucket, Visitor& visitor, std::stop_token stop) {
  return Walk(database, visitor, nullptr, std::move(stop)).bucket(bucket, 1);
}

}  // namespace salvor::bbolt
