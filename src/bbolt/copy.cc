// Two sorted streams are merged twice: the buckets of the database and those of the edits, and inside of a bucket its
// entries and what is put into it.
#include "bbolt/copy.h"

#include "bbolt/visit.h"

namespace salvor::bbolt {

namespace {

class Copy final : public Visitor {
 public:
  Copy(Writer& to, const Edits& edits) : to_(to), next_edit_(edits.begin()), edits_end_(edits.end()) {}

  Result<> enter(ByteView name, std::uint64_t sequence) override {
    if (is_open_) return Error(Code::unsupported, "a bucket lies in another one, which etcd has not");
    while (next_edit_ != edits_end_ && next_edit_->first < as_text(name)) TRY(make_missing());
    static const BucketEdit kNothing;
    const bool is_edited = next_edit_ != edits_end_ && next_edit_->first == as_text(name);
    return open(name, sequence, is_edited ? (next_edit_++)->second : kNothing);
  }

  Result<> entry(ByteView key, ByteView value) override {
    const std::string_view text = as_text(key);
    while (next_put_ != edit_->put.end() && next_put_->first < text) TRY(put_next());
    if (next_put_ != edit_->put.end() && next_put_->first == text) return put_next();
    if (edit_->clear || (!edit_->remove.empty() && edit_->remove.contains(std::string(text)))) return {};
    ++entries_;
    return to_.put(key, value);
  }

  Result<> leave() override {
    while (next_put_ != edit_->put.end()) TRY(put_next());
    is_open_ = false;
    return to_.end_bucket();
  }

  Result<> end() {
    while (next_edit_ != edits_end_) TRY(make_missing());
    return {};
  }
  std::uint64_t entries() const { return entries_; }

 private:
  Result<> open(ByteView name, std::uint64_t sequence, const BucketEdit& edit) {
    edit_ = &edit;
    next_put_ = edit.put.begin();
    is_open_ = true;
    return to_.begin_bucket(name, sequence);
  }
  Result<> make_missing() {
    const auto& [name, edit] = *next_edit_++;
    TRY(open(as_bytes(name), 0, edit));
    return leave();
  }
  Result<> put_next() {
    const auto& [key, value] = *next_put_++;
    ++entries_;
    return to_.put(as_bytes(key), as_bytes(value));
  }

  Writer& to_;
  Edits::const_iterator next_edit_;
  const Edits::const_iterator edits_end_;
  bool is_open_ = false;
  const BucketEdit* edit_ = nullptr;
  std::map<std::string, std::string>::const_iterator next_put_;
  std::uint64_t entries_ = 0;
};

}  // namespace

Result<Copied> copy(const Database& from, Writer& to, const Edits& edits, std::stop_token stop) {
  Copy copy(to, edits);
  TRY(visit(from, copy, std::move(stop)));
  TRY(copy.end());
  return Copied{.written = TRY(to.finish()), .entries = copy.entries()};
}

}  // namespace salvor::bbolt
