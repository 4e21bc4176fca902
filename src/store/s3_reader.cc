#include "store/s3_reader.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include "base/task_group.h"
#include "s3/checksum.h"
#include "s3/multipart.h"
#include "s3/objects.h"
#include "store/stopped.h"

namespace salvor::store {

namespace {

// Fetches the pieces of a range in parallel, at most `parallel` ahead of the reader, and hands them out in order. Their
// memory goes round: malloc keeps what one thread asks for and another frees, and a download took twice what it held.
class PieceFetcher {
 public:
  PieceFetcher(s3::Client& client, std::string key, std::string etag, std::uint64_t begin, std::uint64_t end,
               const S3StorageOptions& options, std::stop_token stop)
      : client_(client),
        key_(std::move(key)),
        etag_(std::move(etag)),
        begin_(begin),
        end_(end),
        piece_bytes_(options.piece_bytes),
        parallel_(options.parallel),
        count_((end - begin + piece_bytes_ - 1) / piece_bytes_),
        group_(std::move(stop)) {
    const std::uint64_t threads = std::min<std::uint64_t>(parallel_, count_);
    for (std::uint64_t i = 0; i < threads; ++i) {
      group_.start([this](std::stop_token stopped) { return work(stopped); });
    }
  }

  // The next piece; "" at the end. `read`: the one before, whose memory is used again.
  Result<std::string> next(std::string read) {
    std::unique_lock hold(mutex_);
    spares_.push_back(std::move(read));
    if (to_read_ == count_) return std::string();
    changed_.wait(hold, group_.stop_token(), [&] { return error_ || pieces_.contains(to_read_); });
    // Pieces before the failed one are still good, but a stream that ends in an error may end early.
    if (error_) return error_->clone();
    const auto found = pieces_.find(to_read_);
    if (found == pieces_.end()) return Error(Code::cancelled, "stopped on request");
    std::string piece = std::move(found->second);
    pieces_.erase(found);
    ++to_read_;
    hold.unlock();
    changed_.notify_all();
    return piece;
  }

 private:
  Result<> work(std::stop_token stop) {
    for (;;) {
      std::uint64_t index = 0;
      std::string spare;
      {
        std::unique_lock hold(mutex_);
        changed_.wait(hold, stop, [&] { return error_ || to_fetch_ == count_ || to_fetch_ < to_read_ + parallel_; });
        if (stop.stop_requested() || error_ || to_fetch_ == count_) return {};
        index = to_fetch_++;
        if (!spares_.empty()) {
          spare = std::move(spares_.back());
          spares_.pop_back();
        }
      }
      auto piece = fetch(index, spare, stop);
      {
        std::lock_guard hold(mutex_);
        if (piece.ok()) {
          pieces_.emplace(index, std::move(*piece));
        } else if (!error_) {
          error_ = piece.error().clone();
        }
      }
      changed_.notify_all();
      if (!piece.ok()) return std::move(piece).error();
    }
  }

  Result<std::string> fetch(std::uint64_t index, std::string& spare, std::stop_token stop) {
    const std::uint64_t offset = begin_ + index * piece_bytes_;
    const std::uint64_t length = std::min(piece_bytes_, end_ - offset);
    s3::Got got = TRY(s3::get_object(
        client_, key_,
        {.offset = offset, .length = length, .limit = length, .version_id = {}, .if_match = etag_, .spare = &spare},
        stop));
    if (got.bytes.size() != length) {
      return Error(Code::corrupt, key_ + " in " + client_.describe() + " became shorter while it was read");
    }
    return std::move(got.bytes);
  }

  s3::Client& client_;
  const std::string key_, etag_;
  const std::uint64_t begin_, end_, piece_bytes_;
  const unsigned parallel_;
  const std::uint64_t count_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t to_fetch_ = 0, to_read_ = 0;
  std::map<std::uint64_t, std::string> pieces_;
  std::vector<std::string> spares_;
  std::optional<Error> error_;
  TaskGroup group_;  // last: its threads use all of the above
};

class S3Reader final : public ReadStream {
 public:
  S3Reader(std::shared_ptr<s3::Client> client, std::string key, std::string first, Content about, std::stop_token stop)
      : client_(std::move(client)),
        key_(std::move(key)),
        piece_(std::move(first)),
        about_(std::move(about)),
        stop_(std::move(stop)) {}

  void fetch_rest(std::unique_ptr<PieceFetcher> fetcher) { fetcher_ = std::move(fetcher); }
  // The stream is the whole object, and ends in an error if it does not have this checksum.
  void expect(s3::StoredChecksum checksum, const S3StorageOptions& options) {
    first_part_ = std::min(part_size(1, options), *about_.length);
    checksum_.emplace(std::move(checksum), [options](std::uint32_t number) { return part_size(number, options); });
  }

  Result<std::size_t> read(MutableByteView into) override {
    TRY(check_stop(stop_));
    if (into.empty()) return std::size_t{0};
    if (at_ == piece_.size() && fetcher_) {
      piece_ = TRY(fetcher_->next(std::move(piece_)));
      at_ = 0;
    }
    const std::size_t count = std::min(into.size(), piece_.size() - at_);
    if (count > 0) std::memcpy(into.data(), piece_.data() + at_, count);
    at_ += count;
    read_ += count;
    if (checksum_) TRY(check(into.first(count)));
    return count;
  }
  Content about() const override { return about_; }

 private:
  // The last bytes are not given out when they, or any before, are not the stored ones.
  Result<> check(ByteView bytes) {
    checksum_->add(bytes);
    if (read_ < *about_.length) return {};
    const bool matches = checksum_->matches();
    const s3::StoredChecksum expected = checksum_->expected();
    checksum_.reset();
    if (matches) return {};
    if (expected.parts > 0) {
      // Somebody else's upload may have as many parts that are cut otherwise: then nothing can be said.
      const auto first = s3::first_part_size(*client_, key_, about_.version, stop_);
      const bool is_not_told =
          !first.ok() && (first.error().code() == Code::unsupported || first.error().code() == Code::invalid);
      if (is_not_told || (first.ok() && *first != first_part_)) return {};
      if (!first.ok()) return first.error().clone();
    }
    return s3::damaged(key_ + " in " + client_->describe(), expected.kind);
  }

  const std::shared_ptr<s3::Client> client_;
  const std::string key_;
  std::string piece_;
  const Content about_;
  std::size_t at_ = 0;
  std::uint64_t read_ = 0, first_part_ = 0;
  std::optional<s3::ChecksumStream> checksum_;
  const std::stop_token stop_;
  std::unique_ptr<PieceFetcher> fetcher_;
};

// For ranges that no Range header can ask for: empty ones, and those at the end.
Result<std::unique_ptr<ReadStream>> open_empty(std::shared_ptr<s3::Client> client, const std::string& key,
                                               std::uint64_t offset, std::stop_token stop) {
  const s3::ObjectHead head = TRY(s3::head_object(*client, key, "", stop));
  if (offset > head.size) {
    return Error(Code::invalid, key + " in " + client->describe() + " has " + std::to_string(head.size) +
                                    " bytes, none from byte " + std::to_string(offset) + " on");
  }
  return std::unique_ptr<ReadStream>(
      std::make_unique<S3Reader>(std::move(client), key, "", Content{0, head.etag}, std::move(stop)));
}

// Whether the parts that the checksum speaks of are likely cut as this program cuts them.
bool fits(const s3::StoredChecksum& checksum, std::uint64_t size, const S3StorageOptions& options) {
  if (checksum.parts == 0) return true;
  if (checksum.parts > s3::kMaxParts) return false;  // nor is anything counted that far
  std::uint32_t parts = 0;
  for (std::uint64_t at = 0; at < size && parts <= checksum.parts; at += part_size(parts, options)) ++parts;
  return parts == checksum.parts;
}

}  // namespace

Result<std::unique_ptr<ReadStream>> open_s3_reader(std::shared_ptr<s3::Client> client, const std::string& key,
                                                   ByteRange range, const S3StorageOptions& options,
                                                   std::stop_token stop) {
  if (range.length == 0U) return open_empty(std::move(client), key, range.offset, std::move(stop));
  s3::GetOptions get{.offset = range.offset, .limit = options.piece_bytes};
  // A whole object is asked for without a range, so that its checksum comes with it; if it is larger than a piece, the
  // answer is cut there.
  const bool is_whole = range.offset == 0 && !range.length;
  if (!is_whole) get.length = std::min(range.length.value_or(UINT64_MAX), options.piece_bytes);
  auto got = s3::get_object(*client, key, get, stop);
  if (!got.ok() && got.error().code() == Code::invalid && !is_whole) {
    // Beyond the end, or the bucket is gone; the one who looks tells which.
    auto looked = open_empty(client, key, range.offset, stop);
    const bool explains = looked.ok() || looked.error().code() == Code::invalid;
    return explains ? std::move(looked) : Result<std::unique_ptr<ReadStream>>(std::move(got).error());
  }
  if (!got.ok()) return std::move(got).error();
  const std::uint64_t rest = got->total_size - range.offset;
  const std::uint64_t end = range.offset + std::min(range.length.value_or(UINT64_MAX), rest);
  const std::uint64_t begin = range.offset + got->bytes.size();
  auto reader =
      std::make_unique<S3Reader>(client, key, std::move(got->bytes), Content{end - range.offset, got->etag}, stop);
  if (begin < end) {
    if (got->etag.empty()) {
      return Error(Code::unsupported,
                   client->describe() + " gives no ETag, so parts of an object cannot be told apart");
    }
    if (got->checksum && fits(*got->checksum, got->total_size, options)) reader->expect(*got->checksum, options);
    reader->fetch_rest(std::make_unique<PieceFetcher>(*client, key, got->etag, begin, end, options, std::move(stop)));
  }
  return std::unique_ptr<ReadStream>(std::move(reader));
}

}  // namespace salvor::store
