// ReadOnlyStorage: any Storage that nothing can be written to or removed from through it; attempts are `denied`.
#pragma once

#include "store/forwarding.h"

namespace salvor::store {

class ReadOnlyStorage final : public ForwardingStorage {
 public:
  using ForwardingStorage::ForwardingStorage;

  Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) override;
  Result<> remove(const std::string& key, std::stop_token stop) override;
  Result<> retain(const std::string& key, const Retention& retention, std::stop_token stop) override;
  // Both may write to find out; here that means unknown.
  Result<std::optional<Time>> server_time(std::stop_token stop) override;
  Result<std::vector<Right>> excess_rights(const std::string& prefix, std::stop_token stop) override;
  Result<> clear_leftovers(const std::function<bool(const Leftover&)>& take, std::stop_token stop) override;
  // Looking is allowed, wanting is not.
  Result<> undelete(const std::string& prefix, const std::function<bool(const Removed&)>& take,
                    std::stop_token stop) override;

 private:
  Error refuse(const std::string& doing, const std::string& key) const;
};

}  // namespace salvor::store
