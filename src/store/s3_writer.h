// S3Writer: the write stream of S3Storage. Only s3_storage.cc uses this.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/task_group.h"
#include "s3/multipart.h"
#include "store/s3_storage.h"

namespace salvor::store {

// Sends the parts of one multipart upload from threads of its own, which it starts as they are needed.
class PartSender {
 public:
  // `there`: what the server has of this upload already. A part of the same number, size and checksum is not sent.
  PartSender(s3::Client& client, std::string key, std::string upload_id, std::vector<s3::Part> there,
             const S3StorageOptions& options, std::stop_token stop);
  // Waits while too much is in flight. An error of an earlier part ends it. Gives back an empty buffer for the next
  // part, that of one which is through when there is one: memory that goes from thread to thread is hardly ever
  // returned.
  Result<Bytes> send(Bytes part);
  // Waits for all; the parts in order.
  Result<std::vector<s3::Part>> finish();
  // Sends no more. What is on its way ends by itself: cut off, the server could still take it in after an abort.
  void abandon();
  const std::string& upload_id() const { return upload_id_; }
  std::uint32_t count() const { return count_; }

 private:
  struct Waiting {
    std::uint32_t number = 0;
    Bytes bytes;
  };
  Result<> work(std::stop_token stop);
  Result<s3::Part> bring(const Waiting& part, std::stop_token stop);
  void fail(Error error);

  s3::Client& client_;
  const std::string key_, upload_id_;
  const std::vector<s3::Part> there_;  // in the order of their numbers
  const std::uint64_t budget_;
  const unsigned max_threads_;
  std::uint32_t count_ = 0;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Waiting> waiting_;
  std::uint64_t in_flight_ = 0;  // bytes, waiting ones included
  unsigned threads_ = 0, idle_ = 0;
  bool no_more_ = false;
  std::vector<s3::Part> done_;
  std::vector<Bytes> spare_;
  std::optional<Error> error_;
  TaskGroup group_;  // last: its threads use all of the above
};

// From now on, by the store's clock as far as it is known.
s3::Retention retained_now(const s3::Client& client, const Retention& retention);

class S3Writer final : public WriteStream {
 public:
  S3Writer(std::shared_ptr<s3::Client> client, std::string full_key, std::string key, Exists exists,
           const S3StorageOptions& options, std::optional<Retention> retention,
           std::shared_ptr<std::atomic<int>> refusing, std::stop_token stop);
  ~S3Writer() override;

  Result<> write(ByteView bytes) override;
  Result<> commit() override;

 private:
  Result<> send_part();
  Result<> begin_upload();
  // An upload of this key that an earlier writer left and that can be gone on with; others are aborted.
  struct Unfinished {
    std::string upload_id;
    std::vector<s3::Part> parts;
  };
  Result<std::optional<Unfinished>> find_unfinished();
  Result<> commit_small();
  Result<> commit_parts();
  Result<> check_absent();
  s3::PutOptions put_options() const;
  // Runs `put` with the condition, and once more without where the store knows none.
  template <class Put>
  auto put_refusing(Put put) -> decltype(put(s3::PutOptions{}));

  const std::shared_ptr<s3::Client> client_;
  const std::string full_key_, key_;
  const Exists exists_;
  const S3StorageOptions options_;
  const std::optional<Retention> retention_;
  const std::shared_ptr<std::atomic<int>> refusing_;
  const std::stop_token stop_;
  const std::string write_id_;
  Bytes current_;
  std::unique_ptr<PartSender> sender_;
  bool done_ = false;  // committed, or nothing is left to abort
};

}  // namespace salvor::store
