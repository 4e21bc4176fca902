#include "store/s3_writer.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "s3/checksum.h"
#include "store/stopped.h"

namespace salvor::store {

PartSender::PartSender(s3::Client& client, std::string key, std::string upload_id, std::vector<s3::Part> there,
                       const S3StorageOptions& options, std::stop_token stop)
    : client_(client),
      key_(std::move(key)),
      upload_id_(std::move(upload_id)),
      there_(std::move(there)),
      budget_(options.parallel * options.part_bytes),
      max_threads_(options.parallel),
      group_(std::move(stop)) {}

Result<Bytes> PartSender::send(Bytes part) {
  std::unique_lock hold(mutex_);
  const std::uint64_t size = part.size();
  changed_.wait(hold, group_.stop_token(), [&] { return error_ || in_flight_ == 0 || in_flight_ + size <= budget_; });
  if (error_) return error_->clone();
  if (group_.stop_token().stop_requested()) return Error(Code::cancelled, "stopped on request");
  in_flight_ += size;
  waiting_.push_back({++count_, std::move(part)});
  Bytes next;
  if (!spare_.empty()) {
    next = std::move(spare_.back());
    spare_.pop_back();
  }
  const bool wants_thread = idle_ < waiting_.size() && threads_ < max_threads_;
  if (wants_thread) ++threads_;
  hold.unlock();
  changed_.notify_all();
  if (wants_thread) {
    group_.start([this](std::stop_token stop) { return work(stop); });
  }
  return next;
}

void PartSender::fail(Error error) {
  std::lock_guard hold(mutex_);
  if (!error_) error_ = std::move(error);
}

Result<> PartSender::work(std::stop_token stop) {
  for (;;) {
    Waiting part;
    {
      std::unique_lock hold(mutex_);
      ++idle_;
      changed_.wait(hold, stop, [&] { return no_more_ || error_ || !waiting_.empty(); });
      --idle_;
      if (stop.stop_requested() || error_ || waiting_.empty()) return {};
      part = std::move(waiting_.front());
      waiting_.pop_front();
    }
    auto sent = bring(part, stop);
    if (!sent.ok()) {
      fail(sent.error().clone());
      changed_.notify_all();
      return std::move(sent).error();
    }
    {
      std::lock_guard hold(mutex_);
      in_flight_ -= part.bytes.size();
      done_.push_back(std::move(*sent));
      part.bytes.clear();
      spare_.push_back(std::move(part.bytes));
    }
    changed_.notify_all();
  }
}

Result<s3::Part> PartSender::bring(const Waiting& part, std::stop_token stop) {
  const auto found = std::ranges::lower_bound(there_, part.number, {}, &s3::Part::number);
  if (found != there_.end() && found->number == part.number && found->size == part.bytes.size() &&
      found->checksum == s3::checksum_of(client_.config().checksum, part.bytes)) {
    return *found;
  }
  return s3::upload_part(client_, key_, upload_id_, part.number, part.bytes, std::move(stop));
}

void PartSender::abandon() {
  {
    std::lock_guard hold(mutex_);
    waiting_.clear();
    no_more_ = true;
  }
  changed_.notify_all();
  (void)group_.join().ok();
}

Result<std::vector<s3::Part>> PartSender::finish() {
  {
    std::lock_guard hold(mutex_);
    no_more_ = true;
  }
  changed_.notify_all();
  const Result<> joined = group_.join();
  if (error_) return error_->clone();
  if (!joined.ok()) return joined.error().clone();
  if (group_.stop_token().stop_requested()) return Error(Code::cancelled, "stopped on request");
  CHECK(done_.size() == count_);
  std::sort(done_.begin(), done_.end(), [](const s3::Part& a, const s3::Part& b) { return a.number < b.number; });
  return std::move(done_);
}

s3::Retention retained_now(const s3::Client& client, const Retention& retention) {
  const Time now = client.clock().now() + client.clock_skew().value_or(Duration{});
  return {retention.mode, std::chrono::floor<std::chrono::seconds>(retention.end(now))};
}

S3Writer::S3Writer(std::shared_ptr<s3::Client> client, std::string full_key, std::string key, Exists exists,
                   const S3StorageOptions& options, std::optional<Retention> retention,
                   std::shared_ptr<std::atomic<int>> refusing, std::stop_token stop)
    : client_(std::move(client)),
      full_key_(std::move(full_key)),
      key_(std::move(key)),
      exists_(exists),
      options_(options),
      retention_(std::move(retention)),
      refusing_(std::move(refusing)),
      stop_(std::move(stop)),
      write_id_(client_->random_name()) {}

S3Writer::~S3Writer() {
  if (!sender_ || done_) return;
  const std::string upload_id = sender_->upload_id();
  sender_->abandon();  // so that no part arrives after the abort
  sender_.reset();
  if (exists_ == Exists::resume) return;
  // Not by stop_, which is likely why we are here. What this cannot abort is left to clear_leftovers.
  (void)s3::abort_upload(*client_, full_key_, upload_id, {}).ok();
}

s3::PutOptions S3Writer::put_options() const {
  s3::PutOptions options;
  options.write_id = write_id_;
  if (retention_) options.retention = retained_now(*client_, *retention_);
  return options;
}

Result<> S3Writer::check_absent() {
  const auto head = s3::head_object(*client_, full_key_, "", stop_);
  if (head.ok()) return Error(Code::already_exists, full_key_ + " exists already in " + client_->describe());
  if (head.error().code() == Code::not_found) return {};
  return head.error().clone();
}

template <class Put>
auto S3Writer::put_refusing(Put put) -> decltype(put(s3::PutOptions{})) {
  s3::PutOptions options = put_options();
  if (exists_ != Exists::refuse) return put(options);
  if (refusing_->load() != 0) {
    options.refuse_existing = true;
    auto outcome = put(options);
    const bool unknown_condition = !outcome.ok() && outcome.error().code() == Code::unsupported;
    if (!unknown_condition) {
      if (outcome.ok() || outcome.error().code() == Code::already_exists) refusing_->store(1);
      return outcome;
    }
    refusing_->store(0);
    options.refuse_existing = false;
  }
  TRY(check_absent());
  return put(options);
}

Result<> S3Writer::begin_upload() {
  if (exists_ == Exists::refuse) TRY(check_absent());  // before gigabytes are sent; the promise is kept at the end
  std::optional<Unfinished> upload;
  if (exists_ == Exists::resume) upload = TRY(find_unfinished());
  if (!upload) upload = Unfinished{TRY(s3::create_upload(*client_, full_key_, put_options(), stop_)), {}};
  sender_ = std::make_unique<PartSender>(*client_, full_key_, std::move(upload->upload_id), std::move(upload->parts),
                                         options_, stop_);
  return {};
}

// Whoever may not list uploads, or meets a store that cannot, begins anew. So does who finds parts without the checksum
// that they would have today: nothing tells what is in them.
Result<std::optional<S3Writer::Unfinished>> S3Writer::find_unfinished() {
  std::vector<s3::ListedUpload> left;
  const auto listed = s3::list_uploads(
      *client_, full_key_,
      [&](const s3::ListedUpload& upload) -> Result<> {
        if (upload.key == full_key_) left.push_back(upload);
        return {};
      },
      stop_);
  TRY(check_stop(stop_));
  if (!listed.ok()) return std::optional<Unfinished>();
  std::ranges::sort(left, std::greater(), &s3::ListedUpload::initiated);
  const std::size_t checksum_size = s3::checksum_of(client_->config().checksum, {}).size();
  std::optional<Unfinished> found;
  for (const s3::ListedUpload& upload : left) {
    auto parts = s3::list_parts(*client_, full_key_, upload.upload_id, stop_);
    const bool is_known =
        checksum_size > 0 && parts.ok() && !parts->empty() && std::ranges::all_of(*parts, [&](const s3::Part& part) {
          return part.checksum.size() == checksum_size && !part.etag.empty();
        });
    if (!found && is_known) {
      std::ranges::sort(*parts, {}, &s3::Part::number);
      found = Unfinished{upload.upload_id, *std::move(parts)};
    } else {
      (void)s3::abort_upload(*client_, full_key_, upload.upload_id, stop_).ok();
    }
    TRY(check_stop(stop_));
  }
  return found;
}

Result<> S3Writer::send_part() {
  if (!sender_) TRY(begin_upload());
  if (sender_->count() == s3::kMaxParts) {
    return Error(Code::invalid, full_key_ + " becomes larger than an upload of 10,000 parts can be")
        .hint("Choose larger parts for this location.");
  }
  current_ = TRY(sender_->send(std::exchange(current_, {})));
  return {};
}

Result<> S3Writer::write(ByteView bytes) {
  TRY(check_stop(stop_));
  while (!bytes.empty()) {
    const std::uint64_t size = part_size((sender_ ? sender_->count() : 0) + 1, options_);
    if (current_.size() == size) {
      TRY(send_part());
      continue;
    }
    const ByteView piece = bytes.first(std::min<std::uint64_t>(bytes.size(), size - current_.size()));
    // A vector that doubles would copy and overshoot; the first part may stay small, all later ones are full.
    if (sender_ && current_.empty()) current_.reserve(size);
    append(current_, piece);
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

Result<> S3Writer::commit() {
  TRY(check_stop(stop_));
  return sender_ ? commit_parts() : commit_small();
}

Result<> S3Writer::commit_small() {
  TRY(put_refusing(
      [&](const s3::PutOptions& options) { return s3::put_object(*client_, full_key_, current_, options, stop_); }));
  current_ = {};
  return {};
}

Result<> S3Writer::commit_parts() {
  if (!current_.empty()) TRY(send_part());
  const std::vector<s3::Part> parts = TRY(sender_->finish());
  const s3::Completed completed = TRY(put_refusing([&](const s3::PutOptions& options) {
    return s3::complete_upload(*client_, full_key_, sender_->upload_id(), parts, options, stop_);
  }));
  if (completed.unknown && !TRY(s3::was_written_as(*client_, full_key_, write_id_, stop_))) {
    if (exists_ == Exists::refuse) TRY(check_absent());
    return Error(Code::unavailable,
                 "the upload of " + full_key_ + " to " + client_->describe() + " vanished before it was complete")
        .hint("Was it aborted by a lifecycle rule or another program?");
  }
  done_ = true;
  return {};
}

}  // namespace salvor::store
