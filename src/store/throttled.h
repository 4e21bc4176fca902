// ThrottledStorage: any Storage behind a Throttle.
//
// Every call that may become a request waits for one; bytes are taken in pieces of at most 64 KiB, before they are
// written and after they were read. A list counts as one request, however many pages it has.
#pragma once

#include "store/forwarding.h"
#include "store/throttle.h"

namespace salvor::store {

class ThrottledStorage final : public ForwardingStorage {
 public:
  // `throttle` must outlive this and all its streams.
  ThrottledStorage(std::unique_ptr<Storage> inner, Throttle& throttle)
      : ForwardingStorage(std::move(inner)), throttle_(throttle) {}

  Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) override;
  Result<std::unique_ptr<ReadStream>> open(const std::string& key, ByteRange range, std::stop_token stop) override;
  Result<Entry> stat(const std::string& key, std::stop_token stop) override;
  Result<> list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                std::stop_token stop) override;
  Result<> list_directories(const std::string& prefix, const std::function<Result<>(std::string_view)>& visit,
                            std::stop_token stop) override;
  Result<> remove(const std::string& key, std::stop_token stop) override;
  Result<std::optional<std::uint64_t>> free_space(std::stop_token stop) override;
  Result<Capabilities> capabilities(std::stop_token stop) override;
  Result<std::optional<Time>> server_time(std::stop_token stop) override;
  Result<std::vector<Right>> excess_rights(const std::string& prefix, std::stop_token stop) override;

 private:
  Throttle& throttle_;
};

}  // namespace salvor::store
